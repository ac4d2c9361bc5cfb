// One proposal: who takes its roles, its settings as form and text, and its history.

import { Card, CardBody, PageSection, Skeleton, Title } from '@patternfly/react-core';
import type { ReactNode } from 'react';
import { useParams } from 'react-router';
import { useAnswer } from '../api/queries.ts';
import { CommitHistory } from '../proposal/commit-history.tsx';
import { Crumbs } from '../parts/crumbs.tsx';
import { PageTitle } from '../parts/page-title.tsx';
import { Unread } from '../parts/problem-list.tsx';
import { ProposalEditor } from '../proposal/proposal-editor.tsx';

export function ProposalPage() {
  const { deployment = '', barclamp = '' } = useParams();
  const id = `${deployment}.${barclamp}`;
  const proposal = useAnswer('GET /proposals/:id', { params: { id } });
  return (
    <>
      <PageTitle
        title={`${barclamp} in ${deployment}`}
        above={
          <Crumbs
            above={[
              ['/deployments', 'Deployments'],
              [`/deployments/${deployment}`, deployment],
            ]}
            here={barclamp}
          />
        }
      >
        {proposal.isPending ? '\u00a0' : proposal.data?.summary}
      </PageTitle>
      <PageSection hasBodyWrapper={false} className="pb-page">
        <Unread of={proposal} />
        {proposal.isPending && <Skeleton height="26rem" screenreaderText="Reading the proposal" />}
        {proposal.data && (
          <>
            <ProposalEditor key={id} proposal={proposal.data} />
            <Part title="History">
              <CommitHistory key={id} proposal={proposal.data} />
            </Part>
          </>
        )}
      </PageSection>
    </>
  );
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <Card isCompact component="section" aria-label={title}>
      <CardBody className="pb-section">
        <Title headingLevel="h2" size="md">
          {title}
        </Title>
        {children}
      </CardBody>
    </Card>
  );
}
