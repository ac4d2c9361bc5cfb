// The button that lets a discovered machine in.

import { Button } from '@patternfly/react-core';
import type { Newcomer } from './approve-dialog.tsx';
import { useMachineAct } from './machine-acts.tsx';
import { Offer } from '../parts/offer.tsx';

/** `place`: of the button, among others that the keyboard goes through. */
export function Approve({ machine, place }: { machine: Newcomer; place?: object }) {
  const act = useMachineAct();
  return (
    <Offer act="POST /nodes/:id/approve">
      <Button {...place} variant="primary" size="sm" onClick={() => act({ kind: 'approve', machine })}>
        Approve<span className="pf-v6-u-screen-reader"> {machine.name}</span>…
      </Button>
    </Offer>
  );
}
