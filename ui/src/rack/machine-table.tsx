// Machines as a table, for comparing and for many: only the rows in sight are drawn, between two that keep the room of the others.

import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { Fragment, memo } from 'react';
import { Link } from 'react-router';
import { Approve } from '../machine/approve.tsx';
import { nodeMeanings, PlainStateLabel } from '../parts/states.tsx';
import { TotalsBar } from '../plan/totals-bar.tsx';
import { MachineMenu, placeOf } from './machine-menu.tsx';
import type { TileProps } from './machine-tile.tsx';
import { addressText, hardwareWords, systemWords } from './machine-words.ts';
import type { Machine } from './machines.ts';

type MachineTableProps = {
  machines: readonly Machine[];
  /** Which of them are drawn, by their places, and how high each is, in CSS pixels. */
  drawn: readonly number[];
  rowHeight: number;
  /** The one that Tab comes to. */
  stop: string | undefined;
  chosen: ReadonlySet<string>;
  onPick: TileProps['onPick'];
};

export function MachineTable({ machines, drawn, rowHeight, stop, chosen, onPick }: MachineTableProps) {
  const after = machines.length - 1 - (drawn.at(-1) ?? -1);
  return (
    <Table
      className="pb-small pb-rack-table"
      variant="compact"
      aria-label="Machines"
      aria-describedby="rack-keys"
      aria-rowcount={machines.length + 1}
      gridBreakPoint=""
    >
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
        {drawn.map((index, order) => {
          const machine = machines[index];
          const gap = index - (drawn[order - 1] ?? -1) - 1;
          return (
            machine && (
              <Fragment key={machine.id}>
                {gap > 0 && <Room height={gap * rowHeight} />}
                <MachineRow machine={machine} index={index} chosen={chosen.has(machine.id)} stop={machine.id === stop} onPick={onPick} />
              </Fragment>
            )
          );
        })}
        {after > 0 && <Room height={after * rowHeight} />}
      </Tbody>
    </Table>
  );
}

const Room = ({ height }: { height: number }) => (
  <Tr aria-hidden="true" className="pb-rack-table__room">
    <Td colSpan={11} style={{ height }} />
  </Tr>
);

type MachineRowProps = { machine: Machine; index: number; chosen: boolean; stop: boolean; onPick: TileProps['onPick'] };

const MachineRow = memo(function MachineRow({ machine, index, chosen, stop, onPick }: MachineRowProps) {
  return (
    <Tr aria-rowindex={index + 2} isRowSelected={chosen}>
      <Td>
        <input
          {...placeOf(machine, 'check', stop)}
          type="checkbox"
          aria-label={`Choose ${machine.name}`}
          checked={chosen}
          onChange={() => onPick(machine.id, { shiftKey: false, ctrlKey: true, metaKey: false })}
        />
      </Td>
      {/* The kit makes what is cut off a stop of Tab of its own, in each row. */}
      <Td className="pf-m-truncate" tabIndex={-1} title={machine.name}>
        <Link data-stop={machine.id} tabIndex={stop ? 0 : -1} to={`/nodes/${machine.name}`}>
          {machine.name}
        </Link>
      </Td>
      <Td modifier="nowrap">
        <PlainStateLabel meaning={nodeMeanings[machine.condition]} />
      </Td>
      <Td modifier="nowrap">{addressText(machine) ?? '—'}</Td>
      <Td modifier="nowrap">{machine.pool || '—'}</Td>
      <Td modifier="nowrap">{machine.rack ?? '—'}</Td>
      <Td modifier="nowrap">{machine.serial ?? '—'}</Td>
      <Td className="pf-m-truncate" tabIndex={-1} title={hardwareWords(machine).join(' · ')}>
        {hardwareWords(machine).join(' · ')}
      </Td>
      <Td modifier="nowrap">{systemWords(machine)}</Td>
      <Td>
        {machine.approved ? (
          <TotalsBar totals={machine.totals} failing={machine.failing ?? 0} />
        ) : (
          <Approve machine={{ ...machine, hardware: hardwareWords(machine) }} place={placeOf(machine, 'approve', stop)} />
        )}
      </Td>
      <Td isActionCell>
        <MachineMenu machine={machine} stop={stop} />
      </Td>
    </Tr>
  );
});
