// Problems as people act on them: what is wrong, where, and what to do next.

import { Alert, AlertGroup } from '@patternfly/react-core';
import { type ReactNode, useEffect, useRef } from 'react';
import type { Problem, Where } from '../../../core/model/problem.ts';
import { problemsIn, Refused } from '../api/client.ts';
import './problem-list.css';

function placeOf(where: Where): string {
  const file = where.file && (where.line ? `${where.file}:${where.line}` : where.file);
  const on = where.role && where.node ? `${where.role} on ${where.node}` : (where.role ?? where.node);
  return [file, where.pointer, where.deployment, on, where.resource && `resource ${where.resource}`].filter(Boolean).join(' · ');
}

export function ProblemList({ problems, action }: { problems: readonly Problem[]; action?: ReactNode }) {
  if (problems.length === 0) return null;
  return (
    <AlertGroup className="pb-problems">
      {problems.map((problem, index) => {
        const place = problem.where && placeOf(problem.where);
        return (
          // Problems have no identity; their order is the server's.
          <Alert
            key={`${index} ${problem.summary}`}
            isInline
            variant={problem.severity === 'error' ? 'danger' : 'warning'}
            title={problem.summary}
            component="p"
            actionLinks={action}
          >
            <dl className="pb-problem">
              {place && <dt>Where</dt>}
              {place && <dd className="pb-problem__place">{place}</dd>}
              {problem.detail && <dt>More</dt>}
              {problem.detail && (
                <dd>
                  <pre className="pb-problem__detail">{problem.detail}</pre>
                </dd>
              )}
              {problem.next && <dt>Next</dt>}
              {problem.next && <dd>{problem.next}</dd>}
            </dl>
          </Alert>
        );
      })}
    </AlertGroup>
  );
}

/**
 * Why a question has no fresh answer. That nobody answers at all is told once for the whole page (frame and banner), not beside
 * each thing that would have been read anew.
 */
export function Unread({ of: { error } }: { of: { error: unknown } }) {
  return error instanceof Refused && error.status === 0 ? null : <Refusal error={error} />;
}

/** Why an act was refused; nothing when all is well. */
export function Refusal({ error }: { error: unknown }) {
  return error ? <Said error={error} /> : null;
}

/** Said aloud, and in sight: what was pressed may stand far from it. */
function Said({ error }: { error: unknown }) {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    // Newer browsers return a promise, which is no way to clean up.
    place.current?.scrollIntoView({ block: 'nearest' });
  }, [error]);
  return (
    <div ref={place} role="alert">
      <ProblemList problems={problemsIn(error)} />
    </div>
  );
}
