// What a person decides about a machine: its name, its pool, and whether it is set aside.

import { Alert, List, ListItem } from '@patternfly/react-core';
import { useState } from 'react';
import { useNavigate } from 'react-router';
import type { NodeView, ProposalView } from '../../../core/api/contract.ts';
import { useAct, useAnswer } from '../api/queries.ts';
import { Confirm } from '../parts/confirm.tsx';
import { isName, NameField } from '../parts/fields.tsx';
import { FormDialog } from '../parts/form-dialog.tsx';
import { counted } from '../parts/words.ts';

type DialogProps = { node: NodeView; close: () => void };

export function MaintenanceDialog({ node, close }: DialogProps) {
  const change = useAct('PATCH /nodes/:id');
  const plan = useAnswer('GET /plan', { query: { node: node.id } });
  const own = plan.data?.nodeRoles ?? [];
  const open = own.filter((n) => n.state !== 'done' && n.state !== 'running');
  const running = own.filter((n) => n.state === 'running');
  const maintenance = !node.maintenance;
  return (
    <Confirm
      title={maintenance ? `Put ${node.name} into maintenance?` : `Take ${node.name} out of maintenance?`}
      act={maintenance ? 'Put into maintenance' : 'Take out of maintenance'}
      harmless
      pending={change.isPending}
      error={change.error}
      onAct={() => change.mutate({ params: { id: node.id }, body: { maintenance } }, { onSuccess: close })}
      close={close}
    >
      <List>
        {maintenance ? (
          <>
            <ListItem>Nothing is applied to it until you take it out again; others do not wait for it.</ListItem>
            {running.length > 0 && <ListItem>{running.map((n) => n.role).join(', ')}: runs now and goes on to its end.</ListItem>}
            {open.length > 0 && <ListItem>Held from then on: {open.map((n) => n.role).join(', ')}.</ListItem>}
            <ListItem>What it serves goes on serving.</ListItem>
          </>
        ) : (
          <ListItem>
            {open.length > 0 ? `Applied as soon as they can be: ${open.map((n) => n.role).join(', ')}.` : 'Nothing is waiting to be applied to it.'}
          </ListItem>
        )}
      </List>
    </Confirm>
  );
}

/** Proposals that call the machine by its name. */
const naming = (proposals: readonly ProposalView[], name: string): ProposalView[] =>
  proposals.filter((p) => [p.draft, p.committed].some((body) => Object.values(body?.roles ?? {}).some((who) => Array.isArray(who) && who.includes(name))));

export function RenameDialog({ node, close }: DialogProps) {
  const [name, setName] = useState(node.name);
  const [pool, setPool] = useState(node.pool);
  const change = useAct('PATCH /nodes/:id');
  const proposals = useAnswer('GET /proposals', {});
  const navigate = useNavigate();
  const renamed = name !== node.name;
  const moved = pool !== node.pool;
  const named = renamed ? naming(proposals.data ?? [], node.name) : [];
  const act = () =>
    change.mutate(
      { params: { id: node.id }, body: { ...(renamed && { name }), ...(moved && { pool }) } },
      {
        onSuccess: () => {
          close();
          if (location.pathname === `/nodes/${node.name}`) void navigate(`/nodes/${name}`, { replace: true });
        },
      },
    );
  return (
    <FormDialog
      title={`Name and pool of ${node.name}`}
      act="Save"
      complete={isName(name) && isName(pool) && (renamed || moved)}
      pending={change.isPending}
      error={change.error}
      onAct={act}
      close={close}
    >
      <NameField
        id="node-name"
        label="Name"
        value={name}
        change={setName}
        help="Also its host name. Lower-case letters, digits and inner hyphens, 63 at most."
      />
      <NameField id="node-pool" label="Pool" value={pool} change={setPool} help="Deployments take their machines from pools." />
      {named.length > 0 && (
        <p className="pb-subtle">
          {counted(named.length, 'proposal')} will name it {name || 'so'}, as a commit of its own:{' '}
          {named.map((p) => `${p.barclamp} in ${p.deployment}`).join(', ')}.
        </p>
      )}
      {moved && (
        <Alert isInline variant="warning" component="p" title="Roles follow the pool">
          Deployments that take machines of {node.pool} lose it, with the roles it holds there; those that take machines of {pool} may use it.
        </Alert>
      )}
    </FormDialog>
  );
}
