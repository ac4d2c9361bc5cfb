// The newest runs in a narrow column: what ran where, and how it ended.

import { Card, CardBody, Skeleton } from '@patternfly/react-core';
import { Link } from 'react-router';
import { useAnswer } from '../api/queries.ts';
import { Unread } from '../parts/problem-list.tsx';
import { meaningOf } from './run-story.tsx';
import { StateIcon } from '../parts/states.tsx';
import { Duration, Time } from '../parts/time.tsx';
import './latest-runs.css';

export function LatestRuns() {
  const runs = useAnswer('GET /runs', { query: { limit: 12 } });
  return (
    <Card isCompact>
      <CardBody>
        <Unread of={runs} />
        {runs.isPending && <Skeleton height="12rem" screenreaderText="Reading the runs" />}
        {runs.data?.length === 0 && <p className="pb-subtle">Nothing has been applied yet.</p>}
        <ol className="pb-latest">
          {runs.data?.map((run) => (
            <li key={run.id}>
              <Link to={`/runs/${run.id}`} className="pb-latest__run">
                <StateIcon meaning={meaningOf(run)} />
                <span className="pb-latest__what">
                  {run.role} <span className="pb-subtle">on {run.nodeName}</span>
                </span>
                <span className="pb-subtle pb-latest__when">
                  <Time at={run.startedAt} />
                </span>
                <span className="pb-latest__how">
                  {meaningOf(run).word}, <Duration from={run.startedAt} to={run.endedAt} />
                </span>
              </Link>
            </li>
          ))}
        </ol>
      </CardBody>
    </Card>
  );
}
