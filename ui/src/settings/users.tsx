// People who may sign in: adding them, what they may do, letting them in again, and keeping them out.

import { Button, FormGroup, FormSelect, FormSelectOption, Skeleton } from '@patternfly/react-core';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { useState } from 'react';
import type { UserView } from '../../../core/api/contract.ts';
import type { Role } from '../../../core/model/principal.ts';
import { useAct, useAnswer } from '../api/queries.ts';
import { FormDialog } from '../parts/form-dialog.tsx';
import { isUserName, NewPassphrase, usePassphrase, UserNameField } from './passphrase-fields.tsx';
import { Refusal, Unread } from '../parts/problem-list.tsx';
import { TenantField } from './tenant-field.tsx';
import { Time } from '../parts/time.tsx';
import { LinkDialog, MadeLink, PassphraseDialog, type SignInLink } from './user-ways-in.tsx';

export const roleHelp: Record<Role, string> = {
  viewer: 'viewer: sees everything, changes nothing',
  operator: 'operator: works with machines and deployments',
  admin: 'admin: also users, barclamps and whatever concerns the site',
};

export function RoleField({ id, label, value, change }: { id: string; label: string; value: Role; change: (role: Role) => void }) {
  return (
    <FormGroup label={label} fieldId={id}>
      <FormSelect id={id} value={value} onChange={(_, role) => change(role as Role)}>
        {Object.entries(roleHelp).map(([role, words]) => (
          <FormSelectOption key={role} value={role} label={words} />
        ))}
      </FormSelect>
    </FormGroup>
  );
}

const chosenActs = [
  ['role', 'Role', 'of'],
  ['passphrase', 'Passphrase', 'of'],
  ['link', 'Sign-in link', 'for'],
] as const;

export function Users() {
  const users = useAnswer('GET /users', {});
  const change = useAct('PATCH /users/:name');
  const [adding, setAdding] = useState(false);
  const [chosen, setChosen] = useState<{ user: UserView; act: 'role' | 'passphrase' | 'link' }>();
  const [made, setMade] = useState<SignInLink>();
  const close = () => setChosen(undefined);
  return (
    <>
      <div className="pb-actions">
        <Button onClick={() => setAdding(true)}>Add a user…</Button>
      </div>
      {made && <MadeLink made={made} />}
      <Unread of={users} />
      <Refusal error={change.error} />
      {users.isPending && <Skeleton height="8rem" screenreaderText="Reading the users" />}
      {users.data?.length === 0 && <p>Nobody yet: you came by a one-time link. Add yourself first.</p>}
      {users.data && users.data.length > 0 && (
        <Table variant="compact" aria-label="Users" gridBreakPoint="grid-md">
          <Thead>
            <Tr>
              <Th>User</Th>
              <Th>Role</Th>
              <Th>Tenant</Th>
              <Th>Signs in by</Th>
              <Th>Since</Th>
              <Th screenReaderText="Actions" />
            </Tr>
          </Thead>
          <Tbody>
            {users.data.map((user) => (
              <Tr key={user.name}>
                <Td dataLabel="User">{user.name}</Td>
                <Td dataLabel="Role">{user.disabled ? `${user.role}, disabled` : user.role}</Td>
                <Td dataLabel="Tenant">{user.tenant ?? 'the whole site'}</Td>
                <Td dataLabel="Signs in by">{user.vouchedBy ? user.vouchedBy.issuer : user.passphrase ? 'passphrase' : 'one-time link'}</Td>
                <Td dataLabel="Since">
                  <Time at={user.createdAt} />
                </Td>
                <Td dataLabel="Actions" modifier="nowrap">
                  <div className="pb-actions">
                    {chosenActs.map(([act, word, of]) => (
                      <Button key={act} variant="link" isInline isDisabled={act === 'link' && user.disabled === true} onClick={() => setChosen({ user, act })}>
                        {word}
                        <span className="pf-v6-u-screen-reader">
                          {' '}
                          {of} {user.name}
                        </span>
                        …
                      </Button>
                    ))}
                    <Button
                      variant="link"
                      isInline
                      isDisabled={change.isPending}
                      onClick={() => change.mutate({ params: { name: user.name }, body: { disabled: !user.disabled } })}
                    >
                      {user.disabled ? 'Enable' : 'Disable'}
                      <span className="pf-v6-u-screen-reader"> {user.name}</span>
                    </Button>
                  </div>
                </Td>
              </Tr>
            ))}
          </Tbody>
        </Table>
      )}
      {adding && <AddUser close={() => setAdding(false)} />}
      {chosen?.act === 'role' && <ChangeRole user={chosen.user} close={close} />}
      {chosen?.act === 'passphrase' && <PassphraseDialog user={chosen.user} close={close} />}
      {chosen?.act === 'link' && (
        <LinkDialog
          user={chosen.user}
          close={close}
          done={(link) => {
            setMade(link);
            close();
          }}
        />
      )}
    </>
  );
}

function AddUser({ close }: { close: () => void }) {
  const [name, setName] = useState('');
  const [role, setRole] = useState<Role>('viewer');
  const [tenant, setTenant] = useState('');
  const passphrase = usePassphrase();
  const add = useAct('POST /users');
  return (
    <FormDialog
      title="Add a user"
      act="Add"
      complete={isUserName(name) && passphrase.complete}
      pending={add.isPending}
      error={add.error}
      onAct={() => add.mutate({ body: { name, role, passphrase: passphrase.text, ...(tenant && { tenant }) } }, { onSuccess: close })}
      close={close}
    >
      <UserNameField id="user-name" value={name} change={setName} />
      <RoleField id="user-role" label="Role" value={role} change={setRole} />
      <TenantField id="user-tenant" label="Of" site="the whole site" value={tenant} change={setTenant} />
      <NewPassphrase id="user" of={passphrase} />
    </FormDialog>
  );
}

function ChangeRole({ user, close }: { user: UserView; close: () => void }) {
  const [role, setRole] = useState<Role>(user.role);
  const [tenant, setTenant] = useState(user.tenant ?? '');
  const change = useAct('PATCH /users/:name');
  return (
    <FormDialog
      title={`Role of ${user.name}`}
      act="Change"
      complete={role !== user.role || tenant !== (user.tenant ?? '')}
      pending={change.isPending}
      error={change.error}
      onAct={() => change.mutate({ params: { name: user.name }, body: { role, tenant: tenant || null } }, { onSuccess: close })}
      close={close}
    >
      <RoleField id="changed-role" label="Role" value={role} change={setRole} />
      <TenantField id="changed-tenant" label="Of" site="the whole site" value={tenant} change={setTenant} />
    </FormDialog>
  );
}
