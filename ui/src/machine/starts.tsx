// What the TPM of a machine measured when it started: whether its log accounts for the registers, and whether they are as at the start before.

import { ExpandableSection, Label, List, ListItem } from '@patternfly/react-core';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import type { NodeView } from '../../../core/api/contract.ts';
import type { MeasuredStart } from '../../../core/model/measured-boot.ts';
import { useAnswer } from '../api/queries.ts';
import { Unread } from '../parts/problem-list.tsx';
import { Time } from '../parts/time.tsx';
import { counted } from '../parts/words.ts';

export function Starts({ node }: { node: NodeView }) {
  const told = useAnswer('GET /nodes/:id/starts', { params: { id: node.id } });
  if (!told.data) return <Unread of={told} />;
  const [latest, ...earlier] = told.data.starts;
  if (!latest)
    return <p className="pb-subtle">Nothing is known of how it started: it has no TPM, or did not start into the discovery image since it has one.</p>;
  return (
    <div className="pb-section">
      <Start start={latest} />
      <ExpandableSection toggleText={`${counted(Object.keys(latest.registers).length, 'register')}, ${counted(latest.events.length, 'event')}`} isIndented>
        <Registers start={latest} />
      </ExpandableSection>
      {earlier.length > 0 && (
        <ExpandableSection toggleText={`${counted(earlier.length, 'start')} before`} isIndented>
          <List isPlain>
            {earlier.map((start) => (
              <ListItem key={start.instance}>
                <Start start={start} />
              </ListItem>
            ))}
          </List>
        </ExpandableSection>
      )}
    </div>
  );
}

const registersText = (numbers: readonly string[]): string => `${numbers.length === 1 ? 'register' : 'registers'} ${numbers.join(', ')}`;

function Start({ start: { at, unproven, changed } }: { start: MeasuredStart }) {
  return (
    <div className="pb-actions">
      <Time at={at} />
      {unproven.length === 0 ? (
        <Label isCompact variant="outline" status="success" title="Replaying its log leads to what the TPM holds.">
          log proven
        </Label>
      ) : (
        <Label isCompact variant="outline" status="danger" title="Something was measured that the log does not tell: do not believe what it says.">
          log does not lead to {registersText(unproven)}
        </Label>
      )}
      {changed?.length === 0 && (
        <Label isCompact variant="outline">
          as at the start before
        </Label>
      )}
      {changed !== undefined && changed.length > 0 && (
        <Label isCompact variant="outline" status="warning" title="Firmware, its settings, the loader or the kernel is another one than at the start before.">
          other {registersText(changed)}
        </Label>
      )}
    </div>
  );
}

function Registers({ start: { registers, events } }: { start: MeasuredStart }) {
  return (
    <>
      <Table variant="compact" aria-label="Registers" gridBreakPoint="" borders={false}>
        <Thead>
          <Tr>
            <Th>Register</Th>
            <Th>SHA-256</Th>
          </Tr>
        </Thead>
        <Tbody>
          {Object.entries(registers).map(([number, value]) => (
            <Tr key={number}>
              <Td className="pb-number">{number}</Td>
              <Td modifier="breakWord">
                <span className="pb-mono">{value}</span>
              </Td>
            </Tr>
          ))}
        </Tbody>
      </Table>
      {events.length > 0 && (
        <Table variant="compact" aria-label="What was measured" gridBreakPoint="" borders={false}>
          <Thead>
            <Tr>
              <Th>Into</Th>
              <Th>What, and what it says</Th>
            </Tr>
          </Thead>
          <Tbody>
            {events.map(({ register, name, text, digest }, at) => (
              // In the order in which they were measured, which is what they are.
              <Tr key={`${at} ${digest}`}>
                <Td className="pb-number">{register}</Td>
                <Td modifier="breakWord" className="pb-small">
                  {name}
                  {text && <div className="pb-subtle">{text}</div>}
                </Td>
              </Tr>
            ))}
          </Tbody>
        </Table>
      )}
    </>
  );
}
