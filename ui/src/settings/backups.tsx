// Backups of what the admin node knows: made while everything runs, taken elsewhere by download, and how one is put back.

import { Alert, Button, EmptyState, EmptyStateActions, EmptyStateBody, EmptyStateFooter, Skeleton } from '@patternfly/react-core';
import DatabaseIcon from '@patternfly/react-icons/dist/esm/icons/database-icon';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { useState } from 'react';
import type { Backup } from '../../../core/model/backup.ts';
import { urlOf } from '../api/client.ts';
import { useAct, useAnswer } from '../api/queries.ts';
import { Removal } from '../parts/removal.tsx';
import { isRecipient, RecipientField } from '../parts/fields.tsx';
import { FormDialog } from '../parts/form-dialog.tsx';
import { Unread } from '../parts/problem-list.tsx';
import { Time } from '../parts/time.tsx';
import { diskText } from '../parts/words.ts';

export function Backups() {
  const backups = useAnswer('GET /backups', {});
  const [making, setMaking] = useState(false);
  const [removing, setRemoving] = useState<string>();
  const make = <Button onClick={() => setMaking(true)}>Make a backup…</Button>;
  const [latest] = backups.data ?? [];
  return (
    <>
      <Unread of={backups} />
      {backups.isPending && <Skeleton height="8rem" screenreaderText="Reading the backups" />}
      {backups.data && !latest && (
        <EmptyState titleText="There is no backup" headingLevel="h2" icon={DatabaseIcon} variant="sm">
          <EmptyStateBody>
            If the disk of the admin node fails, nobody knows any more what the machines are and what was wanted of them. Make a backup, and take it elsewhere.
          </EmptyStateBody>
          <EmptyStateFooter>
            <EmptyStateActions>{make}</EmptyStateActions>
          </EmptyStateFooter>
        </EmptyState>
      )}
      {backups.data && latest && (
        <>
          <div className="pb-actions">{make}</div>
          {!latest.sealed && (
            <Alert isInline variant="warning" component="p" title="The latest is not sealed: whoever has it can open what this admin node can open.">
              Keep it where only those come who may do everything here, or have the next one sealed for your key.
            </Alert>
          )}
          <BackupTable backups={backups.data} remove={setRemoving} />
        </>
      )}
      {backups.data && (
        <p className="pb-subtle">
          A backup holds facts and history, the keys that open what is sealed in them, and barclamps that were installed. The latest five stay on the admin
          node, which is no help when its disk fails. To put one back, on a machine where no admin node runs: prybar backup restore FILE
        </p>
      )}
      {making && <MakeBackup close={() => setMaking(false)} />}
      {removing && (
        <Removal route="DELETE /backups/:name" ask={{ params: { name: removing } }} title={`Remove ${removing}?`} close={() => setRemoving(undefined)}>
          <p>It is gone from the admin node. Copies elsewhere stay.</p>
        </Removal>
      )}
    </>
  );
}

function BackupTable({ backups, remove }: { backups: readonly Backup[]; remove: (name: string) => void }) {
  return (
    <Table variant="compact" aria-label="Backups" gridBreakPoint="grid-md">
      <Thead>
        <Tr>
          <Th>Of</Th>
          <Th>File</Th>
          <Th>Size</Th>
          <Th>Opened by</Th>
          <Th screenReaderText="Actions" />
        </Tr>
      </Thead>
      <Tbody>
        {backups.map(({ name, at, bytes, sealed }) => (
          <Tr key={name}>
            <Td dataLabel="Of" modifier="nowrap">
              <Time at={at} />
            </Td>
            <Td dataLabel="File" className="pb-mono pb-break">
              {name}
            </Td>
            <Td dataLabel="Size" modifier="nowrap">
              {diskText(bytes)}
            </Td>
            <Td dataLabel="Opened by">{sealed ? 'the key it was sealed for' : 'anybody'}</Td>
            <Td dataLabel="Actions" modifier="nowrap">
              <div className="pb-actions">
                {/* A form, so that the browser writes it to disk as it comes; by POST, so that it is kept who took it. */}
                <form method="post" action={urlOf('/backups/:name/download', { name })}>
                  <Button type="submit" variant="link" isInline>
                    Download<span className="pf-v6-u-screen-reader"> {name}</span>
                  </Button>
                </form>
                <Button variant="link" isInline isDanger onClick={() => remove(name)}>
                  Remove<span className="pf-v6-u-screen-reader"> {name}</span>…
                </Button>
              </div>
            </Td>
          </Tr>
        ))}
      </Tbody>
    </Table>
  );
}

function MakeBackup({ close }: { close: () => void }) {
  const [sealFor, setSealFor] = useState('');
  const make = useAct('POST /backups');
  return (
    <FormDialog
      title="Make a backup"
      description="Everything goes on meanwhile. It is of one moment."
      act="Make"
      complete={isRecipient(sealFor)}
      pending={make.isPending}
      error={make.error}
      onAct={() => make.mutate({ body: sealFor ? { sealFor } : {} }, { onSuccess: close })}
      close={close}
    >
      <RecipientField
        id="backup-key"
        label="Sealed for"
        value={sealFor}
        change={setSealFor}
        help="A public key of yours: ssh-ed25519 …, ssh-rsa … or age1…. Only its other half opens the backup. Empty: anybody who has the file can."
      />
    </FormDialog>
  );
}
