// Machines as a table, for comparing and for many.

import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { Link } from 'react-router';
import type { NodeView } from '../../../core/api/contract.ts';
import { Approve } from './approve.tsx';
import { PowerMenu } from './power-menu.tsx';
import { conditionOf, nodeMeanings, StateLabel } from './states.tsx';
import { TotalsBar } from './totals-bar.tsx';
import { addressOf, hardwareText, systemText } from './words.ts';

/** `failing`: by node id, how many of its node-roles are done and do not work. */
export function MachineTable({ nodes, failing }: { nodes: NodeView[]; failing: ReadonlyMap<string, number> }) {
  return (
    <Table className="pb-small" variant="compact" aria-label="Machines" gridBreakPoint="grid-lg">
      <Thead>
        <Tr>
          <Th>Name</Th>
          <Th>State</Th>
          <Th>Address</Th>
          <Th>Pool</Th>
          <Th>Serial</Th>
          <Th>Hardware</Th>
          <Th>System</Th>
          <Th width={20}>Node-roles</Th>
          <Th screenReaderText="Actions" />
        </Tr>
      </Thead>
      <Tbody>
        {nodes.map((node) => (
          <Tr key={node.id}>
            <Td dataLabel="Name">
              <Link to={`/nodes/${node.name}`}>{node.name}</Link>
            </Td>
            <Td dataLabel="State">
              <StateLabel meaning={nodeMeanings[conditionOf(node)]} />
            </Td>
            <Td dataLabel="Address">{addressOf(node) ?? '—'}</Td>
            <Td dataLabel="Pool">{node.pool || '—'}</Td>
            <Td dataLabel="Serial" modifier="nowrap">
              {node.serial ?? '—'}
            </Td>
            <Td dataLabel="Hardware">{hardwareText(node.inventory).join(' · ')}</Td>
            <Td dataLabel="System" modifier="nowrap">
              {systemText(node)}
            </Td>
            <Td dataLabel="Node-roles">{node.approved ? <TotalsBar totals={node.totals} failing={failing.get(node.id) ?? 0} /> : <Approve node={node} />}</Td>
            <Td isActionCell>
              <PowerMenu node={node} />
            </Td>
          </Tr>
        ))}
      </Tbody>
    </Table>
  );
}
