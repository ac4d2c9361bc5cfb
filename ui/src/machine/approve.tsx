// The button that lets a discovered machine in.

import { Button } from '@patternfly/react-core';
import type { Newcomer } from './approve-dialog.tsx';
import { useMachineAct } from './machine-acts.tsx';

export function Approve({ machine }: { machine: Newcomer }) {
  const act = useMachineAct();
  return (
    <Button variant="primary" size="sm" onClick={() => act({ kind: 'approve', machine })}>
      Approve<span className="pf-v6-u-screen-reader"> {machine.name}</span>…
    </Button>
  );
}
