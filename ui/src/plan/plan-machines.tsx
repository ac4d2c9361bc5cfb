// The plan by machines: how far each is, and on opening what it has. Read from what the rack shows, so that tens of thousands of them are no more to send.

import { Skeleton } from '@patternfly/react-core';
import { Table, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { Link } from 'react-router';
import { useAnswer } from '../api/queries.ts';
import { LongList } from '../parts/long-list.tsx';
import { OpeningRow, useOpenRow } from '../parts/opening-row.tsx';
import { Unread } from '../parts/problem-list.tsx';
import { nodeMeanings, PlainStateLabel } from '../parts/states.tsx';
import type { Machine } from '../rack/machines.ts';
import { useMachines } from '../rack/use-machines.ts';
import { byUrgency, NodeRoleTable } from './node-role-table.tsx';
import { TotalsBar } from './totals-bar.tsx';

const PER_PAGE = 50;

/** Those of which somebody must know something first. */
const byNeed = (a: Machine, b: Machine): number => b.alerts - a.alerts;

export function PlanMachines() {
  const machines = useMachines();
  const rows = useOpenRow('machine');
  if (!machines.data)
    return (
      <>
        <Unread of={machines} />
        {machines.isPending && <Skeleton height="20rem" screenreaderText="Reading the machines" />}
      </>
    );
  const holding = machines.data.list.filter(({ totals }) => Object.keys(totals).length > 0).sort(byNeed);
  return (
    <LongList
      label="Find machines"
      placeholder="Machine"
      items={holding}
      fits={({ text }, words) =>
        words
          .toLowerCase()
          .split(/\s+/)
          .every((word) => text.includes(word))
      }
      perPage={PER_PAGE}
    >
      {(some) => (
        <Table variant="compact" aria-label="Node-roles by machine" gridBreakPoint="grid-md">
          <Thead>
            <Tr>
              <Th screenReaderText="Open" />
              <Th width={25}>Machine</Th>
              <Th width={20}>State</Th>
              <Th>How far it is</Th>
            </Tr>
          </Thead>
          {some.map((machine, rowIndex) => (
            <OpeningRow key={machine.id} id={machine.id} rowIndex={rowIndex} rows={rows} columns={3} more={() => <OfMachine id={machine.id} />}>
              <Td dataLabel="Machine">
                <Link to={`/nodes/${machine.name}`}>{machine.name}</Link>
              </Td>
              <Td dataLabel="State">
                <PlainStateLabel meaning={nodeMeanings[machine.condition]} />
              </Td>
              <Td dataLabel="How far it is">
                <TotalsBar totals={machine.totals} failing={machine.failing ?? 0} />
              </Td>
            </OpeningRow>
          ))}
        </Table>
      )}
    </LongList>
  );
}

function OfMachine({ id }: { id: string }) {
  const plan = useAnswer('GET /plan', { query: { node: id } });
  return (
    <>
      <Unread of={plan} />
      {plan.isPending && <Skeleton height="4rem" screenreaderText="Reading what it has" />}
      {plan.data && <NodeRoleTable nodeRoles={byUrgency(plan.data.nodeRoles)} withNode={false} />}
    </>
  );
}
