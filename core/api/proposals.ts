// Proposals: edit a draft, see what it would change, commit it. A commit is refused while the draft has Problems.

import { USUAL_IMAGE } from '../model/image.ts';
import { errorsIn, problem, type Problem, ProblemError } from '../model/problem.ts';
import type { Revised } from '../model/node.ts';
import { type Deployment, type Proposal, SYSTEM } from '../model/proposal.ts';
import { canonical } from '../plan/fingerprint.ts';
import { commit, rememberDraft } from '../store/commit.ts';
import { type Context, type Handlers, notFound, orRefuse, proposalsIn } from './context.ts';
import type { ProposalView } from './contract.ts';
import { saveDraft } from './drafts.ts';
import { checkDraft, faultsIn, preview, suggest } from './preview.ts';
import { givenTo, mayGive } from './tenants.ts';

// Each is a program run on a machine.
const CHECKS = 50;

const viewOf = (proposal: Revised<Proposal>): ProposalView => ({ ...proposal, changed: canonical(proposal.draft) !== canonical(proposal.committed) });

async function find(context: Context, id: string): Promise<Revised<Proposal>> {
  const proposal = await context.store.get('proposal', id);
  if (!proposal || proposal.removed) throw notFound(`There is no proposal ${id}.`, 'See: prybar proposal list');
  return proposal;
}

export const installs = ({ catalog }: Context, barclamp: string): boolean =>
  Object.values(catalog().barclamps.get(barclamp)?.roles ?? {}).some((role) => role.installs);

// It takes a minute and shows as an activity; until it is there the plan says what it waits for. What is on the image need not be in the pool.
export function bringImage({ images, needPackages }: Context): void {
  void images
    .need(USUAL_IMAGE)
    .then(() => needPackages())
    .catch(() => {});
}

// On the admin node are roles of it, which is the site's: they would be undone.
const standsUnder = (tenant: string): Problem =>
  problem(`${SYSTEM} is what everything else stands on, and is not given to ${tenant}.`, undefined, 'Begin a deployment for it, and give it that.');

export const proposals = {
  'GET /deployments': async ({ store }) => store.list('deployment'),
  'POST /deployments': async (context, { body: { name, summary = '', pools = [], tenant }, principal }) => {
    await mayGive(context, principal, tenant);
    return orRefuse(await context.store.put('deployment', name, givenTo<Deployment>({ name, summary, pools }, tenant ?? principal.tenant), 'new'), 409);
  },
  'PATCH /deployments/:name': async (context, { params, body: { tenant, ...body }, principal }) => {
    const { store } = context;
    await mayGive(context, principal, tenant);
    const deployment = await store.get('deployment', params.name);
    if (!deployment) throw notFound(`There is no deployment ${params.name}.`, 'See: prybar deployment list');
    if (tenant && params.name === SYSTEM) throw new ProblemError(standsUnder(tenant), 409);
    const { atOnce, driftEvery, revision, ...rest } = { ...deployment, ...body };
    return orRefuse(
      await store.put('deployment', params.name, givenTo({ ...rest, ...(atOnce && { atOnce }), ...(driftEvery && { driftEvery }) }, tenant), revision),
      409,
    );
  },
  'GET /proposals': async ({ store }) => (await proposalsIn(store)).map(viewOf),

  'POST /proposals': async ({ store, catalog, now }, { body: { deployment, barclamp }, principal }) => {
    if (!(await store.get('deployment', deployment)))
      throw notFound(`There is no deployment ${deployment}.`, `Begin it: prybar proposal new ${deployment} ${barclamp} --new-deployment`);
    if (!catalog().barclamps.has(barclamp)) throw notFound(`There is no barclamp ${barclamp}.`, 'See: prybar barclamp list');
    const id = `${deployment}.${barclamp}`;
    // One that was here before may have left commits, and their numbers are taken.
    const commit = (await store.commits(id))[0]?.commit ?? 0;
    const before = await store.get('proposal', id);
    const begun = await store.transact(async (tx) => {
      const put = await tx.put(
        'proposal',
        id,
        { id, deployment, barclamp, draft: { attributes: {}, roles: {} }, commit },
        before?.removed ? before.revision : 'new',
      );
      if (put.ok) await rememberDraft(tx, put.value, principal.user, now());
      return put;
    });
    return viewOf(orRefuse(begun, 409));
  },

  'GET /proposals/:id': async (context, { params }) => {
    const proposal = await find(context, params.id);
    const barclamp = context.catalog().barclamps.get(proposal.barclamp);
    return {
      ...viewOf(proposal),
      schema: barclamp?.proposalSchema ?? {},
      summary: barclamp?.summary ?? 'This barclamp is not installed.',
      roles: Object.values(barclamp?.roles ?? {}).map(({ name, summary, implicit, runsOn, conflictsWith, nodes }) => ({
        name,
        summary,
        implicit,
        runsOn,
        conflictsWith,
        nodes,
      })),
    };
  },

  'GET /proposals/:id/suggestion': async (context, { params }) => suggest(context, await find(context, params.id)),

  'PUT /proposals/:id/draft': async (context, { params, body, principal }) =>
    viewOf(await saveDraft(context, await find(context, params.id), { ...body, user: principal.user })),

  'POST /proposals/:id/validate': async (context, { params, body }) => faultsIn(context, { ...(await find(context, params.id)), draft: body.draft }),

  'POST /proposals/:id/preview': async (context, { params, body }) => preview(context, await find(context, params.id), body.removal),
  'POST /proposals/:id/check': async (context, { params, body }) => checkDraft(context, await find(context, params.id), body.limit ?? CHECKS),

  'POST /proposals/:id/commit': async (context, { params, body, principal }) => {
    const proposal = await find(context, params.id);
    const faults = errorsIn((await preview(context, proposal)).problems);
    if (faults.length) throw new ProblemError(faults);
    // Machines would else be told to install what they cannot find.
    await context.needPackages(proposal.barclamp);
    if (installs(context, proposal.barclamp)) bringImage(context);
    const committed = await context.store.transact((tx) =>
      commit(
        tx,
        { ...proposal, revision: body.revision },
        { committed: proposal.draft, draft: proposal.draft },
        { by: principal.user, note: body.note ?? '', at: context.now() },
      ),
    );
    return viewOf(orRefuse(committed, 409));
  },

  // Roles that nothing asks for any more are undone by the annealer.
  'DELETE /proposals/:id': async (context, { params }) => {
    const proposal = await find(context, params.id);
    const { committed, revision } = proposal;
    // A draft that was never committed has nothing to be undone.
    if (!committed) await context.store.remove('proposal', proposal.id);
    else orRefuse(await context.store.put('proposal', proposal.id, { ...proposal, draft: committed, removed: true }, revision), 409);
    return {};
  },

  'GET /proposals/:id/commits': async (context, { params }) => context.store.commits((await find(context, params.id)).id),
} satisfies Partial<Handlers>;
