// One run as it is told in the side panel and on its page: the Problem if it failed, its resources, its log.

import { Skeleton, Title } from '@patternfly/react-core';
import type { Run } from '../../../core/model/run.ts';
import { useRunLog } from '../api/run-log.ts';
import { LogLines } from './log-lines.tsx';
import { ProblemList, Unread } from '../parts/problem-list.tsx';
import { stepsOf } from './run-steps.ts';
import { runMeanings, type Meaning } from '../parts/states.tsx';
import { StepList } from './step-list.tsx';
import { counted } from '../parts/words.ts';
import './run-story.css';

export const meaningOf = (run: Run): Meaning => runMeanings[run.outcome ?? 'running'];

const resultOrder = ['failed', 'changed', 'ok', 'skipped'] as const;
/** `2 changed, 5 ok` of a finished run; empty before. */
export const countsText = (run: Run): string =>
  resultOrder
    .filter((result) => run.counts?.[result])
    .map((result) => `${run.counts![result]} ${result}`)
    .join(', ');

export function RunStory({ run, wide = false }: { run: Run; wide?: boolean }) {
  const running = run.endedAt === undefined;
  const log = useRunLog(run.id, running);
  const steps = stepsOf(log.data ?? []);
  const heading = wide ? 'h2' : 'h3';
  if (log.isPending) return <Skeleton height="32rem" screenreaderText="Reading the log" />;
  return (
    <div className={wide ? 'pb-story pb-story--wide' : 'pb-story'}>
      <div className="pb-story__problem">
        {run.problem && <ProblemList problems={[run.problem]} />}
        <Unread of={log} />
      </div>
      <section aria-label="Resources">
        <Title headingLevel={heading} size="md" className="pb-story__title">
          Resources <span className="pb-subtle">{steps.length > 0 && counted(steps.length, 'resource')}</span>
        </Title>
        {steps.length > 0 && <StepList steps={steps} live={running} />}
        {steps.length === 0 && <p className="pb-subtle">{running ? 'Connecting to the machine…' : 'It ended before the first resource.'}</p>}
      </section>
      <section aria-label="Log">
        <Title headingLevel={heading} size="md" className="pb-story__title">
          Log
        </Title>
        <LogLines log={log.data ?? []} short={!wide} />
      </section>
    </div>
  );
}
