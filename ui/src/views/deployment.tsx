// One deployment: how far it is, its proposals and the picture of its roles.

import { Card, CardBody, Label, PageSection, Skeleton, Title } from '@patternfly/react-core';
import { useParams } from 'react-router';
import { useAnswer } from '../api/queries.ts';
import { CloneButton, Clones, useMayClone } from '../proposal/clones.tsx';
import { BeginProposal } from '../proposal/begin-proposal.tsx';
import { DeploymentSettings, PauseButton } from '../proposal/deployment-acts.tsx';
import { GiveDeployment } from '../proposal/give-deployment.tsx';
import { DeploymentProgress } from '../plan/deployment-progress.tsx';
import { EdgeLegend } from '../plan/edge-legend.tsx';
import { WithNodeRolePanel } from '../plan/node-role-panel.tsx';
import { NoPlan } from '../plan/no-plan.tsx';
import { Crumbs } from '../parts/crumbs.tsx';
import { Gone } from '../parts/gone.tsx';
import { PageTitle } from '../parts/page-title.tsx';
import { atOf, readingOf, usePast } from '../plan/past.ts';
import { PlanGroups } from '../plan/plan-groups.tsx';
import { TimeSlider } from '../plan/time-slider.tsx';
import { Unread } from '../parts/problem-list.tsx';
import { ProposalList } from '../proposal/proposal-list.tsx';

export function DeploymentPage() {
  const { name = '' } = useParams();
  return <OneDeployment key={name} name={name} />;
}

function OneDeployment({ name }: { name: string }) {
  const deployments = useAnswer('GET /deployments', {});
  const proposals = useAnswer('GET /proposals', {});
  const [at] = usePast();
  const past = at !== undefined;
  const may = useMayClone();
  const plan = useAnswer('GET /plan/summary', { query: { deployment: name, ...atOf(at) } }, readingOf(at));
  const forecast = useAnswer('GET /plan/forecast', { query: { deployment: name } }, { enabled: !past });
  const deployment = deployments.data?.find((d) => d.name === name);
  const own = plan.data;
  // Drawn when all of it was read, so that no part pushes another away as it arrives.
  const waiting = [deployments, proposals, plan].some((q) => q.isPending) || forecast.isLoading;
  const unknown = deployments.data && !deployment;
  return (
    <WithNodeRolePanel>
      <PageTitle
        title={name}
        above={<Crumbs above={[['/deployments', 'Deployments']]} here={name} />}
        beside={
          <>
            {deployment?.tenant && <Label isCompact>of {deployment.tenant}</Label>}
            {deployment?.paused && <Label isCompact>paused</Label>}
          </>
        }
        actions={
          deployment &&
          proposals.data && (
            <fieldset className="pb-actions" disabled={past}>
              <PauseButton deployment={deployment} />
              {may && <CloneButton deployment={deployment} />}
              <DeploymentSettings key={deployment.revision} deployment={deployment} />
              <GiveDeployment deployment={deployment} />
              <BeginProposal deployment={name} proposals={proposals.data.filter((p) => p.deployment === name)} />
            </fieldset>
          )
        }
      >
        {deployments.isPending ? '\u00a0' : deployment?.summary}
      </PageTitle>
      <PageSection hasBodyWrapper={false} className="pb-page">
        <Unread of={{ error: deployments.error ?? proposals.error ?? plan.error }} />
        {unknown && (
          <Gone what={`deployment called ${name}`} on={[['/deployments', 'All deployments']]}>
            It was taken away, or it belongs to others.
          </Gone>
        )}
        {waiting && <Skeleton height="20rem" screenreaderText="Reading the deployment" />}
        {deployment && !waiting && (
          <>
            <TimeSlider deployment={name} drawn={!plan.isPlaceholderData} />
            {own && own.groups.length > 0 && <DeploymentProgress deployment={name} groups={own.groups} paused={deployment.paused ?? false} past={past} />}
            <Clones deployment={deployment} all={deployments.data ?? []} />
            <Card isCompact component="section" aria-label="Proposals">
              <CardBody>
                <Title headingLevel="h2" size="md">
                  {past ? 'Proposals as they are now' : 'Proposals'}
                </Title>
                <fieldset disabled={past}>{proposals.data && <ProposalList proposals={proposals.data.filter((p) => p.deployment === name)} />}</fieldset>
              </CardBody>
            </Card>
            {own && own.groups.length > 0 && (
              <>
                <EdgeLegend />
                <PlanGroups plan={own} deployments={[deployment]} headingLevel="h2" />
              </>
            )}
            {own?.groups.length === 0 && (past ? <p>Nothing of it was planned then, or nothing of it is kept.</p> : <NoPlan headingLevel="h2" within />)}
          </>
        )}
      </PageSection>
    </WithNodeRolePanel>
  );
}
