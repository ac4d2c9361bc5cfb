// What is done and yet not right: node-roles whose probes fail, with the cause, and those that somebody else has changed, with the difference.

import { Button, Card, CardBody, PageSection, Skeleton, Title } from '@patternfly/react-core';
import type { ReactNode } from 'react';
import { Link } from 'react-router';
import type { WatchedView } from '../../../core/api/contract.ts';
import type { Drift, Health } from '../../../core/model/watch.ts';
import { useAnswer } from '../api/queries.ts';
import { Legend } from '../parts/legend.tsx';
import { WithNodeRolePanel } from '../plan/node-role-panel.tsx';
import { PageTitle } from '../parts/page-title.tsx';
import { ProblemList, Unread } from '../parts/problem-list.tsx';
import { useShownNodeRole } from '../plan/shown-node-role.ts';
import { StateLabel, watchMeanings } from '../parts/states.tsx';
import { Time } from '../parts/time.tsx';
import { Drifted } from '../plan/watched.tsx';

export function HealthPage() {
  const health = useAnswer('GET /health', { query: { all: true } });
  const drift = useAnswer('GET /drift', { query: { all: true } });
  const failing = health.data?.filter((h) => h.state === 'failing') ?? [];
  const drifted = drift.data?.filter((d) => d.changed > 0 || d.problem) ?? [];
  const waiting = health.isPending || drift.isPending;
  return (
    <WithNodeRolePanel>
      <PageTitle title="Health" beside={<Legend title="What these words mean" meanings={Object.values(watchMeanings)} />}>
        Node-roles are probed regularly, and looked at for drift a few times a day. Both also happen when you ask, in the panel of a node-role.
      </PageTitle>
      <PageSection hasBodyWrapper={false} className="pb-page">
        <Unread of={health} />
        <Unread of={drift} />
        {waiting && <Skeleton height="20rem" screenreaderText="Reading what was found out" />}
        {!waiting && (
          <>
            <Part
              title="Not working"
              good={failing.length === 0 && goodText(health.data, 'Nothing was probed yet.', 'The one that is probed works.', 'that are probed work.')}
            >
              {failing.map((found) => (
                <Found key={found.key} found={found} failing>
                  {found.problem && <ProblemList problems={[found.problem]} />}
                </Found>
              ))}
            </Part>
            <Part
              title="Drifted"
              good={
                drifted.length === 0 &&
                goodText(
                  drift.data,
                  'Nothing was looked at yet.',
                  'The one that was looked at is as it was left.',
                  'that were looked at are as they were left.',
                )
              }
            >
              {drifted.map((found) => (
                <Found key={found.key} found={found}>
                  {found.problem && <ProblemList problems={[found.problem]} />}
                  {found.changed > 0 && <Drifted nodeRole={found} />}
                </Found>
              ))}
            </Part>
          </>
        )}
      </PageSection>
    </WithNodeRolePanel>
  );
}

const goodText = (all: readonly unknown[] = [], none: string, one: string, many: string): string =>
  all.length === 0 ? none : all.length === 1 ? one : `All ${all.length} ${many}`;

function Part({ title, good, children }: { title: string; good: string | false; children: ReactNode }) {
  return (
    <section aria-label={title} className="pb-section">
      <Title headingLevel="h2" size="lg">
        {title}
      </Title>
      {good && <p className="pb-subtle">{good}</p>}
      {children}
    </section>
  );
}

function Found({ found, failing = false, children }: { found: WatchedView<Health> | WatchedView<Drift>; failing?: boolean; children: ReactNode }) {
  const [, show] = useShownNodeRole();
  return (
    <Card isCompact component="article" aria-label={`${found.role} on ${found.nodeName}`}>
      <CardBody className="pb-section">
        <div className="pb-section__head">
          <Title headingLevel="h3" size="md">
            <Button variant="link" isInline onClick={() => show(found.key)}>
              {found.role}
            </Button>{' '}
            on <Link to={`/nodes/${found.nodeName}`}>{found.nodeName}</Link>
          </Title>
          <StateLabel meaning={failing ? watchMeanings.failing : watchMeanings.drifted} />
          <span className="pb-subtle">
            deployment <Link to={`/deployments/${found.deployment}`}>{found.deployment}</Link>,{' '}
            {'since' in found ? (
              <>
                since <Time at={found.since} />
              </>
            ) : (
              <>
                looked <Time at={found.checkedAt} />
              </>
            )}
          </span>
        </div>
        {children}
      </CardBody>
    </Card>
  );
}
