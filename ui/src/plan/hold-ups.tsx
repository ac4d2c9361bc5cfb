// What goes no further until a person acts: why, and the smallest act that would help.

import { Button, List, ListItem } from '@patternfly/react-core';
import { Link } from 'react-router';
import type { HoldUp } from '../../../core/model/plan.ts';
import { nodeRoleMeanings, StateIcon } from '../parts/states.tsx';
import { useShownNodeRole } from './shown-node-role.ts';
import './hold-ups.css';

/** `linked` where the node-roles are in the plan already. */
export function HoldUps({ of, linked = false }: { of: HoldUp[]; linked?: boolean }) {
  const [, show] = useShownNodeRole();
  if (of.length === 0) return null;
  return (
    <List isPlain className="pb-hold-ups" aria-label="What waits for a person">
      {of.map(({ key, role, nodeName, state, nodeRoles, why }) => (
        <ListItem key={key} icon={<StateIcon meaning={nodeRoleMeanings[state]} />}>
          {linked ? (
            <Button variant="link" isInline onClick={() => show(key)}>
              {role}
            </Button>
          ) : (
            role
          )}{' '}
          on <Link to={`/nodes/${nodeName}`}>{nodeName}</Link>
          {nodeRoles > 1 && ` and ${nodeRoles - 1} more`}: {why.what}
          {why.next && <div className="pb-subtle">Next: {why.next}</div>}
        </ListItem>
      ))}
    </List>
  );
}
