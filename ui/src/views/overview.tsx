// The one page an operator keeps open: what is there, what it is doing, why it is not done.

import { Card, CardBody, PageSection, Skeleton, Title } from '@patternfly/react-core';
import { Link } from 'react-router';
import { useAnswer } from '../api/queries.ts';
import { ActivityList } from '../parts/activity-list.tsx';
import { EdgeLegend } from '../parts/edge-legend.tsx';
import { HealthStrip } from '../parts/health-strip.tsx';
import { LatestRuns } from '../parts/latest-runs.tsx';
import { Legend } from '../parts/legend.tsx';
import { Machines } from '../parts/machines.tsx';
import { WithNodeRolePanel } from '../parts/node-role-panel.tsx';
import { NoPlan } from '../parts/no-plan.tsx';
import { PlanGroups } from '../parts/plan-groups.tsx';
import { ProblemList, Unread } from '../parts/problem-list.tsx';
import { nodeRoleLegend } from '../parts/states.tsx';
import { useTabTitle } from '../parts/tab-title.ts';
import './overview.css';

export function Overview() {
  const status = useAnswer('GET /status', {});
  const plan = useAnswer('GET /plan', { query: {} });
  const deployments = useAnswer('GET /deployments', {});
  const nodes = useAnswer('GET /nodes', {});
  const waiting = [status, plan, nodes].some((q) => q.isPending);
  useTabTitle('Overview');
  return (
    <WithNodeRolePanel nodeRoles={plan.data?.nodeRoles}>
      <PageSection hasBodyWrapper={false} className="pb-page">
        <h1 className="pf-v6-u-screen-reader">Overview</h1>
        <Unread of={status} />
        <ProblemList problems={status.data?.problems ?? []} />
        {/* Drawn when all of it was read, so that no part pushes another away as it arrives. */}
        {waiting && <Skeleton height="40rem" screenreaderText="Reading machines and plan" />}
        {!waiting && <HealthStrip />}
        <div className="pb-overview" hidden={waiting}>
          <div className="pb-overview__main">
            <Machines sightings={status.data?.sightings ?? []} heading="h2" />
            <section aria-labelledby="plan-title" className="pb-section">
              <div className="pb-section__head">
                <Title id="plan-title" headingLevel="h2" size="lg">
                  Plan
                </Title>
                <Legend title="What the states of node-roles mean" meanings={nodeRoleLegend} />
                <div className="pb-section__tools">
                  <EdgeLegend />
                </div>
              </div>
              <Unread of={plan} />
              {plan.data && <ProblemList problems={plan.data.problems} />}
              {plan.data && <PlanGroups plan={plan.data} deployments={deployments.data ?? []} />}
              {plan.data?.nodeRoles.length === 0 && <NoPlan headingLevel="h3" />}
            </section>
          </div>
          <div className="pb-overview__side">
            <section aria-labelledby="activity-title" className="pb-section pb-overview__activity">
              <div className="pb-section__head">
                <Title id="activity-title" headingLevel="h2" size="lg">
                  Under way
                </Title>
              </div>
              <Card isCompact>
                <CardBody tabIndex={0}>{status.data && <ActivityList status={status.data} />}</CardBody>
              </Card>
            </section>
            <section aria-labelledby="runs-title" className="pb-section pb-overview__runs">
              <div className="pb-section__head">
                <Title id="runs-title" headingLevel="h2" size="lg">
                  Latest runs
                </Title>
                <div className="pb-section__tools">
                  <Link to="/runs">All runs</Link>
                </div>
              </div>
              <LatestRuns />
            </section>
          </div>
        </div>
      </PageSection>
    </WithNodeRolePanel>
  );
}
