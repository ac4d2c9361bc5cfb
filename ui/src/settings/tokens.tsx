// API tokens: for programs. The text of a new one is shown once, here.

import { Alert, Button, ClipboardCopy, Skeleton } from '@patternfly/react-core';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { useState } from 'react';
import type { Role } from '../../../core/model/principal.ts';
import { useAct, useAnswer } from '../api/queries.ts';
import { isName, LineField, namesIn } from '../parts/fields.tsx';
import { FormDialog } from '../parts/form-dialog.tsx';
import { Refusal, Unread } from '../parts/problem-list.tsx';
import { RoleField } from './users.tsx';
import { Time } from '../parts/time.tsx';

const isScope = (text: string): boolean => /^(\*|(\*|[a-z-]{1,40}):(read|write))$/.test(text);

export function Tokens({ rules }: { rules: boolean }) {
  const tokens = useAnswer('GET /tokens', { query: rules ? { all: true } : {} });
  const revoke = useAct('DELETE /tokens/:id');
  const [adding, setAdding] = useState(false);
  const [made, setMade] = useState<{ name: string; text: string }>();
  return (
    <>
      <div className="pb-actions">
        <Button onClick={() => setAdding(true)}>Make a token…</Button>
      </div>
      {made && (
        <Alert isInline variant="success" title={`The token ${made.name} is made. It is shown this once: copy it now.`} component="p">
          <ClipboardCopy isReadOnly hoverTip="Copy" clickTip="Copied" textAriaLabel={`Text of the token ${made.name}`}>
            {made.text}
          </ClipboardCopy>
        </Alert>
      )}
      <Unread of={tokens} />
      <Refusal error={revoke.error} />
      {tokens.isPending && <Skeleton height="8rem" screenreaderText="Reading the tokens" />}
      {tokens.data?.length === 0 && <p>There is none. A program that talks to the API needs one; it never may do more than you.</p>}
      {tokens.data && tokens.data.length > 0 && (
        <Table variant="compact" aria-label="API tokens" gridBreakPoint="grid-md">
          <Thead>
            <Tr>
              <Th>Token</Th>
              <Th>Of</Th>
              <Th>Role</Th>
              <Th>Scopes</Th>
              <Th>Ends</Th>
              <Th>Last used</Th>
              <Th screenReaderText="Actions" />
            </Tr>
          </Thead>
          <Tbody>
            {tokens.data.map((token) => (
              <Tr key={token.id}>
                <Td dataLabel="Token">{token.name}</Td>
                <Td dataLabel="Of">{token.owner}</Td>
                <Td dataLabel="Role">{token.tenant ? `${token.role} of ${token.tenant}` : token.role}</Td>
                <Td dataLabel="Scopes">{token.scopes.join(', ')}</Td>
                <Td dataLabel="Ends">
                  <Time at={token.expiresAt} />
                </Td>
                <Td dataLabel="Last used">{token.lastAt === undefined ? 'never' : <Time at={token.lastAt} />}</Td>
                <Td dataLabel="Actions">
                  <Button variant="link" isInline isDanger isDisabled={revoke.isPending} onClick={() => revoke.mutate({ params: { id: token.id } })}>
                    Revoke<span className="pf-v6-u-screen-reader"> {token.name}</span>
                  </Button>
                </Td>
              </Tr>
            ))}
          </Tbody>
        </Table>
      )}
      {adding && (
        <MakeToken
          close={() => setAdding(false)}
          done={(token) => {
            setMade(token);
            setAdding(false);
          }}
        />
      )}
    </>
  );
}

function MakeToken({ close, done }: { close: () => void; done: (made: { name: string; text: string }) => void }) {
  const [name, setName] = useState('');
  const [role, setRole] = useState<Role>('viewer');
  const [scopes, setScopes] = useState('*');
  const [days, setDays] = useState('90');
  const make = useAct('POST /tokens');
  const wanted = namesIn(scopes);
  const good = wanted.length > 0 && wanted.every(isScope);
  const daysGood = /^[1-9]\d{0,3}$/.test(days);
  return (
    <FormDialog
      title="Make an API token"
      act="Make"
      complete={isName(name) && good && daysGood}
      pending={make.isPending}
      error={make.error}
      onAct={() => make.mutate({ body: { name, role, scopes: wanted, days: Number(days) } }, { onSuccess: done })}
      close={close}
    >
      <LineField
        id="token-name"
        label="Name"
        value={name}
        change={(text) => setName(text.trim())}
        valid={name === '' || isName(name)}
        help="What it is for, as a DNS label: ci, backup."
        required
      />
      <RoleField id="token-role" label="Role" value={role} change={setRole} />
      <LineField
        id="token-scopes"
        label="Scopes"
        value={scopes}
        change={setScopes}
        valid={good}
        help="“*” for everything its role may do, or parts of it: nodes:read, runs:read, deployments:write."
        required
      />
      <LineField id="token-days" label="Days" value={days} change={setDays} valid={daysGood} help="After so many days it lets nobody in any more." required />
    </FormDialog>
  );
}
