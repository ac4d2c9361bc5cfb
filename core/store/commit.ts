// Commits that Prybar makes in somebody's name: a machine is installed, renamed, ordered. What is wanted and what is being edited change in the
// same way, so that nobody's draft is lost or committed along the way.

import type { Revised } from '../model/node.ts';
import { type Checked, ok } from '../model/problem.ts';
import type { Proposal, ProposalBody } from '../model/proposal.ts';
import type { Facility } from './store.ts';

export type Commit = { by: string; note: string; at: number };

// Whoever has the page open longer than so many revisions is shown the texts side by side, without the difference.
const KEPT = 50;
export const draftId = (proposal: string, revision: number): string => `${proposal}@${revision}`;

export async function rememberDraft(tx: Facility, { id, revision, draft }: Revised<Proposal>, by: string, at: number): Promise<void> {
  await tx.put('draft', draftId(id, revision), { body: draft, by, at }, 'any');
  await tx.remove('draft', draftId(id, revision - KEPT));
}

/** Makes `committed` what is wanted. */
export async function commit(
  tx: Facility,
  proposal: Revised<Proposal>,
  bodies: { committed: ProposalBody; draft: ProposalBody },
  { by, note, at }: Commit,
): Promise<Checked<Revised<Proposal>>> {
  const { removed: _, revision, ...rest } = proposal;
  const number = proposal.commit + 1;
  const put = await tx.put('proposal', proposal.id, { ...rest, ...bodies, commit: number }, revision);
  if (!put.ok) return put;
  await rememberDraft(tx, put.value, by, at);
  await tx.appendCommit({ proposalId: proposal.id, commit: number, body: bodies.committed, note, at });
  return put;
}

const NOTHING: ProposalBody = { attributes: {}, roles: {} };

/** The same change to what is wanted and to the draft. */
export const commitChange = (
  tx: Facility,
  proposal: Revised<Proposal>,
  change: (body: ProposalBody) => ProposalBody,
  by: Commit,
): Promise<Checked<Revised<Proposal>>> =>
  commit(tx, proposal, { committed: change((!proposal.removed && proposal.committed) || NOTHING), draft: change(proposal.draft) }, by);

/** A first commit in a deployment, of a barclamp that may have been there before. */
export async function commitNew(
  tx: Facility,
  deployment: string,
  barclamp: string,
  body: ProposalBody,
  last: number,
  by: Commit,
): Promise<Checked<Revised<Proposal>>> {
  const id = `${deployment}.${barclamp}`;
  const begun = await tx.put('proposal', id, { id, deployment, barclamp, draft: body, commit: last }, 'any');
  return begun.ok ? commit(tx, begun.value, { committed: body, draft: body }, by) : begun;
}

/** Proposals that call the machine by its old name call it by its new one, so that it keeps its roles. */
export async function followRename(tx: Facility, from: string, to: string, by: Omit<Commit, 'note'>): Promise<Checked<void>> {
  const renamed = (body: ProposalBody): ProposalBody => ({
    ...body,
    roles: Object.fromEntries(
      Object.entries(body.roles).map(([role, who]) => [role, Array.isArray(who) ? who.map((name) => (name === from ? to : name)) : who]),
    ),
  });
  const names = (body: ProposalBody | undefined): boolean => Object.values(body?.roles ?? {}).some((who) => Array.isArray(who) && who.includes(from));
  for (const proposal of await tx.list('proposal')) {
    const { committed, draft, removed } = proposal;
    if (removed || !(names(committed) || names(draft))) continue;
    if (!committed) {
      const put = await tx.put('proposal', proposal.id, { ...proposal, draft: renamed(draft) }, proposal.revision);
      if (!put.ok) return put;
      await rememberDraft(tx, put.value, by.by, by.at);
      continue;
    }
    const done = await commit(tx, proposal, { committed: renamed(committed), draft: renamed(draft) }, { ...by, note: `${from} is called ${to} now` });
    if (!done.ok) return done;
  }
  return ok(undefined);
}
