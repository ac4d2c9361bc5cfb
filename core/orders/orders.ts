// Orders on their way: machines are found, become the order's own (a deployment and a pool of its name), converge like any others, and are
// handed over; when they are given back they are retired. Whatever changed only wakes; where an order stands is read from the facts.

import type { Catalog } from '../model/catalog.ts';
import type { Node, Revised } from '../model/node.ts';
import type { Order, OrderedServer } from '../model/order.ts';
import { bad, type Checked, ok, type Problem, problem } from '../model/problem.ts';
import { nodeRoleKey } from '../model/run.ts';
import type { SecretRequest, SecretValue } from '../model/secret.ts';
import type { EventKind } from '../model/webhook.ts';
import { groupAt, nodeAt, type Plan, stateOf, vertexCount } from '../plan/plan.ts';
import type { Planner } from '../plan/planner.ts';
import { commitNew, followRename } from '../store/commit.ts';
import { followChanges } from '../store/follow.ts';
import type { FollowedFacts } from '../store/snapshot.ts';
import type { Facility, Store } from '../store/store.ts';
import { tell } from '../webhooks/webhooks.ts';
import { type Choice, chooseMachines, HANDOVER, namesFor, proposalsFor } from './allocate.ts';

export type OrdersOptions = {
  store: Store;
  facts: FollowedFacts;
  planner: Planner;
  catalog(): Catalog;
  /** Has what a barclamp's bundle names ready. */
  needPackages(barclamp: string): Promise<void>;
  /** Has the image built that is installed where none is named. */
  needImage(): void;
  secretsOf(requests: readonly SecretRequest[], node: Node): Promise<Record<string, SecretValue>>;
  /** So that only who holds the key of this recipient can read it. */
  sealFor(recipient: string, text: string): Promise<Checked<string>>;
  /** How long orders stay that have ended. */
  keepDays: number;
  now(): number;
  onProblem(problem: Problem): void;
};

/** Everybody who wants to know is told, in the same transaction. */
export async function tellOfOrder(tx: Facility, order: Order, type: EventKind, now: number, more: Record<string, unknown> = {}): Promise<void> {
  const webhooks = await tx.list('webhook');
  const { id, by, request, servers } = order;
  const { count, pool } = request;
  if (webhooks.length) await tell(tx, webhooks, [{ type, data: { order: { id, by, count, pool, servers: servers.map(({ name }) => name) }, ...more } }], now);
}

export function watchOrders(options: OrdersOptions): { stop(): Promise<void> } {
  const { store, facts, planner, onProblem } = options;
  const look = async () => {
    const all = await store.list('order');
    await forgetOld(options, all);
    const open = all.filter(({ endedAt }) => !endedAt);
    for (const order of open.toSorted((a, b) => a.at - b.at)) {
      await facts.refresh();
      const done = await advance(options, order, planner.plan());
      // Somebody changed a machine or the order at that moment, which wakes us again.
      if (!done.ok && !done.problems.every(({ severity }) => severity === 'warning')) for (const found of done.problems) onProblem(found);
    }
  };
  return followChanges(store, look, (error) => onProblem(problem(`An order could not be looked after: ${error.message}`, undefined, error.stack)));
}

/** What ended long ago, with the keys that it was placed with. */
async function forgetOld({ store, keepDays, now }: OrdersOptions, orders: readonly Order[]): Promise<void> {
  for (const { id, endedAt } of orders) {
    if (!endedAt || endedAt > now() - keepDays * 86_400_000) continue;
    await store.transact(async (tx) => {
      await tx.release(id);
      return ok(await tx.remove('order', id));
    });
  }
}

function advance(options: OrdersOptions, order: Revised<Order>, plan: Plan): Promise<Checked<unknown>> {
  if (order.leaving) return leave(options, order);
  return order.servers.length ? converge(options, order, plan) : allocate(options, order, plan);
}

/** Machines, names, deployment and proposals in one transaction: two orders never get the same one. */
async function allocate(options: OrdersOptions, order: Revised<Order>, plan: Plan): Promise<Checked<unknown>> {
  const { store, catalog, now } = options;
  const choice = chooseMachines(plan, catalog(), order);
  if (!choice.ok) return choice;
  if (choice.value.missing) return ok(undefined);
  const barclamps = [...proposalsFor(order, catalog(), [], choice.value.installs).keys()];
  for (const barclamp of barclamps) await options.needPackages(barclamp);
  if (choice.value.installs && !choice.value.installs.attributes.image) options.needImage();
  const lasts = new Map<string, number>();
  for (const barclamp of barclamps) lasts.set(barclamp, (await store.commits(`${order.deployment}.${barclamp}`))[0]?.commit ?? 0);
  const taken = await store.transact((tx) => take(tx, order, choice.value, catalog(), lasts, now()));
  // A machine that changed while packages were fetched is chosen anew.
  return taken.ok ? taken : ok(undefined);
}

async function take(
  tx: Facility,
  order: Revised<Order>,
  { chosen, installs }: Choice,
  catalog: Catalog,
  lasts: ReadonlyMap<string, number>,
  at: number,
): Promise<Checked<unknown>> {
  const { request, deployment, by } = order;
  const names = request.names ? namesFor(request.names, chosen.length, new Set((await tx.claims('name')).keys())) : chosen.map(({ node }) => node.name);
  const servers: OrderedServer[] = [];
  for (const [index, { node, path }] of chosen.entries()) {
    const name = names[index]!;
    if (name !== node.name) {
      const claimed = await tx.claim('name', name, node.id);
      if (!claimed.ok) return claimed;
      await tx.release(node.id, 'name');
      await tx.claim('name', name, node.id);
      const followed = await followRename(tx, node.name, name, { by, at });
      if (!followed.ok) return followed;
    }
    const { revision, ...present } = node as Revised<Node>;
    // The system that it has counts as one that the order installed.
    const installation = present.installation && { ...present.installation, deployment };
    const put = await tx.put('node', node.id, { ...present, name, pool: deployment, ...(installation && { installation }) }, revision);
    if (!put.ok) return put;
    servers.push({ nodeId: node.id, name, path, allocatedAt: at, ...(path === 'fast' && { installedAt: at }) });
  }
  const begun = await tx.put('deployment', deployment, { name: deployment, summary: `Order ${order.id} of ${by}`, pools: [deployment] }, 'any');
  if (!begun.ok) return begun;
  const named = servers.map(({ name }, index) => ({ name, ours: chosen[index]!.ours }));
  for (const [barclamp, body] of proposalsFor(order, catalog, named, installs)) {
    const done = await commitNew(tx, deployment, barclamp, body, lasts.get(barclamp) ?? 0, { by, note: `Order ${order.id}`, at });
    if (!done.ok) return done;
  }
  const allocated = { ...order, servers, allocatedAt: at };
  await tellOfOrder(tx, allocated, 'order.allocated', at);
  return tx.put('order', order.id, allocated, order.revision);
}

type Standing = { installed: boolean; ready: boolean; problems: Problem[] /** What it has is another system than the order's. */; foreign?: string };

async function converge(options: OrdersOptions, order: Revised<Order>, plan: Plan): Promise<Checked<unknown>> {
  const { store, now } = options;
  const at = now();
  const standings = order.servers.map((server) => standingOf(plan, order, server));
  for (const { foreign } of standings) if (foreign) await store.put('retry', foreign, { key: foreign, afterRun: 0, at }, 'any');
  const servers: OrderedServer[] = [];
  for (const [index, server] of order.servers.entries()) {
    const { installed, ready } = standings[index]!;
    const isReady = ready && !server.readyAt;
    const sealed = isReady && order.request.console ? await credentials(options, order, server, plan) : undefined;
    if (sealed && !sealed.ok) return sealed;
    servers.push({
      ...server,
      ...(installed && !server.installedAt && { installedAt: at }),
      ...(isReady && { readyAt: at }),
      ...(sealed && { sealed: sealed.value }),
    });
  }
  const problems = standings.flatMap((standing) => standing.problems);
  const { failed, revision, ...rest } = order;
  const allReady = servers.every(({ readyAt }) => readyAt);
  const next: Order = {
    ...rest,
    servers,
    ...(allReady && !order.readyAt && { readyAt: at }),
    ...(problems.length && { failed: { at: failed?.at ?? at, problems } }),
  };
  if (
    JSON.stringify({ ...next, failed: undefined }) === JSON.stringify({ ...rest, failed: undefined }) &&
    JSON.stringify(failed?.problems ?? []) === JSON.stringify(problems)
  )
    return ok(undefined);
  return store.transact(async (tx) => {
    for (const [index, server] of servers.entries()) {
      const { installedAt, readyAt } = order.servers[index]!;
      if (server.installedAt && !installedAt) await tellOfOrder(tx, next, 'order.server-installed', at, { server: server.name });
      if (server.readyAt && !readyAt) await tellOfOrder(tx, next, 'order.server-ready', at, { server: server.name });
    }
    if (next.readyAt && !order.readyAt) await tellOfOrder(tx, next, 'order.ready', at);
    if (next.failed && !failed) await tellOfOrder(tx, next, 'order.failed', at, { problems });
    return tx.put('order', order.id, next, revision);
  });
}

function standingOf(plan: Plan, { deployment }: Order, { nodeId, name }: OrderedServer): Standing {
  const index = plan.indexOf.get(nodeId);
  if (index === undefined)
    return {
      installed: false,
      ready: false,
      problems: [problem(`${name} was forgotten.`, { node: name, deployment }, 'Release the order, and place it anew.')],
    };
  const node = plan.nodes[index]!;
  const problems: Problem[] = [];
  let ready = node.approved && node.contact === 'up' && node.system?.kind === 'installed';
  let foreign: string | undefined;
  for (let vertex = 0; vertex < vertexCount(plan); vertex++) {
    if (nodeAt(plan, vertex).id !== nodeId) continue;
    const { role, deployment: its, latest } = groupAt(plan, vertex);
    const state = stateOf(plan, vertex);
    // A setting that has changed since is no reason to keep a server back that the order installed.
    const isInstalled = state === 'outdated' && role.declaration.installs && node.installation?.deployment === deployment;
    if (state !== 'done' && !isInstalled) ready = false;
    if (state === 'failed')
      problems.push(latest.get(nodeId)?.problem ?? problem(`${role.declaration.name} failed on ${name}.`, { node: name, deployment: its }));
    // Somebody else's installation was under way when the order took the machine.
    if (state === 'outdated' && role.declaration.installs && its === deployment && node.installation?.deployment !== deployment)
      foreign = nodeRoleKey(its, role.declaration.name, nodeId);
  }
  return { installed: node.installation?.deployment === deployment && node.system?.kind === 'installed', ready, problems, ...(foreign && { foreign }) };
}

async function credentials({ secretsOf, sealFor }: OrdersOptions, order: Order, server: OrderedServer, plan: Plan): Promise<Checked<string>> {
  const group = plan.groups.find((one) => one.deployment === order.deployment && one.role.declaration.name === HANDOVER);
  const node = plan.nodes[plan.indexOf.get(server.nodeId)!]!;
  const { console: passphrase } = await secretsOf(group?.secrets ?? [], node);
  if (typeof passphrase !== 'string' || !order.request.sealFor)
    return bad(problem(`There is no passphrase for the console of ${server.name}.`, { node: server.name }));
  return sealFor(order.request.sealFor, `${JSON.stringify({ order: order.id, server: server.name, user: 'root', passphrase })}\n`);
}

/** When its machines are gone, so is all else. */
async function leave({ store, now }: OrdersOptions, order: Revised<Order>): Promise<Checked<unknown>> {
  const left = await Promise.all(order.servers.map(({ nodeId }) => store.get('node', nodeId)));
  // One that was approved again in the meantime is another's.
  if (left.some((node) => node?.pool === order.deployment)) return ok(undefined);
  return store.transact(async (tx) => {
    const { deployment, revision } = order;
    for (const proposal of await tx.list('proposal')) if (proposal.deployment === deployment) await tx.remove('proposal', proposal.id);
    for (const kind of ['retry', 'health', 'drift', 'check'] as const)
      for (const { key } of await tx.list(kind)) if (key.startsWith(`${deployment}/`)) await tx.remove(kind, key);
    for (const { id } of await tx.list('secretRotation')) if (id.startsWith(`${deployment}/`)) await tx.remove('secretRotation', id);
    for (const name of await tx.names('secret')) if (name.startsWith(`role ${deployment}/`)) await tx.remove('secret', name);
    for (const name of await tx.names('draft')) if (name.startsWith(`${deployment}.`)) await tx.remove('draft', name);
    await tx.remove('deployment', deployment);
    const at = now();
    const ended: Order = { ...order, servers: order.servers.map(({ sealed: _, ...server }) => server), endedAt: at };
    await tellOfOrder(tx, ended, 'order.released', at);
    return tx.put('order', order.id, ended, revision);
  });
}
