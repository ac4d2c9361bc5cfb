// Lets a discovered machine in: asks for its name and pool.

import { useState } from 'react';
import { useAct, useAnswer } from '../api/queries.ts';
import type { Machine } from '../rack/machines.ts';
import { isName, NameField } from '../parts/fields.tsx';
import { FormDialog } from '../parts/form-dialog.tsx';

/** `hardware`: in words. */
export type Newcomer = Pick<Machine, 'id' | 'name' | 'pool' | 'serial'> & { hardware: string[] };

export function ApproveDialog({ machine: node, close }: { machine: Newcomer; close: () => void }) {
  const [name, setName] = useState(node.name);
  const [pool, setPool] = useState(node.pool || 'default');
  const approve = useAct('POST /nodes/:id/approve');
  const session = useAnswer('GET /session', {});
  // Those of a tenant are named by the site.
  const named = session.data !== undefined && session.data.tenant === undefined;
  const complete = session.data !== undefined && (!named || isName(name)) && isName(pool);
  const submit = () => approve.mutate({ params: { id: node.id }, body: { pool, ...(named && { name }) } }, { onSuccess: close });
  return (
    <FormDialog
      title={`Approve ${node.name}`}
      description={[node.serial && `Serial ${node.serial}`, ...node.hardware].filter(Boolean).join(' · ')}
      act="Approve"
      complete={complete}
      pending={approve.isPending}
      error={approve.error}
      onAct={submit}
      close={close}
    >
      {named && (
        <NameField
          id="approve-name"
          label="Name"
          value={name}
          change={setName}
          help="Also its host name. Lower-case letters, digits and inner hyphens, 63 at most."
        />
      )}
      {session.data?.tenant !== undefined && <p className="pb-subtle">It gets the next free name of the site.</p>}
      <NameField
        id="approve-pool"
        label="Pool"
        value={pool}
        change={setPool}
        help="Deployments take their machines from pools. A name not used before makes a new pool."
      />
    </FormDialog>
  );
}
