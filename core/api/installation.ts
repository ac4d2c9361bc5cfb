// A machine gets a system, gets another one, or is looked at from outside of the one that it has: what would be lost is said before.

import type { Node, Revised } from '../model/node.ts';
import { bad, type Checked, ok, problem, type Problem, ProblemError } from '../model/problem.ts';
import { nodeRoleKey, runOf } from '../model/run.ts';
import { installingIn, type InstallingPlace } from '../plan/installing.ts';
import { groupAt, keyOf, nodeAt, stateOf, vertexCount } from '../plan/plan.ts';
import { type Commit, commitChange, commitNew } from '../store/commit.ts';
import { type Context, type Handlers, nodeCalled, orRefuse } from './context.ts';
import type { InstallationView } from './contract.ts';
import { viewOf } from './nodes.ts';
import { bringImage } from './proposals.ts';

function cannotInstall(node: Node): Problem | undefined {
  const where = { node: node.name };
  if (node.id === 'admin' || node.remote !== 'ssh') return problem(`${node.name} is no machine that can be given a system.`, where);
  if (!node.approved) return problem(`${node.name} is not approved.`, where, `Approve it: prybar node approve ${node.name}`);
  if (node.leaving) return problem(`${node.name} is being retired.`, where, `Keep it after all: prybar node stay ${node.name}`);
  if (node.system?.kind === 'installed' && !node.installation)
    return problem(`${node.name} came with a system of its own, which Prybar does not write over.`, where, 'Forget it, and start it from the network.');
  return undefined;
}

const inRescue = (node: Node): boolean => node.maintenance === true && node.system?.kind === 'live' && node.installation !== undefined;

async function cannotRescue(context: Context, node: Node): Promise<Problem | undefined> {
  const where = { node: node.name };
  if (!node.installation) return problem(`Prybar has installed nothing on ${node.name}.`, where, 'What is not installed starts the discovery image anyway.');
  if (node.leaving) return problem(`${node.name} is being retired.`, where, `Keep it after all: prybar node stay ${node.name}`);
  if (node.system?.kind === 'live') return problem(`${node.name} runs the discovery image already.`, where, `End that: prybar node rescue ${node.name} --end`);
  await context.facts.refresh();
  const plan = context.planner.plan();
  for (let vertex = 0; vertex < vertexCount(plan); vertex++)
    if (nodeAt(plan, vertex).id === node.id && stateOf(plan, vertex) === 'running')
      return problem(`${keyOf(plan, vertex)} is being applied to it.`, where, 'Wait for its end, or cancel it: prybar run cancel');
  return undefined;
}

async function installation(context: Context, node: Node): Promise<InstallationView> {
  await context.facts.refresh();
  const plan = context.planner.plan();
  const places = installingIn(plan, context.catalog(), node, context.sight.deployment);
  const lost: string[] = [];
  for (let vertex = 0; vertex < vertexCount(plan); vertex++) {
    const { role, latest } = groupAt(plan, vertex);
    if (nodeAt(plan, vertex).id === node.id && !role.declaration.installs && latest.has(node.id)) lost.push(keyOf(plan, vertex));
  }
  const cannot = cannotInstall(node);
  return {
    ...(node.installation && { installed: { platform: node.installation.platform, at: node.installation.at } }),
    places: places.map(({ deployment, role, holds }) => ({ deployment, role, holds })),
    lost,
    disks: (node.inventory?.disks ?? []).filter((disk) => !disk.removable).map((disk) => disk.byId ?? `/dev/${disk.name}`),
    ...(cannot && { cannot }),
    rescue: inRescue(node),
  };
}

/** The only place there is, or the one that was named. */
function placeIn(places: readonly InstallingPlace[], node: Node, wanted: string | undefined): Checked<InstallingPlace> {
  const held = places.filter(({ holds }) => holds);
  const fit = (held.length ? held : places).filter(({ deployment }) => !wanted || deployment === wanted);
  if (fit.length === 1) return ok(fit[0]!);
  const names = fit.map(({ deployment }) => deployment).join(', ');
  if (held.length && wanted)
    return bad(problem(`${node.name} is installed by ${held[0]!.deployment}.`, { node: node.name }, 'Take the role away there first.'));
  return bad(
    fit.length
      ? problem(`Several deployments could install ${node.name}: ${names}.`, { node: node.name }, 'Say which: --deployment NAME')
      : problem(
          wanted ? `${wanted} does not take ${node.name}.` : `No deployment takes ${node.name}.`,
          { node: node.name },
          `Begin one for its pool (${node.pool}), or move it into another pool: prybar node move ${node.name} POOL`,
        ),
  );
}

/** Gives it the role that installs, in the proposal of that place. */
async function place(context: Context, node: Node, { deployment, role, barclamp }: InstallingPlace, by: Commit): Promise<Checked<unknown>> {
  const id = `${deployment}.${barclamp}`;
  const last = (await context.store.commits(id))[0]?.commit ?? 0;
  await context.needPackages(barclamp);
  bringImage(context);
  return context.store.transact(async (tx): Promise<Checked<unknown>> => {
    const proposal = await tx.get('proposal', id);
    if (!proposal || proposal.removed) return commitNew(tx, deployment, barclamp, { attributes: {}, roles: { [role]: [node.name] } }, last, by);
    const who = proposal.committed?.roles[role] ?? [];
    if (!Array.isArray(who))
      return bad(
        problem(
          `${id} chooses the machines for ${role} by a condition, which ${node.name} does not fit.`,
          { node: node.name, deployment },
          `Change it: prybar proposal edit ${id}`,
        ),
      );
    return commitChange(
      tx,
      proposal,
      (body) => {
        const present = body.roles[role] ?? [];
        return Array.isArray(present) ? { ...body, roles: { ...body.roles, [role]: [...new Set([...present, node.name])] } } : body;
      },
      by,
    );
  });
}

export const installations = {
  'GET /nodes/:id/installation': async (context, { params }) => installation(context, await nodeCalled(context.store, params.id)),

  'POST /nodes/:id/install': async (context, { params, body, principal }) => {
    const node = await nodeCalled(context.store, params.id);
    const cannot = cannotInstall(node);
    if (cannot) throw new ProblemError(cannot);
    if (node.installation && !body.again)
      throw new ProblemError(
        problem(`${node.name} has a system, which would be lost.`, { node: node.name }, 'Say that it shall be installed all the same: --again'),
        409,
      );
    await context.facts.refresh();
    const at = context.now();
    const there = orRefuse(placeIn(installingIn(context.planner.plan(), context.catalog(), node, context.sight.deployment), node, body.deployment));
    if (!there.holds) orRefuse(await place(context, node, there, { by: principal.user, note: `${node.name} is to be installed`, at }), 409);
    const key = nodeRoleKey(there.deployment, there.role, node.id);
    const latest = runOf(context.facts.current.latest, key);
    if (node.installation || latest) await context.store.put('retry', key, { key, afterRun: latest?.id ?? 0, at }, 'any');
    return viewOf(context, await nodeCalled(context.store, node.id));
  },

  'POST /nodes/:id/rescue': async (context, { params }) => {
    const node = await nodeCalled(context.store, params.id);
    const cannot = await cannotRescue(context, node);
    if (cannot) throw new ProblemError(cannot, 409);
    orRefuse(
      await context.store.transact(async (tx) => {
        const order = { nodeId: node.id, target: 'discovery', createdAt: context.now(), reason: 'somebody wants to look at it from outside' };
        await tx.put('bootOrder', node.id, order, 'any');
        return tx.put('node', node.id, { ...node, maintenance: true }, node.revision);
      }),
      409,
    );
    const restarted = await context.restart(node, 'pxe');
    if (!restarted.ok) await leaveRescue(context, node.id);
    return { node: await viewOf(context, await nodeCalled(context.store, node.id)), power: asked(orRefuse(restarted)) };
  },

  'DELETE /nodes/:id/rescue': async (context, { params }) => {
    const node = await nodeCalled(context.store, params.id);
    const coming = (await context.store.get('bootOrder', node.id))?.target === 'discovery' && node.maintenance;
    if (!inRescue(node) && !coming)
      throw new ProblemError(problem(`${node.name} is not looked at from outside.`, { node: node.name }, 'There is nothing to end.'), 409);
    await leaveRescue(context, node.id);
    // One that is still on its way there, or back, is started anew all the same: nobody knows how far it has come.
    const restarted = await context.restart(node, 'disk');
    return { node: await viewOf(context, await nodeCalled(context.store, node.id)), power: asked(orRefuse(restarted)) };
  },
} satisfies Partial<Handlers>;

const asked = (value: unknown): 'on' | 'asked' => (value === 'asked' ? 'asked' : 'on');

async function leaveRescue({ store }: Context, id: string): Promise<void> {
  orRefuse(
    await store.transact(async (tx) => {
      await tx.remove('bootOrder', id);
      const { maintenance: _, system, ...node } = (await tx.get('node', id)) as Revised<Node>;
      // A live system is about to end: nothing may be begun on it.
      return tx.put('node', id, { ...node, ...(system?.kind === 'installed' && { system }) }, node.revision);
    }),
    409,
  );
}
