// Runs as a table, newest first.

import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { Link } from 'react-router';
import type { Run } from '../../../core/model/run.ts';
import { countsText, meaningOf } from './run-story.tsx';
import { StateLabel } from '../parts/states.tsx';
import { Duration, Time } from '../parts/time.tsx';

export function RunTable({ runs, withNode = true }: { runs: Run[]; withNode?: boolean }) {
  return (
    <Table className="pb-small" variant="compact" aria-label="Runs" gridBreakPoint="grid-md">
      <Thead>
        <Tr>
          <Th width={10}>Run</Th>
          <Th>Role</Th>
          {withNode && <Th>Machine</Th>}
          <Th modifier="nowrap">Deployment</Th>
          <Th>Outcome</Th>
          <Th modifier="nowrap">Resources</Th>
          <Th>Started</Th>
          <Th>Took</Th>
        </Tr>
      </Thead>
      {/* Whoever measures how still the page is knows by that: one more run pushes those before it down by one, and nothing else. */}
      <Tbody data-newest-first="">
        {runs.map((run) => (
          <Tr key={run.id}>
            <Td dataLabel="Run">
              <Link to={`/runs/${run.id}`}>{run.id}</Link>
            </Td>
            <Td dataLabel="Role">
              {run.role}
              {run.mode === 'remove' && ' (removal)'}
            </Td>
            {withNode && (
              <Td dataLabel="Machine">
                <Link to={`/nodes/${run.nodeName}`}>{run.nodeName}</Link>
              </Td>
            )}
            <Td dataLabel="Deployment">
              <Link to={`/deployments/${run.deployment}`}>{run.deployment}</Link>
            </Td>
            <Td dataLabel="Outcome">
              <StateLabel meaning={meaningOf(run)} />
            </Td>
            <Td dataLabel="Resources">{countsText(run) || '—'}</Td>
            <Td dataLabel="Started" modifier="nowrap">
              <Time at={run.startedAt} />
            </Td>
            <Td dataLabel="Took" modifier="nowrap">
              <Duration from={run.startedAt} to={run.endedAt} />
            </Td>
          </Tr>
        ))}
      </Tbody>
    </Table>
  );
}
