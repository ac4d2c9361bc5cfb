// The proposals of a deployment: for which barclamp, who takes which role, and whether the draft differs from what was committed.

import { Label } from '@patternfly/react-core';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { Link } from 'react-router';
import type { ProposalView } from '../../../core/api/contract.ts';
import { RemoveProposal } from './remove-proposal.tsx';
import type { NodeSelector, ProposalBody } from '../../../core/model/proposal.ts';

export function selectorText(selector: NodeSelector): string {
  if (Array.isArray(selector)) return selector.length === 0 ? 'no machine' : selector.join(', ');
  const from = selector.pool ? `of pool ${selector.pool}` : 'of any pool';
  return selector.count === undefined || selector.count === 'all' ? `all ${from}` : `${selector.count} ${from}`;
}

function RolesOf({ body }: { body: ProposalBody }) {
  const roles = Object.entries(body.roles);
  if (roles.length === 0) return <span className="pb-subtle">roles place themselves</span>;
  return roles.map(([role, selector]) => (
    <div key={role}>
      {role}: <span className="pb-subtle">{selectorText(selector)}</span>
    </div>
  ));
}

export function ProposalList({ proposals }: { proposals: ProposalView[] }) {
  if (proposals.length === 0) return <p className="pb-subtle">It has no proposal yet.</p>;
  return (
    <Table variant="compact" aria-label="Proposals" gridBreakPoint="grid-md" borders={false}>
      <Thead>
        <Tr>
          <Th width={20}>Proposal</Th>
          <Th>Roles</Th>
          <Th width={20}>Committed</Th>
          <Th width={20}>Draft</Th>
          <Th screenReaderText="Actions" />
        </Tr>
      </Thead>
      <Tbody>
        {proposals.map((proposal) => (
          <Tr key={proposal.id}>
            <Td dataLabel="Proposal">
              <Link to={`/deployments/${proposal.deployment}/${proposal.barclamp}`}>{proposal.barclamp}</Link>
            </Td>
            <Td dataLabel="Roles">
              <RolesOf body={proposal.draft} />
            </Td>
            <Td dataLabel="Committed">{proposal.commit === 0 ? 'never' : `commit ${proposal.commit}`}</Td>
            <Td dataLabel="Draft">
              {proposal.changed ? (
                <Label isCompact color="orange" variant="outline">
                  not committed
                </Label>
              ) : (
                <span className="pb-subtle">same as committed</span>
              )}
            </Td>
            <Td dataLabel="Actions" modifier="fitContent">
              <RemoveProposal proposal={proposal} />
            </Td>
          </Tr>
        ))}
      </Tbody>
    </Table>
  );
}
