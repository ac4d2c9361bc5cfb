// All deployments with how far each is, and their proposals.

import { Card, CardBody, EmptyState, EmptyStateBody, PageSection, Skeleton } from '@patternfly/react-core';
import CubesIcon from '@patternfly/react-icons/dist/esm/icons/cubes-icon';
import { Link } from 'react-router';
import { useAnswer } from '../api/queries.ts';
import { BeginDeployment } from '../proposal/begin-deployment.tsx';
import { PageTitle } from '../parts/page-title.tsx';
import { totalsOf } from '../plan/plan-groups.tsx';
import { Unread } from '../parts/problem-list.tsx';
import { ProposalList } from '../proposal/proposal-list.tsx';
import { TotalsBar } from '../plan/totals-bar.tsx';

export function DeploymentsPage() {
  const deployments = useAnswer('GET /deployments', {});
  const proposals = useAnswer('GET /proposals', {});
  const plan = useAnswer('GET /plan/summary', { query: {} });
  const waiting = [deployments, proposals, plan].some((q) => q.isPending);
  return (
    <>
      <PageTitle title="Deployments" actions={<BeginDeployment />} />
      <PageSection hasBodyWrapper={false} className="pb-page">
        <Unread of={{ error: deployments.error ?? proposals.error }} />
        {waiting && <Skeleton height="12rem" screenreaderText="Reading the deployments" />}
        {deployments.data?.length === 0 && (
          <EmptyState titleText="No deployment yet" headingLevel="h2" icon={CubesIcon} variant="sm">
            <EmptyStateBody>
              A deployment is a named set of proposals over some machines. Begin one, add a barclamp to it, and say which machines take its roles.
            </EmptyStateBody>
          </EmptyState>
        )}
        {!waiting &&
          deployments.data?.map((deployment) => (
            <Card key={deployment.name} isCompact component="section" aria-label={`Deployment ${deployment.name}`}>
              <CardBody>
                <div className="pb-plan__head">
                  <h2 className="pb-plan__name">
                    <Link to={`/deployments/${deployment.name}`}>{deployment.name}</Link>
                  </h2>
                  <span className="pb-subtle pb-plan__summary">
                    {deployment.summary} · {deployment.tenant ? `of ${deployment.tenant} · ` : ''}
                    {deployment.pools.length > 0 ? `pools ${deployment.pools.join(', ')}` : 'every pool but admin'}
                  </span>
                  <div className="pb-plan__totals">
                    {plan.data && <TotalsBar totals={totalsOf(plan.data.groups.filter((n) => n.deployment === deployment.name))} />}
                  </div>
                </div>
                {proposals.data && <ProposalList proposals={proposals.data.filter((p) => p.deployment === deployment.name)} />}
              </CardBody>
            </Card>
          ))}
      </PageSection>
    </>
  );
}
