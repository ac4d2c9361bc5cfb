// Begins a proposal in a deployment: which of the catalogue's barclamps, among those it does not have yet.

import { Button, FormGroup, Radio } from '@patternfly/react-core';
import { useState } from 'react';
import { Link, useNavigate } from 'react-router';
import type { ProposalView } from '../../../core/api/contract.ts';
import { useAct, useAnswer } from '../api/queries.ts';
import { FormDialog } from '../parts/form-dialog.tsx';
import { Unread } from '../parts/problem-list.tsx';
import { Offer } from '../parts/offer.tsx';

export function BeginProposal({ deployment, proposals }: { deployment: string; proposals: ProposalView[] }) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <Offer act="POST /proposals">
        <Button variant="primary" size="sm" onClick={() => setOpen(true)}>
          Add a barclamp…
        </Button>
      </Offer>
      {open && <BeginDialog deployment={deployment} taken={proposals.map((p) => p.barclamp)} close={() => setOpen(false)} />}
    </>
  );
}

function BeginDialog({ deployment, taken, close }: { deployment: string; taken: string[]; close: () => void }) {
  const catalog = useAnswer('GET /barclamps', {});
  const [barclamp, setBarclamp] = useState('');
  const begin = useAct('POST /proposals');
  const navigate = useNavigate();
  const free = catalog.data?.filter((b) => !taken.includes(b.name)) ?? [];
  const act = () =>
    begin.mutate(
      { body: { deployment, barclamp } },
      {
        onSuccess: () => {
          close();
          void navigate(`/deployments/${deployment}/${barclamp}`);
        },
      },
    );
  return (
    <FormDialog
      title={`Add a barclamp to ${deployment}`}
      description="It begins as an empty draft: say then which machines take its roles, preview, commit."
      act="Begin the proposal"
      complete={barclamp !== ''}
      pending={begin.isPending}
      error={begin.error}
      onAct={act}
      close={close}
    >
      <Unread of={catalog} />
      {catalog.data && free.length === 0 && <p>It has every barclamp that is installed.</p>}
      {free.length > 0 && (
        <FormGroup role="radiogroup" label="Barclamp" isRequired fieldId="barclamp" isStack>
          {free.map(({ name, version, summary }) => (
            <Radio
              key={name}
              id={`barclamp-${name}`}
              name="barclamp"
              label={`${name} ${version}`}
              description={summary}
              isChecked={barclamp === name}
              onChange={() => setBarclamp(name)}
            />
          ))}
        </FormGroup>
      )}
      <p className="pb-subtle">
        What each does stands in the <Link to="/barclamps">catalogue</Link>.
      </p>
    </FormDialog>
  );
}
