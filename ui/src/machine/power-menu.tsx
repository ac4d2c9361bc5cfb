// The menu of what can be done to a machine: switched (through its BMC where it has one), set aside, renamed, installed, rescued, replaced, retired, forgotten.

import { Divider, Dropdown, DropdownItem, DropdownList, MenuToggle } from '@patternfly/react-core';
import EllipsisVIcon from '@patternfly/react-icons/dist/esm/icons/ellipsis-v-icon';
import { useState } from 'react';
import type { NodeView } from '../../../core/api/contract.ts';
import { inRescue } from './installation.tsx';
import { intoMain } from '../parts/into-main.ts';
import { type Choice, choiceWords, useMachineAct } from './machine-acts.tsx';

export function PowerMenu({ node, wide = false, startOpen = false }: { node: NodeView; wide?: boolean; startOpen?: boolean }) {
  const [open, setOpen] = useState(startOpen);
  const act = useMachineAct();
  const bmc = node.bmc || node.wakesOnLan ? undefined : 'No BMC of it is known: somebody will be asked to do it.';
  const mayLeave = node.approved && node.id !== 'admin';
  const item = (name: Choice, description: string | undefined, disabled: boolean, word = choiceWords[name]) => (
    <DropdownItem
      key={name}
      isDanger={name === 'forget' || name === 'retire'}
      isAriaDisabled={disabled}
      {...(description && { description })}
      onClick={() => !disabled && act({ kind: name, node })}
    >
      {name === 'on' || name === 'status' ? word : `${word}…`}
    </DropdownItem>
  );
  return (
    <Dropdown
      isOpen={open}
      onOpenChange={setOpen}
      onSelect={() => setOpen(false)}
      popperProps={{ position: 'right', appendTo: intoMain }}
      toggle={(ref) => (
        <MenuToggle
          ref={ref}
          variant={wide ? 'default' : 'plain'}
          size="sm"
          isExpanded={open}
          onClick={() => setOpen(!open)}
          aria-label={wide ? undefined : `Actions for ${node.name}`}
        >
          {wide ? 'Actions' : <EllipsisVIcon />}
        </MenuToggle>
      )}
    >
      <DropdownList>
        {item('on', bmc, node.id === 'admin')}
        {item('cycle', undefined, node.id === 'admin')}
        {item('off', undefined, node.id === 'admin')}
        {item('status', undefined, !node.bmc)}
        <Divider component="li" />
        {item('maintenance', undefined, !node.approved, node.maintenance ? 'Take out of maintenance' : choiceWords.maintenance)}
        {item('rename', undefined, !node.approved || node.id === 'admin')}
        <Divider component="li" />
        {item('install', undefined, !mayLeave, node.installation ? 'Install anew' : choiceWords.install)}
        {item(
          'rescue',
          node.installation ? undefined : 'Only what is installed is started from something else.',
          !node.installation || (node.system?.kind === 'live' && !inRescue(node)),
          inRescue(node) ? 'End the rescue' : choiceWords.rescue,
        )}
        <Divider component="li" />
        {item('replace', node.contact === 'up' ? 'Only a machine that no longer answers is replaced.' : undefined, !mayLeave || node.contact === 'up')}
        {node.leaving ? item('stay', undefined, false) : item('retire', undefined, !mayLeave)}
        {item('forget', node.id === 'admin' ? 'The admin node cannot forget itself.' : undefined, node.id === 'admin')}
      </DropdownList>
    </Dropdown>
  );
}
