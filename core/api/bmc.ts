// The board controller of a machine: what it is, what it measures, what it has noted down, its serial console; and what people are asked
// to do where there is none.

import type { Duplex } from 'node:stream';
import type { HandRequest } from '../model/bmc.ts';
import type { Node, Revised } from '../model/node.ts';
import { type Checked, ProblemError } from '../model/problem.ts';
import { type Context, type Handlers, nodeCalled, orRefuse } from './context.ts';
import type { NodeView } from './contract.ts';

const EVENTS = 50;

/** What is known of the BMCs of these machines, by node id; nobody is asked. */
export async function bmcViews(context: Context, nodes: Revised<Node>[]): Promise<Map<string, { bmc?: NonNullable<NodeView['bmc']>; request?: HandRequest }>> {
  const [contacts, requests] = [await context.store.list('bmcContact'), await context.store.list('handRequest')];
  const views = new Map<string, { bmc?: NonNullable<NodeView['bmc']>; request?: HandRequest }>();
  for (const { id } of nodes) views.set(id, {});
  for (const node of nodes) {
    const accounts = await context.bmcAccounts(node);
    const contact = contacts.find(({ nodeId }) => nodeId === node.id);
    const account = accounts.find(({ id }) => id === contact?.account) ?? accounts[0];
    const request = requests.find(({ nodeId }) => nodeId === node.id);
    const protocol = account?.protocol ?? (account?.id === contact?.account ? contact?.protocol : undefined);
    views.set(node.id, {
      ...(account && { bmc: { ...(protocol && { protocol }), address: account.address, ...(account.port && { port: account.port }), user: account.user } }),
      ...(request && { request }),
    });
  }
  return views;
}

const bmcCalled = async (context: Context, name: string) => orRefuse(await context.bmc(await nodeCalled(context.store, name)));

/** A machine that is not there is a Problem like any other. */
export async function consoleOf(context: Context, name: string): Promise<Checked<Duplex>> {
  try {
    const bmc = await context.bmc(await nodeCalled(context.store, name));
    return bmc.ok ? await bmc.value.console() : bmc;
  } catch (error) {
    if (error instanceof ProblemError) return { ok: false, problems: error.problems };
    throw error;
  }
}

export const bmc = {
  'GET /nodes/:id/bmc': async (context, { params }) => orRefuse(await (await bmcCalled(context, params.id)).identity()),
  'GET /nodes/:id/sensors': async (context, { params }) => orRefuse(await (await bmcCalled(context, params.id)).sensors()),
  'GET /nodes/:id/bmc-events': async (context, { params, query }) => orRefuse(await (await bmcCalled(context, params.id)).events(query.limit ?? EVENTS)),
  'DELETE /nodes/:id/bmc': async ({ store }, { params }) => {
    await store.remove('bmcContact', (await nodeCalled(store, params.id)).id);
    return {};
  },
  'DELETE /nodes/:id/request': async ({ store }, { params }) => {
    await store.remove('handRequest', (await nodeCalled(store, params.id)).id);
    return {};
  },
} satisfies Partial<Handlers>;
