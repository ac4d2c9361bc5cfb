// Machines as a table, for comparing and for many: only the rows in sight are drawn, between two that keep the room of the others.

import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { memo } from 'react';
import { Link } from 'react-router';
import { Approve } from '../machine/approve.tsx';
import { nodeMeanings, PlainStateLabel } from '../parts/states.tsx';
import { TotalsBar } from '../plan/totals-bar.tsx';
import { MachineMenu } from './machine-menu.tsx';
import type { TileProps } from './machine-tile.tsx';
import { addressText, hardwareWords, systemWords } from './machine-words.ts';
import type { Machine } from './machines.ts';

type MachineTableProps = {
  machines: readonly Machine[];
  /** Those in sight, and the room of what is before and after them, in pixels. */
  from: number;
  to: number;
  before: number;
  after: number;
  chosen: ReadonlySet<string>;
  onPick: TileProps['onPick'];
};

export function MachineTable({ machines, from, to, before, after, chosen, onPick }: MachineTableProps) {
  return (
    <Table className="pb-small pb-rack-table" variant="compact" aria-label="Machines" aria-rowcount={machines.length + 1} gridBreakPoint="">
      <Thead>
        <Tr>
          <Th screenReaderText="Chosen" />
          <Th>Name</Th>
          <Th>State</Th>
          <Th>Address</Th>
          <Th>Pool</Th>
          <Th>Rack</Th>
          <Th>Serial</Th>
          <Th>Hardware</Th>
          <Th>System</Th>
          <Th width={20}>Node-roles</Th>
          <Th screenReaderText="Actions" />
        </Tr>
      </Thead>
      <Tbody>
        {before > 0 && <Room height={before} />}
        {machines.slice(from, to).map((machine, index) => (
          <MachineRow key={machine.id} machine={machine} index={from + index} chosen={chosen.has(machine.id)} onPick={onPick} />
        ))}
        {after > 0 && <Room height={after} />}
      </Tbody>
    </Table>
  );
}

const Room = ({ height }: { height: number }) => (
  <Tr aria-hidden="true" className="pb-rack-table__room">
    <Td colSpan={11} style={{ height }} />
  </Tr>
);

type MachineRowProps = { machine: Machine; index: number; chosen: boolean; onPick: TileProps['onPick'] };

const MachineRow = memo(function MachineRow({ machine, index, chosen, onPick }: MachineRowProps) {
  return (
    <Tr aria-rowindex={index + 2} isRowSelected={chosen}>
      <Td>
        <input
          type="checkbox"
          aria-label={`Choose ${machine.name}`}
          checked={chosen}
          onChange={() => onPick(machine.id, { shiftKey: false, ctrlKey: true, metaKey: false })}
        />
      </Td>
      <Td modifier="truncate">
        <Link to={`/nodes/${machine.name}`}>{machine.name}</Link>
      </Td>
      <Td modifier="nowrap">
        <PlainStateLabel meaning={nodeMeanings[machine.condition]} />
      </Td>
      <Td modifier="nowrap">{addressText(machine) ?? '—'}</Td>
      <Td modifier="nowrap">{machine.pool || '—'}</Td>
      <Td modifier="nowrap">{machine.rack ?? '—'}</Td>
      <Td modifier="nowrap">{machine.serial ?? '—'}</Td>
      <Td modifier="truncate">{hardwareWords(machine).join(' · ')}</Td>
      <Td modifier="nowrap">{systemWords(machine)}</Td>
      <Td>
        {machine.approved ? (
          <TotalsBar totals={machine.totals} failing={machine.failing ?? 0} />
        ) : (
          <Approve machine={{ ...machine, hardware: hardwareWords(machine) }} />
        )}
      </Td>
      <Td isActionCell>
        <MachineMenu machine={machine} />
      </Td>
    </Tr>
  );
});
