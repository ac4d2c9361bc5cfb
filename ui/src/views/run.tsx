// One run: what was tried, how it went, resource by resource, and what to do if it failed.

import { CodeBlock, CodeBlockCode, ExpandableSection, PageSection, Skeleton } from '@patternfly/react-core';
import { Link, useParams } from 'react-router';
import type { Run } from '../../../core/model/run.ts';
import { useAnswer } from '../api/queries.ts';
import { CancelRun } from '../runs/cancel-run.tsx';
import { Crumbs } from '../parts/crumbs.tsx';
import { Gone, isGone } from '../parts/gone.tsx';
import { PageTitle } from '../parts/page-title.tsx';
import { Unread } from '../parts/problem-list.tsx';
import { Retry } from '../runs/retry.tsx';
import { countsText, meaningOf, RunStory } from '../runs/run-story.tsx';
import { StateLabel } from '../parts/states.tsx';
import { Duration, Time } from '../parts/time.tsx';

export function RunPage() {
  const { id = '' } = useParams();
  const number = Number(id);
  if (!Number.isInteger(number) || number < 1) return <NoSuchRun id={id} />;
  return <KnownRun key={number} id={number} />;
}

/** What is not tried again by itself. */
const retriable = new Set<Run['outcome']>(['failed', 'cancelled']);

function KnownRun({ id }: { id: number }) {
  const run = useAnswer('GET /runs/:id', { params: { id } });
  const above = <Crumbs above={[['/runs', 'Runs']]} here={String(id)} />;
  return (
    <>
      <PageTitle
        title={run.data ? `${run.data.role} on ${run.data.nodeName}` : `Run ${id}`}
        above={above}
        heading={
          run.data && (
            <>
              {run.data.mode === 'remove' && 'Removal of '}
              {run.data.role} on <Link to={`/nodes/${run.data.nodeName}`}>{run.data.nodeName}</Link>
            </>
          )
        }
        beside={run.data && <StateLabel meaning={meaningOf(run.data)} />}
        actions={
          run.data && (run.data.endedAt === undefined ? <CancelRun run={run.data} /> : retriable.has(run.data.outcome) && <RetryIfLatest run={run.data} />)
        }
      />
      <PageSection hasBodyWrapper={false} className="pb-page">
        {isGone(run) ? (
          <Gone what={`run ${id}`} on={[['/runs', 'All runs']]}>
            Of each role on each machine the latest runs are kept; older ones are deleted after a while.
          </Gone>
        ) : (
          <Unread of={run} />
        )}
        {run.isPending && <Skeleton height="20rem" screenreaderText="Reading the run" />}
        {run.data && <Head run={run.data} />}
        {run.data && <RunStory run={run.data} wide />}
        {run.data?.outputs && Object.keys(run.data.outputs).length > 0 && (
          <ExpandableSection toggleText="What it published to roles that wait for it">
            <CodeBlock>
              <CodeBlockCode>{JSON.stringify(run.data.outputs, null, 2)}</CodeBlockCode>
            </CodeBlock>
          </ExpandableSection>
        )}
      </PageSection>
    </>
  );
}

function Head({ run }: { run: Run }) {
  return (
    <p className="pb-facts">
      <span>
        Deployment <Link to={`/deployments/${run.deployment}`}>{run.deployment}</Link>
      </span>
      <span>
        started <Time at={run.startedAt} />
      </span>
      <span>
        {run.endedAt === undefined ? 'running for ' : 'took '}
        <Duration from={run.startedAt} to={run.endedAt} />
      </span>
      {countsText(run) && <span>{countsText(run)}</span>}
      <Link to={`/runs?key=${encodeURIComponent(run.key)}`}>All runs of it</Link>
    </p>
  );
}

/** An old failure that was tried again since has nothing to retry. */
function RetryIfLatest({ run }: { run: Run }) {
  const plan = useAnswer('GET /plan', { query: { node: run.nodeId } });
  const nodeRole = plan.data?.nodeRoles.find((n) => n.key === run.key);
  if (nodeRole?.state === 'failed' && nodeRole.runId === run.id) return <Retry nodeRole={nodeRole} />;
  if (nodeRole?.runId !== undefined && nodeRole.runId !== run.id) return <Link to={`/runs/${nodeRole.runId}`}>A later run</Link>;
  return null;
}

function NoSuchRun({ id }: { id: string }) {
  return (
    <>
      <PageTitle title={`Run ${id}`} above={<Crumbs above={[['/runs', 'Runs']]} here={id} />} />
      <PageSection hasBodyWrapper={false} className="pb-page">
        <Gone what={`run “${id}”`} on={[['/runs', 'All runs']]}>
          A run is called by its number.
        </Gone>
      </PageSection>
    </>
  );
}
