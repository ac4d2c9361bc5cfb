// Node-roles as a table with their state and why they are not done.

import { Button } from '@patternfly/react-core';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { Link } from 'react-router';
import type { NodeRoleView } from '../../../core/model/plan.ts';
import { useShownNodeRole } from './shown-node-role.ts';
import { nodeRoleMeanings, nodeRoleStates, StateLabel } from './states.tsx';

const rank = (n: NodeRoleView): number => nodeRoleStates.indexOf(n.state);

/** What needs a person first. */
export const byUrgency = (nodeRoles: readonly NodeRoleView[]): NodeRoleView[] => [...nodeRoles].sort((a, b) => rank(a) - rank(b) || a.key.localeCompare(b.key));

export function NodeRoleTable({ nodeRoles, withNode = true }: { nodeRoles: NodeRoleView[]; withNode?: boolean }) {
  const [, show] = useShownNodeRole();
  return (
    <Table variant="compact" aria-label="Node-roles" gridBreakPoint="grid-md">
      <Thead>
        <Tr>
          <Th width={20}>Role</Th>
          {withNode && <Th width={15}>Machine</Th>}
          <Th width={15}>Deployment</Th>
          <Th width={15}>State</Th>
          <Th>Why not yet</Th>
        </Tr>
      </Thead>
      <Tbody>
        {nodeRoles.map((nodeRole) => (
          <Tr key={nodeRole.key}>
            <Td dataLabel="Role">
              <Button variant="link" isInline onClick={() => show(nodeRole.key)}>
                {nodeRole.role}
              </Button>
            </Td>
            {withNode && (
              <Td dataLabel="Machine">
                <Link to={`/nodes/${nodeRole.nodeName}`}>{nodeRole.nodeName}</Link>
              </Td>
            )}
            <Td dataLabel="Deployment">
              <Link to={`/deployments/${nodeRole.deployment}`}>{nodeRole.deployment}</Link>
            </Td>
            <Td dataLabel="State">
              <StateLabel meaning={nodeRoleMeanings[nodeRole.state]} />
            </Td>
            <Td dataLabel="Why not yet">
              {nodeRole.whyNot.map((hindrance) => (
                <div key={hindrance.what}>
                  {hindrance.what} <span className="pb-subtle">{hindrance.next}</span>
                </div>
              ))}
            </Td>
          </Tr>
        ))}
      </Tbody>
    </Table>
  );
}
