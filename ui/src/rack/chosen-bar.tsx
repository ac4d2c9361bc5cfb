// What can be done with the machines that are chosen; stays in sight while the page scrolls.

import { Button, Divider, DropdownItem } from '@patternfly/react-core';
import { useState } from 'react';
import { useOwnSession } from '../api/own-session.ts';
import { useAnswer } from '../api/queries.ts';
import { Menu } from '../parts/menu.tsx';
import { counted } from '../parts/words.ts';
import { AssignDialog } from './assign-dialog.tsx';
import { type ActKind, BulkDialog, titleOf } from './bulk-dialog.tsx';
import type { Machine } from './machines.ts';
import type { Selection } from './use-selection.ts';

type ChosenBarProps = { selection: Selection; shown: readonly Machine[]; all: readonly Machine[]; byId: ReadonlyMap<string, Machine> };

export function ChosenBar({ selection, shown, all, byId }: ChosenBarProps) {
  const [act, setAct] = useState<ActKind | 'assign'>();
  const { rulesSite } = useOwnSession();
  const tenants = useAnswer('GET /tenants', {}, { enabled: rulesSite });
  const gives = rulesSite && Boolean(tenants.data?.length);
  if (!selection.choosing) return null;
  const stop = () => {
    selection.setChoosing(false);
    // This bar goes, and with it what was pressed.
    document.getElementById('choose-machines')?.focus();
  };
  const machines = [...selection.ids].flatMap((id) => byId.get(id) ?? []);
  const fresh = machines.filter((machine) => !machine.approved).length;
  const nothing = machines.length === 0;
  const item = (kind: ActKind) => (
    <DropdownItem key={kind} isDanger={kind === 'off' || kind === 'cycle'} onClick={() => setAct(kind)}>
      {titleOf(kind)}…
    </DropdownItem>
  );
  return (
    <div className="pb-chosen" role="toolbar" aria-label="The machines that are chosen">
      <strong className="pb-number" role="status">
        {counted(machines.length, 'machine')} chosen
      </strong>
      <Button
        variant="link"
        isInline
        onClick={() =>
          selection.set(
            shown.map(({ id }) => id),
            true,
          )
        }
      >
        Choose all {shown.length} shown
      </Button>
      <Button variant="primary" size="sm" isDisabled={fresh === 0} onClick={() => setAct('approve')}>
        Approve{fresh > 0 ? ` ${fresh}` : ''}…
      </Button>
      <Button variant="secondary" size="sm" isDisabled={nothing} onClick={() => setAct('assign')}>
        Give a role…
      </Button>
      <Menu button={{ size: 'sm', isDisabled: nothing, children: 'More' }}>
        {item('pool')}
        {item('rack')}
        {gives && item('tenant')}
        <Divider component="li" />
        {item('maintenance')}
        {item('release')}
        <Divider component="li" />
        {item('on')}
        {item('cycle')}
        {item('off')}
      </Menu>
      <Button variant="link" isInline onClick={stop}>
        Done choosing
      </Button>
      {act === 'assign' && <AssignDialog machines={machines} close={() => setAct(undefined)} />}
      {act && act !== 'assign' && <BulkDialog kind={act} machines={machines} all={all} close={() => setAct(undefined)} />}
    </div>
  );
}
