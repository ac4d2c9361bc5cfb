// The history: every run, newest first, narrowed by what the address says.

import { Button, PageSection, Skeleton } from '@patternfly/react-core';
import { useState } from 'react';
import { useSearchParams } from 'react-router';
import type { Query } from '../../../core/api/contract.ts';
import { useAnswer } from '../api/queries.ts';
import { Legend } from '../parts/legend.tsx';
import { PageTitle } from '../parts/page-title.tsx';
import { Unread } from '../parts/problem-list.tsx';
import { RunTable } from '../parts/run-table.tsx';
import { runMeanings } from '../parts/states.tsx';
import { keyParts } from '../parts/words.ts';

const atOnce = 50;

export function RunsPage() {
  const [search, setSearch] = useSearchParams();
  const [limit, setLimit] = useState(atOnce);
  const narrow: Query<'GET /runs'> = {};
  for (const name of ['node', 'role', 'key'] as const) {
    const value = search.get(name);
    if (value) narrow[name] = value;
  }
  // One more than is shown tells whether there are older ones.
  const runs = useAnswer('GET /runs', { query: { ...narrow, limit: limit + 1 } });
  const nodes = useAnswer('GET /nodes', {});
  const nameOf = (id: string) => nodes.data?.find((n) => n.id === id)?.name ?? id;
  const about = [
    narrow.key && `${keyParts(narrow.key).role} on ${nameOf(keyParts(narrow.key).nodeId)}`,
    narrow.role && `role ${narrow.role}`,
    narrow.node && `machine ${nameOf(narrow.node)}`,
  ].filter(Boolean);
  return (
    <>
      <PageTitle title="Runs" beside={<Legend title="What the outcomes of runs mean" meanings={Object.values(runMeanings)} />} />
      <PageSection hasBodyWrapper={false} className="pb-page">
        {about.length > 0 && (
          <p className="pb-subtle">
            Only {about.join(', ')}.{' '}
            <Button variant="link" isInline onClick={() => setSearch({})}>
              Show all
            </Button>
          </p>
        )}
        <Unread of={runs} />
        {runs.isPending && <Skeleton height="20rem" screenreaderText="Reading the runs" />}
        {runs.data?.length === 0 && (
          <p className="pb-subtle">Nothing has been applied yet. A run appears here as soon as a committed role finds its machine ready.</p>
        )}
        {runs.data && runs.data.length > 0 && <RunTable runs={runs.data.slice(0, limit)} />}
        {runs.data && runs.data.length > limit && limit < 1000 - atOnce && (
          <Button variant="link" onClick={() => setLimit(limit + atOnce)}>
            Show older runs
          </Button>
        )}
      </PageSection>
    </>
  );
}
