// Begins a deployment: a button, and the dialog that asks what it is called and which machines it takes.

import { Button } from '@patternfly/react-core';
import { useState } from 'react';
import { useNavigate } from 'react-router';
import { useAct } from '../api/queries.ts';
import { useMachines } from '../rack/use-machines.ts';
import { isName, LineField, NameField, namesIn, PoolsField } from '../parts/fields.tsx';
import { FormDialog } from '../parts/form-dialog.tsx';
import { Offer } from '../parts/offer.tsx';

export function BeginDeployment() {
  const [open, setOpen] = useState(false);
  return (
    <>
      <Offer act="POST /deployments">
        <Button variant="secondary" size="sm" onClick={() => setOpen(true)}>
          New deployment…
        </Button>
      </Offer>
      {open && <BeginDialog close={() => setOpen(false)} />}
    </>
  );
}

function BeginDialog({ close }: { close: () => void }) {
  const [name, setName] = useState('');
  const [summary, setSummary] = useState('');
  const [pools, setPools] = useState('');
  const begin = useAct('POST /deployments');
  const navigate = useNavigate();
  const act = () =>
    begin.mutate(
      { body: { name, ...(summary.trim() && { summary: summary.trim() }), pools: namesIn(pools) } },
      {
        onSuccess: () => {
          close();
          void navigate(`/deployments/${name}`);
        },
      },
    );
  return (
    <FormDialog
      title="New deployment"
      description="A named set of proposals over some machines. Nothing is applied before you commit a proposal in it."
      act="Begin"
      complete={isName(name) && namesIn(pools).every(isName)}
      pending={begin.isPending}
      error={begin.error}
      onAct={act}
      close={close}
    >
      <NameField id="deployment-name" label="Name" value={name} change={setName} help="Lower-case letters, digits and inner hyphens, 63 at most." />
      <LineField id="deployment-summary" label="Summary" value={summary} change={setSummary} help="One line, for those who see the name and wonder." />
      <PoolsField id="deployment-pools" label="Pools" value={pools} change={setPools} help={usePoolsHelp()} />
    </FormDialog>
  );
}

/** What may be written there, with the pools there are. */
export function usePoolsHelp(): string {
  const machines = useMachines();
  const pools = [...new Set(machines.data?.list.filter((n) => n.approved && n.pool).map((n) => n.pool))].sort();
  return `Whose machines it takes, by name. Nothing: every pool but admin.${pools.length > 0 ? ` There are ${pools.join(', ')}.` : ''}`;
}
