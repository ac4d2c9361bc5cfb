// The actions of a machine on its tile. What they need to know of it is read when the menu is asked for, not for every tile.

import { Button } from '@patternfly/react-core';
import EllipsisVIcon from '@patternfly/react-icons/dist/esm/icons/ellipsis-v-icon';
import { useState } from 'react';
import { useOwnSession } from '../api/own-session.ts';
import { useAnswer } from '../api/queries.ts';
import { PowerMenu } from '../machine/power-menu.tsx';
import type { Machine } from './machines.ts';

/** Of a control of a machine's, among others that the keyboard goes through; see `useStops`. */
export const placeOf = ({ id }: Pick<Machine, 'id'>, part: string, stop: boolean) => ({ 'data-stop': id, 'data-part': part, tabIndex: stop ? 0 : -1 });

export function MachineMenu({ machine, stop }: { machine: Pick<Machine, 'id' | 'name'>; stop: boolean }) {
  const [asked, setAsked] = useState(false);
  const { mayAct } = useOwnSession();
  const place = placeOf(machine, 'menu', stop);
  const button = (
    <Button {...place} variant="plain" size="sm" icon={<EllipsisVIcon />} aria-label={`Actions for ${machine.name}`} onClick={() => setAsked(true)} />
  );
  if (!mayAct) return null;
  return asked ? <LoadedMenu id={machine.id} place={place} meanwhile={button} /> : button;
}

function LoadedMenu({ id, place, meanwhile }: { id: string; place: object; meanwhile: React.ReactNode }) {
  const node = useAnswer('GET /nodes/:id', { params: { id } });
  return node.data ? <PowerMenu node={node.data} startOpen place={place} /> : meanwhile;
}
