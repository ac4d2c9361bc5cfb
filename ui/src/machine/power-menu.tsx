// The menu of what can be done to a machine: switched (through its BMC where it has one), set aside, renamed, installed, rescued, made an image of, replaced, retired, forgotten.

import { Divider, DropdownItem } from '@patternfly/react-core';
import EllipsisVIcon from '@patternfly/react-icons/dist/esm/icons/ellipsis-v-icon';
import { Fragment } from 'react';
import type { NodeView } from '../../../core/api/contract.ts';
import { useOwnSession } from '../api/own-session.ts';
import { Menu } from '../parts/menu.tsx';
import { choicesFor } from './choices.ts';
import { useMachineAct } from './machine-acts.tsx';

export function PowerMenu({ node, wide = false, startOpen = false, place }: { node: NodeView; wide?: boolean; startOpen?: boolean; place?: object }) {
  const act = useMachineAct();
  const { may } = useOwnSession();
  const choices = choicesFor(node, may);
  if (choices.length === 0) return null;
  return (
    <Menu
      toTheLeft
      startOpen={startOpen}
      button={{
        ...place,
        variant: wide ? 'default' : 'plain',
        size: 'sm',
        ...(!wide && { 'aria-label': `Actions for ${node.name}` }),
        children: wide ? 'Actions' : <EllipsisVIcon />,
      }}
    >
      {choices.map((group, index) => (
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
    </Menu>
  );
}
