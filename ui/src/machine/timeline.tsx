// What happened to a machine, the latest first: its starts, what people did to it, and the runs on it.

import { Button, Skeleton } from '@patternfly/react-core';
import CircleIcon from '@patternfly/react-icons/dist/esm/icons/circle-icon';
import { useState } from 'react';
import { Link } from 'react-router';
import type { HistoryEntry } from '../../../core/api/contract.ts';
import type { HappeningKind } from '../../../core/model/happening.ts';
import { useAnswer } from '../api/queries.ts';
import { Unread } from '../parts/problem-list.tsx';
import { type Meaning, nodeMeanings, StateIcon } from '../parts/states.tsx';
import { Duration, Time } from '../parts/time.tsx';
import { countsText, meaningOf } from '../runs/run-story.tsx';
import './timeline.css';

/** As many as are read at first. */
export const FIRST = 30;
/** As many as the admin node tells. */
const MOST = 500;

const plain: Meaning = { word: '', means: '', colour: 'grey', icon: CircleIcon };
const looks: Partial<Record<HappeningKind, Meaning>> = {
  started: nodeMeanings.up,
  answers: nodeMeanings.up,
  silent: nodeMeanings.silent,
  off: nodeMeanings.off,
  maintenance: nodeMeanings.maintenance,
};

export function Timeline({ id }: { id: string }) {
  const [limit, setLimit] = useState(FIRST);
  const history = useAnswer('GET /nodes/:id/history', { params: { id }, query: { limit } }, { keep: true });
  return (
    <>
      <Unread of={history} />
      {history.isPending && <Skeleton height="12rem" screenreaderText="Reading what happened" />}
      {history.data?.length === 0 && <p className="pb-subtle">Nothing was seen of it yet.</p>}
      {/* Whoever measures how still the page is knows by that: one more pushes those before it down by one, and nothing else. */}
      <ol className="pb-timeline" aria-label="What happened" data-newest-first="">
        {history.data?.map((entry) => (
          <li key={keyOf(entry)}>
            <span className="pb-subtle pb-number">
              <Time at={entry.at} />
            </span>
            <Entry entry={entry} />
          </li>
        ))}
      </ol>
      {history.data?.length === limit && limit < MOST && (
        <Button variant="link" isInline onClick={() => setLimit(Math.min(MOST, limit * 3))}>
          Older
        </Button>
      )}
    </>
  );
}

const keyOf = (entry: HistoryEntry): string => (entry.kind === 'run' ? `run ${entry.run.id}` : `${entry.at} ${entry.kind} ${entry.to ?? ''}`);

function Entry({ entry }: { entry: HistoryEntry }) {
  if (entry.kind !== 'run')
    return (
      <>
        <StateIcon meaning={looks[entry.kind] ?? plain} />
        <span>{entry.text}</span>
      </>
    );
  const { run } = entry;
  const meaning = meaningOf(run);
  return (
    <>
      <StateIcon meaning={meaning} />
      <span>
        <Link to={`/runs/${run.id}`}>
          {run.role}
          {run.mode === 'remove' && ' (removal)'}
        </Link>{' '}
        {meaning.word} <span className="pb-subtle">{[run.deployment, countsText(run)].filter(Boolean).join(' · ')}</span>
      </span>
      <span className="pb-subtle pb-number">
        <Duration from={run.startedAt} to={run.endedAt} />
      </span>
    </>
  );
}
