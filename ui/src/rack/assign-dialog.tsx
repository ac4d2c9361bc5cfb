// Gives a role to the machines that are chosen: writes their names into the draft of a proposal, and goes there, where it is looked at and committed.

import { FormGroup, FormSelect, FormSelectOption, FormSelectOptionGroup } from '@patternfly/react-core';
import { useState } from 'react';
import { useNavigate } from 'react-router';
import { useAct, useAnswer } from '../api/queries.ts';
import { FormDialog } from '../parts/form-dialog.tsx';
import { Unread } from '../parts/problem-list.tsx';
import { counted } from '../parts/words.ts';
import type { Machine } from './machines.ts';

export function AssignDialog({ machines, close }: { machines: readonly Machine[]; close: () => void }) {
  const proposals = useAnswer('GET /proposals', {});
  const [id, setId] = useState('');
  const [role, setRole] = useState('');
  const proposal = useAnswer('GET /proposals/:id', { params: { id } }, { enabled: id !== '' });
  const save = useAct('PUT /proposals/:id/draft');
  const navigate = useNavigate();
  const roles = proposal.data?.roles ?? [];
  const present = role ? proposal.data?.draft.roles[role] : undefined;
  const fit = machines.filter((machine) => machine.approved && !machine.leaving);
  const names = Array.isArray(present) ? present : [];
  const added = fit.filter((machine) => !names.includes(machine.name) && !names.includes(machine.id)).map((machine) => machine.name);
  const left = machines.length - fit.length;
  const replaced = present !== undefined && !Array.isArray(present);
  const act = () =>
    proposal.data &&
    save.mutate(
      {
        params: { id },
        body: {
          revision: proposal.data.revision,
          draft: { ...proposal.data.draft, roles: { ...proposal.data.draft.roles, [role]: [...names, ...added] } },
        },
      },
      { onSuccess: () => void navigate(`/deployments/${id.replace('.', '/')}`) },
    );
  const byDeployment = Map.groupBy(proposals.data ?? [], (one) => one.deployment);
  return (
    <FormDialog
      title={`Give a role to ${counted(machines.length, 'machine')}`}
      description="Their names are written into the draft of a proposal. Nothing happens to them before it is committed there."
      act={`Write ${counted(added.length, 'name')} into the draft`}
      complete={role !== '' && added.length > 0}
      pending={save.isPending}
      error={save.error}
      onAct={act}
      close={close}
    >
      <Unread of={proposals} />
      {proposals.data?.length === 0 && <p>There is no proposal yet. Begin one under Deployments.</p>}
      <FormGroup label="Proposal" fieldId="assign-proposal" isRequired>
        <FormSelect
          id="assign-proposal"
          value={id}
          onChange={(_, value) => {
            setId(value);
            setRole('');
          }}
        >
          <FormSelectOption value="" label="Choose one" isPlaceholder />
          {[...byDeployment].map(([deployment, list]) => (
            <FormSelectOptionGroup key={deployment} label={deployment}>
              {list.map((one) => (
                <FormSelectOption key={one.id} value={one.id} label={`${one.barclamp} in ${deployment}`} />
              ))}
            </FormSelectOptionGroup>
          ))}
        </FormSelect>
      </FormGroup>
      <FormGroup label="Role" fieldId="assign-role" isRequired>
        <FormSelect id="assign-role" value={role} isDisabled={roles.length === 0} onChange={(_, value) => setRole(value)}>
          <FormSelectOption value="" label="Choose one" isPlaceholder />
          {roles.map((one) => (
            <FormSelectOption key={one.name} value={one.name} label={`${one.name}: ${one.summary}`} />
          ))}
        </FormSelect>
      </FormGroup>
      {role && (
        <div role="status">
          <p>
            {added.length > 0
              ? `${role} is asked for on ${added.slice(0, 8).join(', ')}${added.length > 8 ? ` and ${added.length - 8} more` : ''}.`
              : 'All of them are named there already.'}
          </p>
          {names.length > 0 && <p className="pb-subtle">Beside {counted(names.length, 'machine')} that the draft names.</p>}
          {replaced && <p>The draft chooses machines by a rule ({JSON.stringify(present)}). These names take its place.</p>}
          {left > 0 && <p className="pb-subtle">{counted(left, 'machine')} left out: not approved, or about to leave.</p>}
        </div>
      )}
    </FormDialog>
  );
}
