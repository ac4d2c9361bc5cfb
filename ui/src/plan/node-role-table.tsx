// Node-roles as a table with their state and why they are not done: the beginning of that, all of it is in the panel of each.

import { Button } from '@patternfly/react-core';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { Link } from 'react-router';
import type { NodeRoleView } from '../../../core/model/plan.ts';
import { useShownNodeRole } from './shown-node-role.ts';
import { nodeRoleStates } from '../parts/conditions.ts';
import { hasDrifted, isFailing, meaningOfNodeRole, StateLabel } from '../parts/states.tsx';
import { Duration, Time } from '../parts/time.tsx';
import { counted } from '../parts/words.ts';
import './node-role-table.css';

const rank = (n: NodeRoleView): number => (isFailing(n) ? -2 : hasDrifted(n) ? nodeRoleStates.indexOf('outdated') : nodeRoleStates.indexOf(n.state));

/** What needs a person first. */
export const byUrgency = (nodeRoles: readonly NodeRoleView[]): NodeRoleView[] => [...nodeRoles].sort((a, b) => rank(a) - rank(b) || a.key.localeCompare(b.key));

export function NodeRoleTable({ nodeRoles, withNode = true }: { nodeRoles: NodeRoleView[]; withNode?: boolean }) {
  const [, show] = useShownNodeRole();
  return (
    <Table className="pb-small pb-node-roles" variant="compact" aria-label="Node-roles" gridBreakPoint="grid-md">
      <Thead>
        <Tr>
          <Th width={20}>Role</Th>
          {withNode && <Th width={15}>Machine</Th>}
          <Th width={withNode ? 15 : 20}>Deployment</Th>
          <Th width={withNode ? 15 : 20}>State</Th>
          <Th>What is the matter</Th>
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
              <StateLabel meaning={meaningOfNodeRole(nodeRole)} />
              {nodeRole.ran && (
                <div className="pb-subtle pb-number">
                  <Duration from={nodeRole.ran.startedAt} to={nodeRole.ran.endedAt} />
                </div>
              )}
            </Td>
            <Td dataLabel="What is the matter">
              <div className="pb-node-roles__matter" title={nodeRole.whyNot.map(({ what, next = '' }) => `${what} ${next}`).join('\n') || undefined}>
                <WatchedText nodeRole={nodeRole} />
                {nodeRole.whyNot.map((hindrance) => (
                  <div key={hindrance.what}>
                    {hindrance.what} <span className="pb-subtle">{hindrance.next}</span>
                  </div>
                ))}
              </div>
            </Td>
          </Tr>
        ))}
      </Tbody>
    </Table>
  );
}

/** Cause and since when, of what is done and yet not right. */
function WatchedText({ nodeRole }: { nodeRole: NodeRoleView }) {
  const { health, drift } = nodeRole;
  return (
    <>
      {isFailing(nodeRole) && health && (
        <div>
          {health.problem?.summary ?? 'Its probes fail.'}{' '}
          <span className="pb-subtle">
            since <Time at={health.since} />
          </span>
        </div>
      )}
      {hasDrifted(nodeRole) && drift && (
        <div>
          {counted(drift.changed, 'resource')} changed by somebody else{' '}
          <span className="pb-subtle">
            seen <Time at={drift.checkedAt} />
          </span>
        </div>
      )}
    </>
  );
}
