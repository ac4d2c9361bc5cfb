// Proposals: edit a draft, see what it would change, commit it. A commit is refused while the draft has Problems;
// a draft based on an older revision is refused with nothing lost.

import { errorsIn, problem, type Problem, ProblemError } from '../model/problem.ts';
import type { Revised } from '../model/node.ts';
import type { Proposal } from '../model/proposal.ts';
import { canonical } from '../plan/fingerprint.ts';
import { fingerprintOf, keyOf, makePlan, type Plan, vertexCount, groupAt } from '../plan/plan.ts';
import { compareNames } from '../plan/names.ts';
import { checkAgainst } from '../schema.ts';
import { type Context, type Handlers, notFound, orRefuse } from './context.ts';
import type { PreviewView, ProposalView } from './contract.ts';

const viewOf = (proposal: Revised<Proposal>): ProposalView => ({ ...proposal, changed: canonical(proposal.draft) !== canonical(proposal.committed) });

async function find(context: Context, id: string): Promise<Revised<Proposal>> {
  const proposal = await context.store.get('proposal', id);
  if (!proposal) throw notFound(`There is no proposal ${id}.`, 'See: prybar proposal list');
  return proposal;
}

/** Everything wrong with a draft, on its own and together with the rest of the site. */
async function preview(context: Context, proposal: Proposal): Promise<PreviewView> {
  await context.facts.refresh();
  const facts = context.facts.facts();
  const { deployment, barclamp, draft, commit } = proposal;
  const others = facts.proposals.filter((p) => p.deployment !== deployment || p.barclamp !== barclamp);
  const before = fingerprints(context.planner.plan());
  const planned = makePlan({ ...facts, proposals: [...others, { deployment, barclamp, commit: commit + 1, body: draft }] }, context.catalog());
  const after = fingerprints(planned);
  const keys = (map: Map<string, string>, wanted: (key: string) => boolean) => [...map.keys()].filter(wanted).sort(compareNames);
  return {
    added: keys(after, (key) => !before.has(key)),
    removed: keys(before, (key) => !after.has(key)),
    changed: keys(after, (key) => before.has(key) && before.get(key) !== after.get(key)),
    unchanged: [...after].filter(([key, print]) => before.get(key) === print).length,
    problems: [...checkAttributes(context, proposal), ...planned.problems.filter((p) => !p.where?.deployment || p.where.deployment === deployment)],
  };
}

function fingerprints(plan: Plan): Map<string, string> {
  const found = new Map<string, string>();
  for (let vertex = 0; vertex < vertexCount(plan); vertex++) if (!groupAt(plan, vertex).orphan) found.set(keyOf(plan, vertex), fingerprintOf(plan, vertex));
  return found;
}

function checkAttributes(context: Context, { barclamp, draft }: Proposal): Problem[] {
  const known = context.catalog().barclamps.get(barclamp);
  if (!known) return [problem(`The barclamp ${barclamp} is not installed.`, undefined, 'Install it, or see its Problems: prybar status')];
  return [...checkAgainst(known.proposalSchema, draft.attributes, { pointer: '/attributes' }), ...controlCharacters(draft.attributes, '/attributes')];
}

// A line break in a setting would add a line to some configuration file that its author never meant.
function controlCharacters(value: unknown, pointer: string): Problem[] {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  if (typeof value === 'string')
    return /[\u0000-\u001f\u007f]/.test(value)
      ? [problem('This text contains a line break or another control character.', { pointer }, 'Write it on one line.')]
      : [];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => controlCharacters(inner, `${pointer}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`));
}

export const proposals = {
  'GET /deployments': async ({ store }) => store.list('deployment'),
  'POST /deployments': async ({ store }, { body }) =>
    orRefuse(await store.put('deployment', body.name, { name: body.name, summary: body.summary ?? '', pools: body.pools ?? [] }, 'new'), 409),
  'PATCH /deployments/:name': async ({ store }, { params, body }) => {
    const deployment = await store.get('deployment', params.name);
    if (!deployment) throw notFound(`There is no deployment ${params.name}.`, 'See: prybar deployment list');
    const { atOnce, driftEvery, revision, ...rest } = { ...deployment, ...body };
    return orRefuse(await store.put('deployment', params.name, { ...rest, ...(atOnce && { atOnce }), ...(driftEvery && { driftEvery }) }, revision), 409);
  },
  'GET /proposals': async ({ store }) => (await store.list('proposal')).map(viewOf),

  'POST /proposals': async ({ store, catalog }, { body: { deployment, barclamp } }) => {
    if (!(await store.get('deployment', deployment)))
      throw notFound(`There is no deployment ${deployment}.`, `Begin it: prybar proposal new ${deployment} ${barclamp} --new-deployment`);
    if (!catalog().barclamps.has(barclamp)) throw notFound(`There is no barclamp ${barclamp}.`, 'See: prybar barclamp list');
    const id = `${deployment}.${barclamp}`;
    // One that was here before may have left commits, and their numbers are taken.
    const commit = (await store.commits(id))[0]?.commit ?? 0;
    return viewOf(orRefuse(await store.put('proposal', id, { id, deployment, barclamp, draft: { attributes: {}, roles: {} }, commit }, 'new'), 409));
  },

  'GET /proposals/:id': async (context, { params }) => {
    const proposal = await find(context, params.id);
    const barclamp = context.catalog().barclamps.get(proposal.barclamp);
    return {
      ...viewOf(proposal),
      schema: barclamp?.proposalSchema ?? {},
      summary: barclamp?.summary ?? 'This barclamp is not installed.',
      roles: Object.values(barclamp?.roles ?? {}).map(({ name, summary, implicit }) => ({ name, summary, implicit })),
    };
  },

  'PUT /proposals/:id/draft': async (context, { params, body }) => {
    const proposal = await find(context, params.id);
    return viewOf(orRefuse(await context.store.put('proposal', proposal.id, { ...proposal, draft: body.draft }, body.revision), 409));
  },

  'POST /proposals/:id/preview': async (context, { params }) => preview(context, await find(context, params.id)),

  'POST /proposals/:id/commit': async (context, { params, body }) => {
    const proposal = await find(context, params.id);
    const faults = errorsIn((await preview(context, proposal)).problems);
    if (faults.length) throw new ProblemError(faults);
    const { store } = context;
    const committed = await store.transact(async (tx) => {
      const commit = proposal.commit + 1;
      const put = await tx.put('proposal', proposal.id, { ...proposal, committed: proposal.draft, commit }, body.revision);
      if (put.ok) await tx.appendCommit({ proposalId: proposal.id, commit, body: proposal.draft, note: body.note ?? '', at: context.now() });
      return put;
    });
    return viewOf(orRefuse(committed, 409));
  },

  // Roles that nothing asks for any more are undone by the annealer.
  'DELETE /proposals/:id': async (context, { params }) => {
    const proposal = await find(context, params.id);
    await context.store.remove('proposal', proposal.id);
    return {};
  },

  'GET /proposals/:id/commits': async (context, { params }) => context.store.commits((await find(context, params.id)).id),
} satisfies Partial<Handlers>;
