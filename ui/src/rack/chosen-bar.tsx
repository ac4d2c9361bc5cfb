// What can be done with the machines that are chosen; stays in sight while the page scrolls.

import { Button, Divider, Dropdown, DropdownItem, DropdownList, MenuToggle } from '@patternfly/react-core';
import { useState } from 'react';
import { useOwnSession } from '../api/own-session.ts';
import { useAnswer } from '../api/queries.ts';
import { intoMain } from '../parts/into-main.ts';
import { counted } from '../parts/words.ts';
import { AssignDialog } from './assign-dialog.tsx';
import { type ActKind, BulkDialog, titleOf } from './bulk-dialog.tsx';
import type { Machine } from './machines.ts';
import type { Selection } from './use-selection.ts';

type ChosenBarProps = { selection: Selection; shown: readonly Machine[]; all: readonly Machine[]; byId: ReadonlyMap<string, Machine> };

export function ChosenBar({ selection, shown, all, byId }: ChosenBarProps) {
  const [act, setAct] = useState<ActKind | 'assign'>();
  const [open, setOpen] = useState(false);
  const { rulesSite } = useOwnSession();
  const tenants = useAnswer('GET /tenants', {}, { enabled: rulesSite });
  const gives = rulesSite && Boolean(tenants.data?.length);
  if (!selection.choosing) return null;
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
      <Dropdown
        isOpen={open}
        onOpenChange={setOpen}
        onSelect={() => setOpen(false)}
        popperProps={{ appendTo: intoMain }}
        toggle={(ref) => (
          <MenuToggle ref={ref} size="sm" isExpanded={open} isDisabled={nothing} onClick={() => setOpen(!open)}>
            More
          </MenuToggle>
        )}
      >
        <DropdownList>
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
        </DropdownList>
      </Dropdown>
      <Button variant="link" isInline onClick={() => selection.setChoosing(false)}>
        Done choosing
      </Button>
      {act === 'assign' && <AssignDialog machines={machines} close={() => setAct(undefined)} />}
      {act && act !== 'assign' && <BulkDialog kind={act} machines={machines} all={all} close={() => setAct(undefined)} />}
    </div>
  );
}
