// Asks for a failed or outdated node-role to be applied again. Outdated ones wait for a person because that may destroy something, so they are asked about.

import { Button } from '@patternfly/react-core';
import RedoIcon from '@patternfly/react-icons/dist/esm/icons/redo-icon';
import { useState } from 'react';
import type { NodeRoleView } from '../../../core/model/plan.ts';
import { useAct } from '../api/queries.ts';
import { Confirm } from '../parts/confirm.tsx';
import { Refusal } from '../parts/problem-list.tsx';
import { Offer } from '../parts/offer.tsx';

export function Retry({ nodeRole }: { nodeRole: Pick<NodeRoleView, 'key' | 'role' | 'nodeName' | 'state'> }) {
  const [asking, setAsking] = useState(false);
  const retry = useAct('POST /node-roles/:key/retry');
  const { key, role, nodeName } = nodeRole;
  const outdated = nodeRole.state === 'outdated';
  const act = () => retry.mutate({ params: { key }, body: {} }, { onSuccess: () => setAsking(false) });
  return (
    <>
      <Offer act="POST /node-roles/:key/retry">
        <Button
          variant="secondary"
          size="sm"
          icon={<RedoIcon />}
          isDisabled={retry.isPending}
          isLoading={retry.isPending}
          onClick={() => (outdated ? setAsking(true) : act())}
        >
          {outdated ? 'Apply again…' : 'Retry'}
        </Button>
      </Offer>
      {!asking && <Refusal error={retry.error} />}
      {asking && (
        <Confirm
          title={`Apply ${role} on ${nodeName} again?`}
          act="Apply again"
          pending={retry.isPending}
          error={retry.error}
          onAct={act}
          close={() => setAsking(false)}
        >
          <p>
            {role} says of itself that doing it again can destroy what is on {nodeName}, which is why it was not done by itself when its settings changed. Its
            barclamp&apos;s README says what that is.
          </p>
        </Confirm>
      )}
    </>
  );
}
