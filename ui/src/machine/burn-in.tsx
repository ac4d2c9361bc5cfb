// What a machine could do when it was burnt in, beside what is usual for its make and model, and what could not be measured.

import { Label, List, ListItem } from '@patternfly/react-core';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import type { BurnInView } from '../../../core/api/contract.ts';
import type { Compared } from '../../../core/model/measurement.ts';
import { Time } from '../parts/time.tsx';
import { counted } from '../parts/words.ts';

export function BurnIn({ measured, machines }: { measured: NonNullable<BurnInView['measured']>; machines: number }) {
  const { at, results, skipped } = measured;
  return (
    <>
      <p className="pb-subtle">
        Measured <Time at={at} />; {machines === 1 ? 'no other machine' : counted(machines - 1, 'other')} of its make and model to compare it with.
      </p>
      {results.length > 0 && (
        <Table variant="compact" aria-label="Burn-in" gridBreakPoint="grid-md" borders={false}>
          <Thead>
            <Tr>
              <Th>What</Th>
              <Th>Value</Th>
              <Th>Usual</Th>
            </Tr>
          </Thead>
          <Tbody>
            {results.map((result) => (
              <Tr key={`${result.what} ${result.measure}`}>
                <Td dataLabel="What" className="pb-break">
                  {result.what} <span className="pb-subtle">{result.measure}</span>
                </Td>
                <Td dataLabel="Value" className="pb-number">
                  {result.value} {result.unit}
                </Td>
                <Td dataLabel="Usual" className="pb-number">
                  <Usual result={result} />
                </Td>
              </Tr>
            ))}
          </Tbody>
        </Table>
      )}
      {skipped.length > 0 && (
        <List aria-label="Not measured">
          {skipped.map(({ what, reason }) => (
            <ListItem key={`${what} ${reason}`}>
              {what} was skipped: {reason}
            </ListItem>
          ))}
        </List>
      )}
    </>
  );
}

function Usual({ result: { median, unit, peers, unlike } }: { result: Compared }) {
  if (median === undefined) return <span className="pb-subtle">only {peers} measured</span>;
  return (
    <>
      {median} {unit}{' '}
      {unlike && (
        <Label isCompact variant="outline" status="warning">
          far {unlike} the others
        </Label>
      )}
    </>
  );
}
