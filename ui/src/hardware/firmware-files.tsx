// The files with firmware that the admin node keeps, and which proposals name them.

import { Button, EmptyState, EmptyStateBody } from '@patternfly/react-core';
import CubesIcon from '@patternfly/react-icons/dist/esm/icons/cubes-icon';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { useState } from 'react';
import type { FirmwareFileView } from '../../../core/api/contract.ts';
import { useAct } from '../api/queries.ts';
import { Confirm } from '../parts/confirm.tsx';
import { Time } from '../parts/time.tsx';
import { diskText } from '../parts/words.ts';
import { ProposalLinks } from '../proposal/proposal-links.tsx';

export function FirmwareFiles({ files, mayRemove }: { files: readonly FirmwareFileView[]; mayRemove: boolean }) {
  const [removing, setRemoving] = useState<FirmwareFileView>();
  if (!files.length)
    return (
      <EmptyState titleText="The admin node keeps no files with firmware" headingLevel="h2" icon={CubesIcon} variant="sm">
        <EmptyStateBody>
          Give it a file of a vendor by “prybar firmware add FILE”. It is signed, and a proposal of the barclamp firmware names it by the SHA-256 that is
          printed. Board controllers get it from here and from nowhere else.
        </EmptyStateBody>
      </EmptyState>
    );
  return (
    <>
      <Table variant="compact" aria-label="Files with firmware" gridBreakPoint="grid-lg" borders={false}>
        <Thead>
          <Tr>
            <Th>File</Th>
            <Th>Size</Th>
            <Th>SHA-256</Th>
            <Th>Given</Th>
            <Th>Used by</Th>
            <Th screenReaderText="Actions" />
          </Tr>
        </Thead>
        <Tbody>
          {files.map((file) => (
            <Tr key={file.digest}>
              <Td dataLabel="File" className="pb-break">
                {file.name}
              </Td>
              <Td dataLabel="Size" modifier="nowrap">
                {diskText(file.bytes)}
              </Td>
              <Td dataLabel="SHA-256" className="pb-mono pb-break">
                {file.digest}
              </Td>
              <Td dataLabel="Given">
                <Time at={file.at} /> by {file.by}
              </Td>
              <Td dataLabel="Used by">
                <ProposalLinks ids={file.usedBy} />
              </Td>
              <Td dataLabel="Actions">
                {mayRemove && (
                  <Button variant="link" isInline isDanger onClick={() => setRemoving(file)}>
                    Remove<span className="pf-v6-u-screen-reader"> {file.name}</span>…
                  </Button>
                )}
              </Td>
            </Tr>
          ))}
        </Tbody>
      </Table>
      {removing && <RemoveFile file={removing} close={() => setRemoving(undefined)} />}
    </>
  );
}

function RemoveFile({ file, close }: { file: FirmwareFileView; close: () => void }) {
  const remove = useAct('DELETE /firmware-files/:sha256');
  return (
    <Confirm
      title={`Remove ${file.name}?`}
      act="Remove"
      pending={remove.isPending}
      error={remove.error}
      onAct={() => remove.mutate({ params: { sha256: file.digest } }, { onSuccess: close })}
      close={close}
    >
      The file is deleted from the admin node. Machines keep the firmware that they have.
    </Confirm>
  );
}
