// Saving a draft when others edit it too: the second is told what the first changed, and nothing is lost or written over.

import type { Revised } from '../model/node.ts';
import { ok, problem, ProblemError } from '../model/problem.ts';
import type { Proposal, ProposalBody } from '../model/proposal.ts';
import { changeText, merged, valueDiff } from '../model/value-diff.ts';
import { draftId, rememberDraft } from '../store/commit.ts';
import { type Context, orRefuse } from './context.ts';

export type Edit = { revision: number; draft: ProposalBody; merge?: boolean | undefined; user: string };

export async function saveDraft({ store, now }: Context, present: Revised<Proposal>, { revision, draft, merge, user }: Edit): Promise<Revised<Proposal>> {
  let body = draft;
  if (revision !== present.revision) {
    const base = await store.get('draft', draftId(present.id, revision));
    const together = merge && base && merged(base.body, draft, present.draft);
    if (!together) throw refusal(present, base?.body, (await store.get('draft', draftId(present.id, present.revision)))?.by);
    body = together;
  }
  const saved = await store.transact(async (tx) => {
    const put = await tx.put('proposal', present.id, { ...present, draft: body }, present.revision);
    if (put.ok) await rememberDraft(tx, put.value, user, now());
    return put.ok ? ok(put.value) : put;
  });
  return orRefuse(saved, 409);
}

function refusal(present: Revised<Proposal>, base: ProposalBody | undefined, by: string | undefined): ProblemError {
  const theirs = base && valueDiff(base, present.draft).map(changeText);
  return new ProblemError(
    {
      ...problem(
        `${by ?? 'Somebody else'} changed ${present.id} while you did; it is at revision ${present.revision} now.`,
        undefined,
        'Your text is not lost. Put both together (merge), or look at theirs and save yours over it.',
      ),
      ...(theirs && { detail: theirs.length ? theirs.join('\n') : 'It was committed, with no change to the draft.' }),
    },
    409,
  );
}
