// The firmware of a machine: each component with its version, whether that is accepted, and what it is being brought to; and asking its controller now.

import { Button, Label } from '@patternfly/react-core';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import type { FirmwareView, NodeView } from '../../../core/api/contract.ts';
import { useAct, useAnswer } from '../api/queries.ts';
import { Refusal, Unread } from '../parts/problem-list.tsx';
import { Time } from '../parts/time.tsx';
import { Offer } from '../parts/offer.tsx';

type Part = FirmwareView['parts'][number];

export function Firmware({ node }: { node: NodeView }) {
  const params = { id: node.id };
  const told = useAnswer('GET /nodes/:id/firmware', { params });
  const read = useAct('POST /nodes/:id/firmware');
  if (!told.data) return <Unread of={told} />;
  const { readAt, parts, update } = told.data;
  return (
    <>
      <p className="pb-subtle">
        {readAt === undefined ? (
          'Its board controller has told nothing; this is what its system saw.'
        ) : (
          <>
            Its board controller told this <Time at={readAt} />.
          </>
        )}
      </p>
      {update && (
        <p role="status">
          {update.part} is being updated from {update.from} to {update.to}, since <Time at={update.at} />.
        </p>
      )}
      {parts.length > 0 && (
        <Table variant="compact" aria-label="Firmware" gridBreakPoint="grid-md" borders={false}>
          <Thead>
            <Tr>
              <Th>Component</Th>
              <Th>Version</Th>
            </Tr>
          </Thead>
          <Tbody>
            {parts.map((part) => (
              <Tr key={part.name}>
                <Td dataLabel="Component" className="pb-break">
                  {part.name}
                </Td>
                <Td dataLabel="Version" className="pb-break">
                  <span className="pb-mono">{part.version}</span> <Verdict part={part} />
                </Td>
              </Tr>
            ))}
          </Tbody>
        </Table>
      )}
      {node.bmc && (
        <div className="pb-actions">
          <Offer act="POST /nodes/:id/firmware">
            <Button variant="secondary" size="sm" isLoading={read.isPending} isDisabled={read.isPending} onClick={() => read.mutate({ params, body: {} })}>
              Ask its controller now
            </Button>
          </Offer>
        </div>
      )}
      <Refusal error={read.error} />
    </>
  );
}

function Verdict({ part: { verdict, accept = [], bring } }: { part: Part }) {
  if (verdict === 'untold') return undefined;
  if (verdict === 'accepted')
    return (
      <Label isCompact variant="outline" status="success">
        accepted
      </Label>
    );
  return (
    <>
      <Label isCompact variant="outline" status="warning">
        not accepted
      </Label>{' '}
      <span className="pb-subtle">{[...new Set([...accept, ...(bring === undefined ? [] : [bring])])].join(', ')}</span>
    </>
  );
}
