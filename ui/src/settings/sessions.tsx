// Browsers that are signed in, ending them, and one's own passphrase.

import { Button, Skeleton } from '@patternfly/react-core';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { useState } from 'react';
import { useAct, useAnswer } from '../api/queries.ts';
import { LineField } from '../parts/fields.tsx';
import { FormDialog } from '../parts/form-dialog.tsx';
import { NewPassphrase, usePassphrase } from './passphrase-fields.tsx';
import { Refusal, Unread } from '../parts/problem-list.tsx';
import { Time } from '../parts/time.tsx';

const ways = { link: 'one-time link', passphrase: 'passphrase', openid: 'OpenID Connect' };

export function Sessions({ rules }: { rules: boolean }) {
  const sessions = useAnswer('GET /sessions', { query: rules ? { all: true } : {} });
  const me = useAnswer('GET /session', {});
  const end = useAct('DELETE /sessions/:id');
  const [changing, setChanging] = useState(false);
  return (
    <>
      {me.data?.passphrase && (
        <div className="pb-actions">
          <Button variant="secondary" onClick={() => setChanging(true)}>
            Change my passphrase…
          </Button>
        </div>
      )}
      <Unread of={sessions} />
      <Refusal error={end.error} />
      {sessions.isPending && <Skeleton height="8rem" screenreaderText="Reading the sessions" />}
      {sessions.data && (
        <Table variant="compact" aria-label="Sessions" gridBreakPoint="grid-md">
          <Thead>
            <Tr>
              <Th>User</Th>
              <Th>From</Th>
              <Th>Signed in by</Th>
              <Th>Since</Th>
              <Th>Last used</Th>
              <Th>Ends</Th>
              <Th screenReaderText="Actions" />
            </Tr>
          </Thead>
          <Tbody>
            {sessions.data.map((session) => (
              <Tr key={session.id}>
                <Td dataLabel="User">
                  {session.user}
                  {session.own && ', this browser'}
                </Td>
                <Td dataLabel="From">{session.address}</Td>
                <Td dataLabel="Signed in by">{ways[session.how]}</Td>
                <Td dataLabel="Since">
                  <Time at={session.beganAt} />
                </Td>
                <Td dataLabel="Last used">
                  <Time at={session.lastAt} />
                </Td>
                <Td dataLabel="Ends">
                  <Time at={session.endsAt} />
                </Td>
                <Td dataLabel="Actions">
                  {!session.own && (
                    <Button variant="link" isInline isDisabled={end.isPending} onClick={() => end.mutate({ params: { id: session.id } })}>
                      End<span className="pf-v6-u-screen-reader"> the session of {session.user}</span>
                    </Button>
                  )}
                </Td>
              </Tr>
            ))}
          </Tbody>
        </Table>
      )}
      {changing && <ChangePassphrase close={() => setChanging(false)} />}
    </>
  );
}

function ChangePassphrase({ close }: { close: () => void }) {
  const [current, setCurrent] = useState('');
  const passphrase = usePassphrase();
  const change = useAct('PUT /session/passphrase');
  return (
    <FormDialog
      title="Change my passphrase"
      description="Your other sessions end."
      act="Change"
      complete={passphrase.complete}
      pending={change.isPending}
      error={change.error}
      onAct={() => change.mutate({ body: { passphrase: passphrase.text, ...(current && { current }) } }, { onSuccess: close })}
      close={close}
    >
      <LineField
        id="current"
        label="Present passphrase"
        type="password"
        value={current}
        change={setCurrent}
        help="Not needed when you came by a one-time link."
      />
      <NewPassphrase id="own" of={passphrase} />
    </FormDialog>
  );
}
