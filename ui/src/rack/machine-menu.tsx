// The actions of a machine on its tile. What they need to know of it is read when the menu is asked for, not for every tile.

import { Button } from '@patternfly/react-core';
import EllipsisVIcon from '@patternfly/react-icons/dist/esm/icons/ellipsis-v-icon';
import { useState } from 'react';
import { useAnswer } from '../api/queries.ts';
import { PowerMenu } from '../machine/power-menu.tsx';
import type { Machine } from './machines.ts';

export function MachineMenu({ machine }: { machine: Pick<Machine, 'id' | 'name'> }) {
  const [asked, setAsked] = useState(false);
  const button = <Button variant="plain" size="sm" icon={<EllipsisVIcon />} aria-label={`Actions for ${machine.name}`} onClick={() => setAsked(true)} />;
  return asked ? <LoadedMenu id={machine.id} meanwhile={button} /> : button;
}

function LoadedMenu({ id, meanwhile }: { id: string; meanwhile: React.ReactNode }) {
  const node = useAnswer('GET /nodes/:id', { params: { id } });
  return node.data ? <PowerMenu node={node.data} startOpen /> : meanwhile;
}
