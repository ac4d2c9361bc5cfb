// Machines: look, approve, switch, forget.

import { problem, ProblemError } from '../model/problem.ts';
import type { Node, Revised } from '../model/node.ts';
import type { NodeRoleState } from '../model/plan.ts';
import type { Principal } from '../model/principal.ts';
import { admit, forget } from '../network/admission.ts';
import { nodeAt, stateOf, vertexCount } from '../plan/plan.ts';
import { compareNames } from '../plan/names.ts';
import { followRename } from '../store/commit.ts';
import { bmcViews } from './bmc.ts';
import { type Context, type Handlers, nodeCalled, orRefuse } from './context.ts';
import type { NodeView } from './contract.ts';
import { givenTo, mayGive } from './tenants.ts';

async function views(context: Context, nodes: Revised<Node>[]): Promise<NodeView[]> {
  await context.facts.refresh();
  const plan = context.planner.plan();
  const totals = new Map<string, Partial<Record<NodeRoleState, number>>>();
  for (let vertex = 0; vertex < vertexCount(plan); vertex++) {
    const id = nodeAt(plan, vertex).id;
    const own = totals.get(id) ?? {};
    own[stateOf(plan, vertex)] = (own[stateOf(plan, vertex)] ?? 0) + 1;
    totals.set(id, own);
  }
  const bmcs = await bmcViews(context, nodes);
  return nodes.map((node) => {
    const { bmc, request } = bmcs.get(node.id) ?? {};
    return {
      ...node,
      totals: totals.get(node.id) ?? {},
      ...(bmc && { bmc }),
      ...(request && { request: { action: request.action, at: request.at } }),
    };
  });
}

export const viewOf = async (context: Context, node: Revised<Node>): Promise<NodeView> => (await views(context, [node]))[0]!;

/** Names are the site's: one that is taken would tell a tenant of a machine that it does not see. */
function mayName({ tenant }: Principal, node: Node): void {
  if (tenant !== undefined) throw new ProblemError(problem('Names of machines are given by the site.', { node: node.name }, 'Ask an admin of the site.'), 403);
}

export const nodes = {
  'GET /nodes': async (context) =>
    views(
      context,
      (await context.store.list('node')).sort((a, b) => compareNames(a.name, b.name)),
    ),

  'GET /nodes/:id': async (context, { params }) => viewOf(context, await nodeCalled(context.store, params.id)),

  'POST /nodes/:id/approve': async (context, { params, body, principal }) => {
    const node = await nodeCalled(context.store, params.id);
    if (node.approved)
      throw new ProblemError(problem(`${node.name} is approved already.`, { node: node.name }, `Another name: prybar node rename ${node.name} NEW`), 409);
    if (body.name !== undefined) mayName(principal, node);
    // Nobody is told of it what others have: an address and a name that are free say nothing.
    return viewOf(context, orRefuse(await admit(context.site, node.id, body, node.revision), 409));
  },

  'PATCH /nodes/:id': async (context, { params, body, principal }) => {
    const node = await nodeCalled(context.store, params.id);
    const { tenant, rack, ...rest } = body;
    if (body.name !== undefined) mayName(principal, node);
    await mayGive(context, principal, tenant);
    const changed = await context.store.transact(async (tx) => {
      if (body.name && body.name !== node.name) {
        const claimed = await tx.claim('name', body.name, node.id);
        if (!claimed.ok) return claimed;
        await tx.release(node.id, 'name');
        await tx.claim('name', body.name, node.id);
        const followed = await followRename(tx, node.name, body.name, { by: principal.user, at: context.now() });
        if (!followed.ok) return followed;
      }
      const { rack: before, ...others } = node;
      const place = rack === undefined ? before : rack.trim();
      return tx.put('node', node.id, givenTo({ ...others, ...rest, ...(place && { rack: place }) }, tenant), node.revision);
    });
    return viewOf(context, orRefuse(changed, 409));
  },

  'POST /nodes/:id/power': async (context, { params, body }) => {
    const node = await nodeCalled(context.store, params.id);
    const power = orRefuse(await context.power(node, body.action));
    if (body.action === 'off' && power === 'off') {
      const now = await nodeCalled(context.store, node.id);
      await context.store.put('node', node.id, { ...now, contact: 'off', contactAt: context.now() }, now.revision);
    }
    return { power };
  },

  'DELETE /nodes/:id': async (context, { params, query }) => {
    const node = await nodeCalled(context.store, params.id);
    if (node.id === 'admin')
      throw new ProblemError(problem('The admin node cannot be forgotten.', { node: node.name }, 'It is the machine that this runs on.'));
    orRefuse(await forget(context.store, node.id, query.forGood));
    return {};
  },
} satisfies Partial<Handlers>;
