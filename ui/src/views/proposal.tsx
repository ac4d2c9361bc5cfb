// One proposal: who takes its roles, its settings as form and text, and its history.

import { PageSection, Skeleton } from '@patternfly/react-core';
import { useParams } from 'react-router';
import { useAnswer } from '../api/queries.ts';
import { CommitHistory } from '../proposal/commit-history.tsx';
import { Crumbs } from '../parts/crumbs.tsx';
import { Gone, isGone } from '../parts/gone.tsx';
import { PageTitle } from '../parts/page-title.tsx';
import { Part } from '../parts/part.tsx';
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
        {isGone(proposal) ? (
          <Gone
            what={`proposal of ${barclamp} in ${deployment}`}
            on={[
              [`/deployments/${deployment}`, deployment],
              ['/deployments', 'All deployments'],
            ]}
          >
            It was taken away, or never begun. What was done by it is in Activity and Runs.
          </Gone>
        ) : (
          <Unread of={proposal} />
        )}
        {proposal.isPending && <Skeleton height="26rem" screenreaderText="Reading the proposal" />}
        {proposal.data && !isGone(proposal) && (
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
