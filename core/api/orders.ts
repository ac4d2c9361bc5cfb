// Servers for programs: asked for by shape, followed to the end, given back.

import { createHash, randomBytes } from 'node:crypto';
import type { Revised } from '../model/node.ts';
import { deploymentOfOrder, type Order, type OrderRequest, stateOfOrder } from '../model/order.ts';
import { imageCalled } from '../model/image.ts';
import { bad, ok, problem, type Problem, ProblemError } from '../model/problem.ts';
import { chooseMachines, HANDOVER } from '../orders/allocate.ts';
import { tellOfOrder } from '../orders/orders.ts';
import { canonical } from '../plan/fingerprint.ts';
import { readCondition } from '../plan/where.ts';
import { checkAgainst } from '../schema.ts';
import { type Context, type Handlers, notFound, orRefuse } from './context.ts';
import type { Body, OrderView } from './contract.ts';
import { installs } from './proposals.ts';
import { fixedDisks, mayErase } from './retirement.ts';

async function called({ store }: Context, id: string): Promise<Revised<Order>> {
  const order = await store.get('order', id);
  if (!order) throw notFound(`There is no order ${id}.`, 'See: prybar order list');
  return order;
}

async function viewOf(context: Context, { digest: _, ...order }: Revised<Order>): Promise<OrderView> {
  const { store } = context;
  const state = stateOfOrder({ ...order, digest: '' });
  const servers = await Promise.all(
    order.servers.map(async (server) => {
      const node = await store.get('node', server.nodeId);
      const { hostKey } = node?.system ?? {};
      return { ...server, ...(node && { addresses: node.addresses, ...(node.serial && { serial: node.serial }) }), ...(hostKey && { hostKey }) };
    }),
  );
  await context.facts.refresh();
  const choice = state === 'waiting' ? chooseMachines(context.planner.plan(), context.catalog(), { ...order, digest: '' }) : undefined;
  const problems = order.failed?.problems ?? (choice?.ok === false ? choice.problems : []);
  return { ...order, state, servers, problems, ...(choice?.ok && { missing: choice.value.missing }) };
}

/** All that is wrong with what is asked for. */
async function faultsOf(context: Context, request: OrderRequest): Promise<Problem[]> {
  const { catalog, store } = context;
  const { roles, barclamps } = catalog();
  const used = new Set([...request.roles.flatMap((name) => roles.get(name)?.declaration.barclamp ?? []), HANDOVER]);
  for (const { name } of barclamps.values()) if (installs(context, name)) used.add(name);
  const condition = request.where === undefined ? ok(undefined) : readCondition(request.where);
  const unknown = request.roles.filter((name) => !roles.has(name) || roles.get(name)!.declaration.installs || roles.get(name)!.declaration.wipes);
  return [
    ...(condition.ok ? [] : condition.problems.map((p) => ({ ...p, where: { pointer: '/where' } }))),
    ...unknown.map((name) => problem(`There is no role ${name} that a server could be given.`, { pointer: '/roles' }, 'See: prybar barclamp list')),
    ...Object.keys(request.settings)
      .filter((name) => !used.has(name))
      .map((name) => problem(`No role of the order is of the barclamp ${name}.`, { pointer: `/settings/${name}` }, 'Take its settings out.')),
    ...[...used]
      .filter((name) => barclamps.has(name))
      .flatMap((name) => checkAgainst(barclamps.get(name)!.proposalSchema, request.settings[name] ?? {}, { pointer: `/settings/${name}` })),
    ...(request.image && !imageCalled(await store.list('image'), request.image)
      ? [problem(`There is no image ${request.image}.`, { pointer: '/image' }, 'See: prybar image list')]
      : []),
    ...(request.names && request.count > 1 && !request.names.includes('{n}')
      ? [problem('Several servers cannot have one name.', { pointer: '/names' }, 'Write {n} where their number goes.')]
      : []),
    ...(request.names?.endsWith('-') ? [problem('A name cannot end with a hyphen.', { pointer: '/names' }, 'As web-{n}.')] : []),
    ...(request.console && !request.sealFor
      ? [problem('A passphrase is given to nobody in clear.', { pointer: '/sealFor' }, 'Say for whose key it is sealed.')]
      : []),
    ...((request.keys.length || request.console) && !barclamps.has(HANDOVER)
      ? [problem(`The barclamp ${HANDOVER} is not installed.`, undefined, 'Install it: it gives servers to who ordered them.')]
      : []),
  ];
}

const withDefaults = ({ key: _, ...body }: Body<'POST /orders'>): OrderRequest => ({
  roles: [],
  settings: {},
  keys: [],
  console: false,
  ...body,
  count: body.count ?? 1,
});

export const orders = {
  'GET /orders': async (context) => Promise.all((await context.store.list('order')).toSorted((a, b) => b.at - a.at).map((order) => viewOf(context, order))),
  'GET /orders/:id': async (context, { params }) => viewOf(context, await called(context, params.id)),

  'POST /orders': async (context, { body, principal }) => {
    const { store, now, sealFor } = context;
    const request = withDefaults(body);
    const digest = createHash('sha256').update(canonical(request)).digest('hex');
    const scope = `order key of ${principal.user}`;
    const before = body.key === undefined ? undefined : (await store.claims(scope)).get(body.key);
    if (before) {
      const order = await called(context, before);
      if (order.digest === digest) return viewOf(context, order);
      throw new ProblemError(
        problem(`Something else was ordered with the key ${body.key}: ${order.id}.`, { pointer: '/key' }, 'Order with another key, or ask for the same.'),
        422,
      );
    }
    const faults = await faultsOf(context, request);
    if (faults.length) throw new ProblemError(faults);
    if (request.sealFor) orRefuse(await sealFor(request.sealFor, 'nothing yet'));
    const at = now();
    const id = randomBytes(5).toString('hex');
    const order: Order = { id, by: principal.user, at, digest, request, deployment: deploymentOfOrder(id), servers: [] };
    const placed = await store.transact(async (tx) => {
      const claimed = body.key === undefined ? ok(undefined) : await tx.claim(scope, body.key, id);
      // Two requests with one key at the same moment: the second asks again, and gets the first's.
      if (!claimed.ok) return bad(problem(`An order with the key ${body.key} is being placed at this moment.`, { pointer: '/key' }, 'Ask again.'));
      await tellOfOrder(tx, order, 'order.placed', at);
      return tx.put('order', id, order, 'new');
    });
    return viewOf(context, orRefuse(placed, 409));
  },

  'POST /orders/:id/release': async (context, { params, body }) => {
    const { store, now } = context;
    const order = await called(context, params.id);
    if (order.endedAt || order.leaving)
      throw new ProblemError(problem(`The order ${order.id} is given back already.`, undefined, 'See how far that is: prybar order show'), 409);
    const at = now();
    const nodes = (await Promise.all(order.servers.map(({ nodeId }) => store.get('node', nodeId)))).filter((node) => node?.pool === order.deployment);
    for (const node of nodes) if (body.erase) await mayErase(context, node!);
    const released = await store.transact(async (tx) => {
      if (!order.servers.length) {
        const cancelled = { ...order, endedAt: at };
        await tellOfOrder(tx, cancelled, 'order.cancelled', at);
        return tx.put('order', order.id, cancelled, order.revision);
      }
      for (const node of nodes) {
        const leaving = { at, ...(body.erase && { disks: fixedDisks(node!) }) };
        const put = await tx.put('node', node!.id, { ...node!, leaving }, node!.revision);
        if (!put.ok) return put;
      }
      return tx.put('order', order.id, { ...order, leaving: { at, erase: body.erase } }, order.revision);
    });
    return viewOf(context, orRefuse(released, 409));
  },
} satisfies Partial<Handlers>;
