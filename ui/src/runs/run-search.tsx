// Lines that runs said, with the words that were looked for; each leads to its run. Older ones on request.

import { Button, Skeleton } from '@patternfly/react-core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from 'react-router';
import type { Query, RunHit } from '../../../core/api/contract.ts';
import { call } from '../api/client.ts';
import { Unread } from '../parts/problem-list.tsx';
import { meaningOf } from './run-story.tsx';
import { StateIcon } from '../parts/states.tsx';
import { Time } from '../parts/time.tsx';
import './run-search.css';

const atOnce = 50;

export function RunSearch({ query }: { query: Query<'GET /runs/search'> }) {
  const hits = useInfiniteQuery({
    queryKey: ['GET /runs/search', query],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }) => call('GET /runs/search', { query: { ...query, limit: atOnce, ...(pageParam && { olderThan: pageParam }) } }, signal),
    getNextPageParam: (page) => (page.length < atOnce ? undefined : placeOf(page.at(-1)!)),
  });
  const found = hits.data?.pages.flat() ?? [];
  return (
    <>
      <Unread of={hits} />
      {hits.isPending && <Skeleton height="20rem" screenreaderText="Searching" />}
      {hits.data && found.length === 0 && (
        <p className="pb-subtle">No run that is kept said “{query.text}”. All words must be in one line; beginnings of words will do.</p>
      )}
      <ol className="pb-hits" aria-label="Lines found">
        {found.map((hit) => (
          <li key={placeOf(hit)}>
            <span className="pb-hits__run">
              <StateIcon meaning={meaningOf(hit.run)} />
              <Link to={`/runs/${hit.run.id}`}>
                {hit.run.role} on {hit.run.nodeName}
              </Link>
              <span className="pb-subtle">
                run {hit.run.id}, {meaningOf(hit.run).word}, <Time at={hit.at} />
                {hit.resource && `, ${hit.resource}`}
              </span>
            </span>
            <code className="pb-hits__line">{marked(hit.line, query.text)}</code>
          </li>
        ))}
      </ol>
      {hits.hasNextPage && (
        <Button variant="link" isLoading={hits.isFetchingNextPage} onClick={() => void hits.fetchNextPage()}>
          Show older lines
        </Button>
      )}
    </>
  );
}

const placeOf = ({ run, seq }: RunHit): string => `${run.id}.${seq}`;

/** The words that were looked for stand out in the line. */
function marked(line: string, text: string) {
  const words = text.split(/\s+/).filter(Boolean);
  const pattern = new RegExp(`(${words.map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|')})`, 'gi');
  return line.split(pattern).map((part, index) => (index % 2 === 1 ? <mark key={index}>{part}</mark> : part));
}
