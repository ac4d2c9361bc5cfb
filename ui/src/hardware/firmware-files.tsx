// The files with firmware that the admin node keeps, and which proposals name them.

import { Button, ClipboardCopy, EmptyState, EmptyStateActions, EmptyStateBody, EmptyStateFooter } from '@patternfly/react-core';
import CubesIcon from '@patternfly/react-icons/dist/esm/icons/cubes-icon';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { useState } from 'react';
import type { FirmwareFileView } from '../../../core/api/contract.ts';
import { Removal } from '../parts/removal.tsx';
import { Time } from '../parts/time.tsx';
import { diskText } from '../parts/words.ts';
import { ProposalLinks } from '../proposal/proposal-links.tsx';
import { GiveFile } from './give-file.tsx';

export function FirmwareFiles({ files, mayAct }: { files: readonly FirmwareFileView[]; mayAct: boolean }) {
  const [removing, setRemoving] = useState<FirmwareFileView>();
  if (!files.length)
    return (
      <EmptyState titleText="The admin node keeps no files with firmware" headingLevel="h2" icon={CubesIcon} variant="sm">
        <EmptyStateBody>
          A file of a vendor that is given to it, here or by “prybar firmware add FILE”, is signed, and proposals of the barclamp firmware name it by its
          SHA-256. Board controllers get it from here and from nowhere else.
        </EmptyStateBody>
        {mayAct && (
          <EmptyStateFooter>
            <EmptyStateActions>
              <GiveFile />
            </EmptyStateActions>
          </EmptyStateFooter>
        )}
      </EmptyState>
    );
  return (
    <>
      {mayAct && (
        <div className="pb-actions">
          <GiveFile />
        </div>
      )}
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
              <Td dataLabel="SHA-256">
                <ClipboardCopy isReadOnly isCode variant="inline-compact" hoverTip="Copy" clickTip="Copied" className="pb-break pb-small">
                  {file.digest}
                </ClipboardCopy>
              </Td>
              <Td dataLabel="Given">
                <span>
                  <Time at={file.at} /> by {file.by}
                </span>
              </Td>
              <Td dataLabel="Used by">
                <ProposalLinks ids={file.usedBy} />
              </Td>
              <Td dataLabel="Actions">
                {mayAct && (
                  <Button variant="link" isInline isDanger onClick={() => setRemoving(file)}>
                    Remove<span className="pf-v6-u-screen-reader"> {file.name}</span>…
                  </Button>
                )}
              </Td>
            </Tr>
          ))}
        </Tbody>
      </Table>
      {removing && (
        <Removal
          route="DELETE /firmware-files/:sha256"
          ask={{ params: { sha256: removing.digest } }}
          title={`Remove ${removing.name}?`}
          close={() => setRemoving(undefined)}
        >
          The file is deleted from the admin node. Machines keep the firmware that they have.
        </Removal>
      )}
    </>
  );
}
