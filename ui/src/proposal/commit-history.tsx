// Every commit of a proposal, newest first: what it changed, compared with any other, and the way back to it.

import { Button, ExpandableSection, FormSelect, FormSelectOption } from '@patternfly/react-core';
import { useState } from 'react';
import { useSearchParams } from 'react-router';
import type { ProposalView } from '../../../core/api/contract.ts';
import type { ProposalBody, ProposalCommit } from '../../../core/model/proposal.ts';
import { useAct, useAnswer } from '../api/queries.ts';
import { Confirm } from '../parts/confirm.tsx';
import { Diff } from '../parts/diff.tsx';
import { lineDiff } from '../parts/line-diff.ts';
import { Unread } from '../parts/problem-list.tsx';
import { textOf } from './proposal-text.ts';
import { Time } from '../parts/time.tsx';
import { Offer } from '../parts/offer.tsx';

export function CommitHistory({ proposal }: { proposal: ProposalView }) {
  const [search, setSearch] = useSearchParams();
  const open = search.get('commit');
  const commits = useAnswer('GET /proposals/:id/commits', { params: { id: proposal.id } });
  return (
    <>
      <Unread of={commits} />
      {open !== null && commits.data && !commits.data.some(({ commit }) => String(commit) === open) && (
        <p role="status">There is no commit {open} of it. These are kept:</p>
      )}
      {commits.data?.length === 0 && <p className="pb-subtle">It was never committed, so nothing of it is applied.</p>}
      {commits.data?.map((commit) => (
        <ExpandableSection
          key={commit.commit}
          isExpanded={open === String(commit.commit)}
          onToggle={(_, expanded) => setSearch(expanded ? { commit: String(commit.commit) } : {}, { replace: true, preventScrollReset: true })}
          toggleContent={
            <span>
              Commit {commit.commit}, <Time at={commit.at} /> <span className="pb-subtle">{commit.note || 'without a note'}</span>
            </span>
          }
        >
          {open === String(commit.commit) && <Told commit={commit} all={commits.data} proposal={proposal} />}
        </ExpandableSection>
      ))}
    </>
  );
}

type ToldProps = { commit: ProposalCommit; all: ProposalCommit[]; proposal: ProposalView };

/** Compared with the one before, until the reader chooses another; `0` is nothing, `draft` what is being edited. */
function Told({ commit, all, proposal }: ToldProps) {
  const before = all.find((c) => c.commit < commit.commit);
  const [search, setSearch] = useSearchParams();
  const other = search.get('with') ?? String(before?.commit ?? 0);
  const setOther = (next: string) => setSearch({ commit: String(commit.commit), with: next }, { replace: true, preventScrollReset: true });
  const nothing: ProposalBody = { attributes: {}, roles: {} };
  const from = other === 'draft' ? proposal.draft : (all.find((c) => String(c.commit) === other)?.body ?? nothing);
  const difference = lineDiff(textOf(from, 'yaml'), textOf(commit.body, 'yaml'));
  return (
    <div className="pb-section">
      <FormSelect aria-label={`Compare commit ${commit.commit} with`} value={other} onChange={(_, value) => setOther(value)}>
        {all
          .filter((c) => c.commit !== commit.commit)
          .map((c) => (
            <FormSelectOption key={c.commit} value={String(c.commit)} label={`compared with commit ${c.commit}`} />
          ))}
        <FormSelectOption value="0" label="compared with nothing" />
        <FormSelectOption value="draft" label="compared with the draft" />
      </FormSelect>
      {difference ? <Diff text={difference} label={`What commit ${commit.commit} changed`} /> : <p className="pb-subtle">The same.</p>}
      <GoBack commit={commit} proposal={proposal} />
    </div>
  );
}

/** Makes it the draft again. Nothing is applied before that is committed. */
function GoBack({ commit, proposal }: Omit<ToldProps, 'all'>) {
  const [asking, setAsking] = useState(false);
  const save = useAct('PUT /proposals/:id/draft');
  const difference = lineDiff(textOf(proposal.draft, 'yaml'), textOf(commit.body, 'yaml'));
  const act = () =>
    save.mutate({ params: { id: proposal.id }, body: { revision: proposal.revision, draft: commit.body } }, { onSuccess: () => setAsking(false) });
  return (
    <div>
      <Offer act="PUT /proposals/:id/draft">
        <Button variant="secondary" size="sm" isDisabled={!difference} onClick={() => setAsking(true)}>
          Make it the draft…
        </Button>
      </Offer>
      {asking && (
        <Confirm
          title={`Make commit ${commit.commit} the draft?`}
          act="Make it the draft"
          harmless={!proposal.changed}
          pending={save.isPending}
          error={save.error}
          onAct={act}
          close={() => setAsking(false)}
        >
          <p>{proposal.changed ? 'The draft differs from what is committed; those changes are lost.' : 'Nothing is applied before you commit it.'}</p>
          <Diff text={difference} label="What would change in the draft" />
        </Confirm>
      )}
    </div>
  );
}
