// A deployment is made once more on other machines, tried there, and takes the place of the first; and the other way round, should it have to.

import type { Node, Revised } from '../model/node.ts';
import { bad, type Checked, ok, problem, type Problem, ProblemError, warning } from '../model/problem.ts';
import type { Deployment, Proposal } from '../model/proposal.ts';
import { nodeRoleKey } from '../model/run.ts';
import { changeText, valueDiff } from '../model/value-diff.ts';
import { lacks } from '../network/replacement.ts';
import { clonedBody, machinesOf, openIn, type Pair, swapped } from '../plan/clone.ts';
import { freeIn } from '../plan/free.ts';
import type { Plan } from '../plan/plan.ts';
import { commit, commitNew } from '../store/commit.ts';
import type { Facility } from '../store/store.ts';
import { type Context, type Handlers, notFound, orRefuse, proposalsIn } from './context.ts';
import type { CloneView, MoveView, TestView } from './contract.ts';
import { ofLatestRun } from './watch.ts';

async function called({ store }: Context, name: string): Promise<Revised<Deployment>> {
  const deployment = await store.get('deployment', name);
  if (!deployment) throw notFound(`There is no deployment ${name}.`, 'See: prybar deployment list');
  return deployment;
}

/** For each machine of the deployment the one that was named for it, else a free one of the pool that lacks nothing. */
function pairsFor(plan: Plan, { name: deployment, tenant }: Deployment, pool: string | undefined, onto: Record<string, string>): Checked<Pair[]> {
  const isFree = freeIn(plan, tenant);
  const sources = machinesOf(plan, deployment);
  const named = (name: string): Node | undefined => plan.nodes.find((node) => node.name === name || node.id === name);
  const problems: Problem[] = Object.entries(onto).flatMap(([from, to]) => [
    ...(sources.some(({ name }) => name === from) ? [] : [problem(`${from} holds no role of ${deployment}.`, { pointer: '/onto' })]),
    ...(named(to) && isFree(named(to)!) ? [] : [problem(`${to} is no machine that is free.`, { pointer: '/onto' }, 'See: prybar node list')]),
  ]);
  const targets = Object.values(onto).map(named);
  const rest = plan.nodes.filter((node) => node.pool === pool && isFree(node) && !targets.includes(node));
  const pairs: Pair[] = [];
  for (const from of sources) {
    const wanted = onto[from.name];
    const at = rest.findIndex((node) => !lacks(from, node).length);
    const to = wanted === undefined ? rest[at] : named(wanted);
    if (wanted === undefined && at >= 0) rest.splice(at, 1);
    if (to) pairs.push({ from, to });
    else if (wanted === undefined)
      problems.push(
        problem(
          `There is no free machine${pool ? ` in the pool ${pool}` : ''} for ${from.name}.`,
          { node: from.name },
          'Name one that shall be taken all the same: --onto OLD=NEW',
        ),
      );
  }
  if (new Set(pairs.map(({ to }) => to.id)).size < pairs.length) problems.push(problem('One machine cannot stand for two.', { pointer: '/onto' }));
  if (!sources.length) problems.push(problem(`No machine holds a role of ${deployment}.`, { deployment }, 'There is nothing to clone.'));
  return problems.length ? bad(...problems) : ok(pairs);
}

async function pairsOf(context: Context, { name, clone }: Deployment): Promise<{ of: Revised<Deployment>; pairs: Pair[] }> {
  if (!clone)
    throw new ProblemError(problem(`${name} is not the clone of another deployment.`, { deployment: name }, 'Make one: prybar deployment clone NAME --as NEW'));
  const pairs = await Promise.all(
    Object.entries(clone.pairs).map(async ([from, to]) => {
      const [a, b] = [await context.store.get('node', from), await context.store.get('node', to)];
      if (!a || !b)
        throw new ProblemError(problem(`One of its machines is gone: ${a ? to : from}.`, { deployment: name }, 'Change what names it by hand.'), 409);
      return { from: a, to: b };
    }),
  );
  return { of: await called(context, clone.of), pairs };
}

/** What others' settings would say. */
async function movesFor({ store }: Context, { name, clone }: Deployment, pairs: readonly Pair[]): Promise<{ moved: Revised<Proposal>[]; view: MoveView }> {
  const moved: Revised<Proposal>[] = [];
  const view: MoveView = { moves: [], problems: [] };
  for (const proposal of await proposalsIn(store)) {
    if (!proposal.committed || proposal.deployment === name) continue;
    const changes = valueDiff(proposal.committed, swapped(proposal.committed, pairs)).map(changeText);
    if (!changes.length) continue;
    // Its own settings are about its own machines: where they name them, they go on naming them.
    if (proposal.deployment === clone!.of)
      view.problems.push(
        warning(
          `${proposal.id} names machines in its settings: what is given there does not move.`,
          { deployment: clone!.of },
          'Give it in another deployment, as system.',
        ),
      );
    else {
      moved.push(proposal);
      view.moves.push({ proposal: proposal.id, changes });
    }
  }
  return { moved, view };
}

async function tested(context: Context, deployment: string): Promise<TestView> {
  await context.facts.refresh();
  const snapshot = context.facts.current;
  const { total, open, unwell } = openIn(
    context.planner.plan(),
    deployment,
    ({ role, nodeId }) => ofLatestRun(snapshot.health.get(nodeRoleKey(deployment, role, nodeId)), snapshot)?.state === 'ok',
  );
  return { total, open, unwell, well: total > 0 && !open.length && !unwell.length };
}

async function move(
  context: Context,
  name: string,
  promoted: boolean,
  { dryRun, despite, by }: { dryRun?: boolean | undefined; despite?: boolean | undefined; by: string },
): Promise<MoveView> {
  const deployment = await called(context, name);
  const { of, pairs } = await pairsOf(context, deployment);
  if ((deployment.clone!.promotedAt !== undefined) === promoted)
    throw new ProblemError(
      problem(promoted ? `${name} has taken the place of ${of.name} already.` : `${name} has not taken the place of ${of.name}.`, { deployment: name }),
      409,
    );
  // What takes the place must work, whichever of the two it is.
  const test = await tested(context, promoted ? name : of.name);
  const { moved, view } = await movesFor(context, deployment, pairs);
  if (dryRun) return view;
  if (!test.well && !despite)
    throw new ProblemError(
      problem(
        `${promoted ? name : of.name} does not work yet: ${[...test.open, ...test.unwell].slice(0, 5).join(', ') || 'it has no roles'}.`,
        { deployment: name },
        `See: prybar deployment test ${promoted ? name : of.name}. Or do it all the same: --despite`,
      ),
      409,
    );
  const at = context.now();
  const note = promoted ? `${name} takes the place of ${of.name}` : `${of.name} takes its place back from ${name}`;
  const done = await context.store.transact(async (tx) => {
    for (const proposal of moved) {
      const bodies = { committed: swapped(proposal.committed!, pairs), draft: swapped(proposal.draft, pairs) };
      const put = await commit(tx, proposal, bodies, { by, note, at });
      if (!put.ok) return put;
    }
    const { promotedAt: _, ...clone } = deployment.clone!;
    return tx.put('deployment', name, { ...deployment, clone: { ...clone, ...(promoted && { promotedAt: at }) } }, deployment.revision);
  });
  orRefuse(done, 409);
  return view;
}

async function make(
  tx: Facility,
  deployment: Deployment,
  pairs: readonly Pair[],
  bodies: ReadonlyMap<string, Proposal['draft']>,
  lasts: ReadonlyMap<string, number>,
  by: string,
): Promise<Checked<unknown>> {
  const { at, of } = deployment.clone!;
  for (const { to } of pairs) {
    const put = await tx.put('node', to.id, { ...to, pool: deployment.name }, (to as Revised<Node>).revision);
    if (!put.ok) return put;
  }
  const begun = await tx.put('deployment', deployment.name, deployment, 'new');
  if (!begun.ok) return begun;
  for (const [barclamp, body] of bodies) {
    const done = await commitNew(tx, deployment.name, barclamp, body, lasts.get(barclamp) ?? 0, { by, note: `As in ${of}`, at });
    if (!done.ok) return done;
  }
  return ok(undefined);
}

export const clones = {
  'POST /deployments/:name/clone': async (context, { params, body, principal }) => {
    const { store, now } = context;
    const source = await called(context, params.name);
    await context.facts.refresh();
    const plan = context.planner.plan();
    const pairs = orRefuse(pairsFor(plan, source, body.pool, body.onto ?? {}));
    const bodies = new Map<string, Proposal['draft']>();
    const proposals: CloneView['proposals'] = [];
    for (const { deployment, barclamp, committed } of await proposalsIn(store)) {
      if (deployment !== source.name || !committed) continue;
      const cloned = clonedBody(plan, source.name, committed, pairs);
      bodies.set(barclamp, cloned);
      proposals.push({ barclamp, changes: valueDiff(committed, cloned).map(changeText) });
    }
    const view: CloneView = { pairs: pairs.map(({ from, to }) => ({ from: from.name, to: to.name, lacks: lacks(from, to) })), proposals };
    if (body.dryRun) return view;
    const lasts = new Map<string, number>();
    for (const barclamp of bodies.keys()) lasts.set(barclamp, (await store.commits(`${body.as}.${barclamp}`))[0]?.commit ?? 0);
    for (const barclamp of bodies.keys()) await context.needPackages(barclamp);
    const clone = { of: source.name, pairs: Object.fromEntries(pairs.map(({ from, to }) => [from.id, to.id])), at: now() };
    const deployment: Deployment = { name: body.as, summary: `As ${source.name}`, pools: [body.as], clone, ...(source.tenant && { tenant: source.tenant }) };
    orRefuse(await store.transact((tx) => make(tx, deployment, pairs, bodies, lasts, principal.user)), 409);
    return view;
  },

  'GET /deployments/:name/test': async (context, { params }) => tested(context, (await called(context, params.name)).name),
  'POST /deployments/:name/promote': async (context, { params, body, principal }) => move(context, params.name, true, { ...body, by: principal.user }),
  'POST /deployments/:name/demote': async (context, { params, body, principal }) => move(context, params.name, false, { ...body, by: principal.user }),
} satisfies Partial<Handlers>;
