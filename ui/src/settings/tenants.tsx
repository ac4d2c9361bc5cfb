// People who share the site without seeing each other's machines: beginning and ending them, and what belongs to each. Machines are given on the rack
// page, where they are chosen.

import { Button, EmptyState, EmptyStateActions, EmptyStateBody, EmptyStateFooter, Skeleton } from '@patternfly/react-core';
import UsersIcon from '@patternfly/react-icons/dist/esm/icons/users-icon';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { useState } from 'react';
import { Link } from 'react-router';
import type { Tenant } from '../../../core/model/principal.ts';
import { useAct, useAnswer } from '../api/queries.ts';
import { Removal } from '../parts/removal.tsx';
import { isName, LineField, NameField } from '../parts/fields.tsx';
import { FormDialog } from '../parts/form-dialog.tsx';
import { Unread } from '../parts/problem-list.tsx';
import { counted } from '../parts/words.ts';
import { useMachines } from '../rack/use-machines.ts';

type Act = { kind: 'add' } | { kind: 'change' | 'remove'; tenant: Tenant };

export function Tenants() {
  const tenants = useAnswer('GET /tenants', {});
  const deployments = useAnswer('GET /deployments', {});
  const users = useAnswer('GET /users', {});
  const machines = useMachines();
  const [act, setAct] = useState<Act>();
  const waiting = [tenants, deployments, users, machines].some((q) => q.isPending);
  const of = (all: readonly { tenant?: string }[] | undefined, name: string) => all?.filter((one) => one.tenant === name).length ?? 0;
  const begin = (variant: 'primary' | 'link') => (
    <Button variant={variant} onClick={() => setAct({ kind: 'add' })}>
      Begin a tenant…
    </Button>
  );
  return (
    <>
      <Unread of={{ error: tenants.error ?? deployments.error ?? users.error ?? machines.error }} />
      {waiting && <Skeleton height="8rem" screenreaderText="Reading the tenants" />}
      {!waiting && tenants.data?.length === 0 && (
        <EmptyState titleText="Nobody shares this site" headingLevel="h2" icon={UsersIcon} variant="sm">
          <EmptyStateBody>
            People of a tenant see and change only the machines and deployments that belong to it. Begin one, add its people under Users, and give it machines
            on the rack page.
          </EmptyStateBody>
          <EmptyStateFooter>
            <EmptyStateActions>{begin('primary')}</EmptyStateActions>
          </EmptyStateFooter>
        </EmptyState>
      )}
      {!waiting && tenants.data && tenants.data.length > 0 && (
        <>
          <div className="pb-actions">{begin('primary')}</div>
          <Table variant="compact" aria-label="Tenants" gridBreakPoint="grid-md">
            <Thead>
              <Tr>
                <Th>Tenant</Th>
                <Th>Who that is</Th>
                <Th>Machines</Th>
                <Th>Deployments</Th>
                <Th>People</Th>
                <Th screenReaderText="Actions" />
              </Tr>
            </Thead>
            <Tbody>
              {tenants.data.map((tenant) => (
                <Tr key={tenant.name}>
                  <Td dataLabel="Tenant">{tenant.name}</Td>
                  <Td dataLabel="Who that is">{tenant.summary}</Td>
                  <Td dataLabel="Machines">
                    <Link to={`/?q=${encodeURIComponent(`tenant:${tenant.name}`)}`}>{counted(of(machines.data?.list, tenant.name), 'machine')}</Link>
                  </Td>
                  <Td dataLabel="Deployments">{counted(of(deployments.data, tenant.name), 'deployment')}</Td>
                  <Td dataLabel="People">{of(users.data, tenant.name) || 'nobody'}</Td>
                  <Td dataLabel="Actions" modifier="nowrap">
                    <div className="pb-actions">
                      <Button variant="link" isInline onClick={() => setAct({ kind: 'change', tenant })}>
                        Rename<span className="pf-v6-u-screen-reader"> {tenant.name}</span>…
                      </Button>
                      <Button variant="link" isInline isDanger onClick={() => setAct({ kind: 'remove', tenant })}>
                        Remove<span className="pf-v6-u-screen-reader"> {tenant.name}</span>…
                      </Button>
                    </div>
                  </Td>
                </Tr>
              ))}
            </Tbody>
          </Table>
          <p className="pb-subtle">
            Machines are given to a tenant, and taken back, on the <Link to="/">rack page</Link>: choose them, then “More”, “Give to a tenant”. Deployments are
            on the page of <Link to="/deployments">each of them</Link>.
          </p>
        </>
      )}
      {act?.kind === 'add' && <TenantForm close={() => setAct(undefined)} />}
      {act?.kind === 'change' && <TenantForm tenant={act.tenant} close={() => setAct(undefined)} />}
      {act?.kind === 'remove' && (
        <Removal route="DELETE /tenants/:name" ask={{ params: { name: act.tenant.name } }} title={`Remove ${act.tenant.name}?`} close={() => setAct(undefined)}>
          <p>Nothing and nobody may belong to it any more: give its machines and deployments to the site, and move or disable its people first.</p>
        </Removal>
      )}
    </>
  );
}

function TenantForm({ tenant, close }: { tenant?: Tenant; close: () => void }) {
  const [name, setName] = useState(tenant?.name ?? '');
  const [summary, setSummary] = useState(tenant?.summary ?? '');
  const add = useAct('POST /tenants');
  const change = useAct('PATCH /tenants/:name');
  const save = () =>
    tenant
      ? change.mutate({ params: { name: tenant.name }, body: { name, summary } }, { onSuccess: close })
      : add.mutate({ body: { name, summary } }, { onSuccess: close });
  return (
    <FormDialog
      title={tenant ? `Rename ${tenant.name}` : 'Begin a tenant'}
      {...(tenant && { description: 'Its machines, deployments, people and tokens follow. A provider that names tenants has to name the new one.' })}
      act={tenant ? 'Save' : 'Begin'}
      complete={isName(name)}
      pending={add.isPending || change.isPending}
      error={add.error ?? change.error}
      onAct={save}
      close={close}
    >
      <NameField id="tenant-name" label="Name" value={name} change={setName} help="Lower-case letters, digits and inner hyphens." />
      <LineField id="tenant-summary" label="Who that is" value={summary} change={setSummary} help="One line." />
    </FormDialog>
  );
}
