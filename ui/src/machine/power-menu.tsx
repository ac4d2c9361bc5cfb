// The menu of what can be done to a machine: switched (through its BMC where it has one), set aside, renamed, installed, rescued, replaced, retired, forgotten.

import { Divider, Dropdown, DropdownItem, DropdownList, MenuToggle } from '@patternfly/react-core';
import EllipsisVIcon from '@patternfly/react-icons/dist/esm/icons/ellipsis-v-icon';
import { Fragment, useState } from 'react';
import type { NodeView } from '../../../core/api/contract.ts';
import { intoMain } from '../parts/into-main.ts';
import { choicesFor } from './choices.ts';
import { useMachineAct } from './machine-acts.tsx';

export function PowerMenu({ node, wide = false, startOpen = false }: { node: NodeView; wide?: boolean; startOpen?: boolean }) {
  const [open, setOpen] = useState(startOpen);
  const act = useMachineAct();
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
        {choicesFor(node).map((group, index) => (
          <Fragment key={group[0]!.kind}>
            {index > 0 && <Divider component="li" />}
            {group.map(({ kind, word, about, disabled, danger }) => (
              <DropdownItem
                key={kind}
                isDanger={danger}
                isAriaDisabled={disabled}
                {...(about && { description: about })}
                onClick={() => !disabled && act({ kind, node })}
              >
                {word}
              </DropdownItem>
            ))}
          </Fragment>
        ))}
      </DropdownList>
    </Dropdown>
  );
}
