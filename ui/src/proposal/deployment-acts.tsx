// What can be done to a deployment as a whole: pause and resume it, pace it, say which machines it takes.

import { Button, FormGroup, FormSelect, FormSelectOption } from '@patternfly/react-core';
import PauseIcon from '@patternfly/react-icons/dist/esm/icons/pause-icon';
import PlayIcon from '@patternfly/react-icons/dist/esm/icons/play-icon';
import { useState } from 'react';
import type { Deployment } from '../../../core/model/proposal.ts';
import { useAct } from '../api/queries.ts';
import { usePoolsHelp } from './begin-deployment.tsx';
import { isName, LineField, namesIn, PoolsField } from '../parts/fields.tsx';
import { FormDialog } from '../parts/form-dialog.tsx';
import { Refusal } from '../parts/problem-list.tsx';
import { Offer } from '../parts/offer.tsx';

/** Loses nothing and is undone by itself, so it acts at once. */
export function PauseButton({ deployment }: { deployment: Deployment }) {
  const change = useAct('PATCH /deployments/:name');
  const paused = deployment.paused ?? false;
  return (
    <>
      <Offer act="PATCH /deployments/:name">
        <Button
          variant="secondary"
          size="sm"
          icon={paused ? <PlayIcon /> : <PauseIcon />}
          isDisabled={change.isPending}
          onClick={() => change.mutate({ params: { name: deployment.name }, body: { paused: !paused } })}
        >
          {paused ? 'Resume' : 'Pause'}
        </Button>
      </Offer>
      <Refusal error={change.error} />
    </>
  );
}

export function DeploymentSettings({ deployment }: { deployment: Deployment }) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <Offer act="PATCH /deployments/:name">
        <Button variant="secondary" size="sm" onClick={() => setOpen(true)}>
          Pace and machines…
        </Button>
      </Offer>
      {open && <SettingsDialog deployment={deployment} close={() => setOpen(false)} />}
    </>
  );
}

const intervals = ['15m', '1h', '2h', '6h', '12h', '24h'];

function SettingsDialog({ deployment, close }: { deployment: Deployment; close: () => void }) {
  const [summary, setSummary] = useState(deployment.summary);
  const [pools, setPools] = useState(deployment.pools.join(', '));
  const [atOnce, setAtOnce] = useState(String(deployment.atOnce ?? ''));
  const [driftEvery, setDriftEvery] = useState(deployment.driftEvery ?? '');
  const change = useAct('PATCH /deployments/:name');
  const paceValid = atOnce === '' || /^[1-9]\d{0,5}$/.test(atOnce);
  const body = { summary, pools: namesIn(pools), atOnce: atOnce === '' ? null : Number(atOnce), driftEvery: driftEvery || null };
  const offered = driftEvery && !intervals.includes(driftEvery) ? [...intervals, driftEvery] : intervals;
  return (
    <FormDialog
      title={`Pace and machines of ${deployment.name}`}
      act="Save"
      complete={paceValid && namesIn(pools).every(isName)}
      pending={change.isPending}
      error={change.error}
      onAct={() => change.mutate({ params: { name: deployment.name }, body }, { onSuccess: close })}
      close={close}
    >
      <LineField id="deployment-summary" label="Summary" value={summary} change={setSummary} help="One line." />
      <PoolsField id="deployment-pools" label="Pools" value={pools} change={setPools} help={usePoolsHelp()} />
      <LineField
        id="deployment-pace"
        label="At once"
        value={atOnce}
        change={(text) => setAtOnce(text.trim())}
        valid={paceValid}
        help="Most node-roles that are applied at the same time; nothing: as many as the admin node allows."
      />
      <FormGroup label="Look for drift" fieldId="deployment-drift">
        <FormSelect id="deployment-drift" value={driftEvery} onChange={(_, value) => setDriftEvery(value)}>
          <FormSelectOption value="" label="as often as the admin node's settings say" />
          {offered.map((every) => (
            <FormSelectOption key={every} value={every} label={`every ${every}`} />
          ))}
        </FormSelect>
      </FormGroup>
    </FormDialog>
  );
}
