// What was found out about one node-role that is done: whether it works, with the cause, and what somebody else has changed. Looks now when asked.

import { Button, List, ListItem, Title } from '@patternfly/react-core';
import RedoIcon from '@patternfly/react-icons/dist/esm/icons/redo-icon';
import SearchIcon from '@patternfly/react-icons/dist/esm/icons/search-icon';
import { useState } from 'react';
import type { NodeRoleView } from '../../../core/model/plan.ts';
import { useAct, useAnswer } from '../api/queries.ts';
import { Confirm } from '../parts/confirm.tsx';
import { ProblemList, Refusal } from '../parts/problem-list.tsx';
import { ResourceDiffs } from './resource-diffs.tsx';
import { hasDrifted, isFailing, StateIcon, watchMeanings } from '../parts/states.tsx';
import { Time } from '../parts/time.tsx';
import { counted } from '../parts/words.ts';
import { Offer } from '../parts/offer.tsx';

export function Watched({ nodeRole }: { nodeRole: NodeRoleView }) {
  if (nodeRole.state !== 'done') return null;
  const { health } = nodeRole;
  return (
    <>
      {isFailing(nodeRole) && health && (
        <section aria-label="Health" className="pb-section">
          <p>
            <StateIcon meaning={watchMeanings.failing} /> <strong>Not working</strong> since <Time at={health.since} />
          </p>
          {health.problem && <ProblemList problems={[health.problem]} />}
        </section>
      )}
      {health?.state === 'ok' && (
        <p>
          <StateIcon meaning={watchMeanings.working} /> It works, say its probes: since <Time at={health.since} />
        </p>
      )}
      <DriftOf nodeRole={nodeRole} />
    </>
  );
}

function DriftOf({ nodeRole }: { nodeRole: NodeRoleView }) {
  const { key, drift } = nodeRole;
  const look = useAct('POST /node-roles/:key/check');
  const asked = look.data?.at;
  const awaited = asked !== undefined && (drift?.checkedAt ?? 0) < asked;
  return (
    <section aria-label="Drift" className="pb-section">
      <div className="pb-section__head">
        <Title headingLevel="h3" size="md">
          Drift
        </Title>
        <span className="pb-subtle">
          {awaited ? (
            'looking at the machine…'
          ) : drift ? (
            <>
              {drift.changed === 0 && !drift.problem && 'none, '}looked <Time at={drift.checkedAt} />
            </>
          ) : (
            'not looked yet'
          )}
        </span>
        <div className="pb-section__tools">
          <Offer act="POST /node-roles/:key/check">
            <Button
              variant="secondary"
              size="sm"
              icon={<SearchIcon />}
              isDisabled={look.isPending || awaited}
              onClick={() => look.mutate({ params: { key }, body: {} })}
            >
              Check for drift
            </Button>
          </Offer>
        </div>
      </div>
      <Refusal error={look.error} />
      {drift?.problem && <ProblemList problems={[drift.problem]} />}
      {hasDrifted(nodeRole) && <Drifted nodeRole={nodeRole} />}
    </section>
  );
}

/** What somebody else changed, and the way back. The difference is what applying the role again would do. */
export function Drifted({ nodeRole }: { nodeRole: Pick<NodeRoleView, 'key' | 'role' | 'nodeName'> }) {
  const { key, role, nodeName } = nodeRole;
  const drift = useAnswer('GET /drift', { query: { key } });
  const [asking, setAsking] = useState(false);
  const again = useAct('POST /node-roles/:key/retry');
  const resources = drift.data?.[0]?.resources ?? [];
  return (
    <>
      <p>
        {counted(resources.length, 'resource')} {resources.length === 1 ? 'is' : 'are'} not as {role} left {resources.length === 1 ? 'it' : 'them'}. Applying it
        again would change:
      </p>
      <ResourceDiffs resources={resources} />
      <div>
        <Offer act="POST /node-roles/:key/retry">
          <Button variant="secondary" size="sm" icon={<RedoIcon />} onClick={() => setAsking(true)}>
            Apply again…
          </Button>
        </Offer>
      </div>
      {asking && (
        <Confirm
          title={`Apply ${role} on ${nodeName} again?`}
          act="Apply again"
          pending={again.isPending}
          error={again.error}
          onAct={() => again.mutate({ params: { key }, body: {} }, { onSuccess: () => setAsking(false) })}
          close={() => setAsking(false)}
        >
          <p>What somebody else did here is lost:</p>
          <List>
            {resources.map(({ name }, index) => (
              <ListItem key={`${index} ${name}`}>{name}</ListItem>
            ))}
          </List>
        </Confirm>
      )}
    </>
  );
}
