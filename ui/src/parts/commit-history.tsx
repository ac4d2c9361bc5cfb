// Every commit of a proposal, newest first, with the text it made what was wanted.

import { ExpandableSection } from '@patternfly/react-core';
import { useAnswer } from '../api/queries.ts';
import { Unread } from './problem-list.tsx';
import { textOf } from './proposal-text.ts';
import { Time } from './time.tsx';

export function CommitHistory({ id }: { id: string }) {
  const commits = useAnswer('GET /proposals/:id/commits', { params: { id } });
  return (
    <>
      <Unread of={commits} />
      {commits.data?.length === 0 && <p className="pb-subtle">It was never committed, so nothing of it is applied.</p>}
      {commits.data?.map((commit) => (
        <ExpandableSection
          key={commit.commit}
          toggleContent={
            <span>
              Commit {commit.commit}, <Time at={commit.at} /> <span className="pb-subtle">{commit.note || 'without a note'}</span>
            </span>
          }
        >
          <pre className="pb-step__said" tabIndex={0} aria-label={`Text of commit ${commit.commit}`}>
            {textOf(commit.body, 'yaml')}
          </pre>
        </ExpandableSection>
      ))}
    </>
  );
}
