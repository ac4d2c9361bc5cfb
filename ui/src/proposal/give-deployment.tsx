// Says whose a deployment is: one of the tenants', or the site's; and before that, which machines lose what they have from it.

import { Alert, Button } from '@patternfly/react-core';
import { useState } from 'react';
import type { Deployment } from '../../../core/model/proposal.ts';
import { useOwnSession } from '../api/own-session.ts';
import { useAct, useAnswer } from '../api/queries.ts';
import { FormDialog } from '../parts/form-dialog.tsx';
import { counted } from '../parts/words.ts';
import { SYSTEM_DEPLOYMENT } from '../rack/machines.ts';
import { useMachines } from '../rack/use-machines.ts';
import { TenantField } from '../settings/tenant-field.tsx';
import { losersOf } from './giving.ts';

/** For admins of the site, where there is somebody to give it to. What everything stands on stays the site's. */
export function GiveDeployment({ deployment }: { deployment: Deployment }) {
  const [open, setOpen] = useState(false);
  const { rulesSite } = useOwnSession();
  const tenants = useAnswer('GET /tenants', {}, { enabled: rulesSite });
  if (!rulesSite || deployment.name === SYSTEM_DEPLOYMENT || !(tenants.data?.length || deployment.tenant)) return null;
  return (
    <>
      <Button variant="secondary" size="sm" onClick={() => setOpen(true)}>
        Give to a tenant…
      </Button>
      {open && <GiveDialog deployment={deployment} close={() => setOpen(false)} />}
    </>
  );
}

const named = 5;

function GiveDialog({ deployment: { name, tenant: present = '' }, close }: { deployment: Deployment; close: () => void }) {
  const [tenant, setTenant] = useState(present);
  const machines = useMachines();
  const change = useAct('PATCH /deployments/:name');
  const losers = losersOf(name, tenant, machines.data?.list ?? []);
  const others = losers.length > named ? ` and ${losers.length - named} more` : '';
  return (
    <FormDialog
      title={`Whose ${name} is`}
      description="What belongs to a tenant is seen and changed by its people and by the site’s, and is on its own machines only."
      act="Give"
      complete={tenant !== present && machines.data !== undefined}
      pending={change.isPending}
      error={change.error}
      onAct={() => change.mutate({ params: { name }, body: { tenant: tenant || null } }, { onSuccess: close })}
      close={close}
    >
      <TenantField id="deployment-tenant" label="Whose it is" site="the site's own" value={tenant} change={setTenant} />
      {losers.length > 0 && (
        <Alert isInline variant="warning" component="p" title={`${counted(losers.length, 'machine')} not of ${tenant}: what ${name} did on them is undone`}>
          {losers.slice(0, named).join(', ')}
          {others}. Give them to {tenant} first where that is not meant.
        </Alert>
      )}
      {present && tenant !== present && <p className="pb-subtle">People of {present} do not see it any more.</p>}
    </FormDialog>
  );
}
