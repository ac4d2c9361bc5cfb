// The board controller of a machine: what it is, what it measures, what it has noted down; and what people are asked to do where there is none.
// Its serial console is in consoles.ts.

import type { HandRequest } from '../model/bmc.ts';
import type { Node, Revised } from '../model/node.ts';
import { problem, ProblemError } from '../model/problem.ts';
import { type Context, type Handlers, nodeCalled, orRefuse } from './context.ts';
import type { NodeView } from './contract.ts';

const EVENTS = 50;

/** What is known of the BMCs of these machines, by node id; nobody is asked. */
export async function bmcViews(context: Context, nodes: Revised<Node>[]): Promise<Map<string, { bmc?: NonNullable<NodeView['bmc']>; request?: HandRequest }>> {
  const accountsOf = await context.bmcAccounts();
  const contacts = new Map((await context.store.list('bmcContact')).map((contact) => [contact.nodeId, contact]));
  const requests = new Map((await context.store.list('handRequest')).map((request) => [request.nodeId, request]));
  return new Map(
    nodes.map((node) => {
      const [accounts, contact, request] = [accountsOf(node), contacts.get(node.id), requests.get(node.id)];
      const account = accounts.find(({ id }) => id === contact?.account) ?? accounts[0];
      const protocol = account?.protocol ?? (account?.id === contact?.account ? contact?.protocol : undefined);
      const bmc = account && { ...(protocol && { protocol }), address: account.address, ...(account.port && { port: account.port }), user: account.user };
      return [node.id, { ...(bmc && { bmc }), ...(request && { request }) }];
    }),
  );
}

const bmcCalled = async (context: Context, name: string) => orRefuse(await context.bmc(await nodeCalled(context.store, name)));

export const bmc = {
  'GET /nodes/:id/bmc': async (context, { params }) => orRefuse(await (await bmcCalled(context, params.id)).identity()),
  'GET /nodes/:id/sensors': async (context, { params }) => orRefuse(await (await bmcCalled(context, params.id)).sensors()),
  'GET /nodes/:id/bmc-events': async (context, { params, query }) => orRefuse(await (await bmcCalled(context, params.id)).events(query.limit ?? EVENTS)),
  'PUT /nodes/:id/bmc': async ({ store, keepSecret }, { params, body }) => {
    const node = await nodeCalled(store, params.id);
    const { password, ...given } = body;
    if (!given.address && !node.inventory?.bmc?.address)
      throw new ProblemError(problem(`Where the BMC of ${node.name} is was not reported.`, { node: node.name }, 'Give its address.'));
    const id = `node ${node.id}`;
    await keepSecret(`bmc ${id}`, password);
    await store.put('bmcAccess', id, { id, serials: [], nodeId: node.id, ...given, secret: `bmc ${id}` }, 'any');
    await store.remove('bmcContact', node.id);
    return {};
  },
  'DELETE /nodes/:id/bmc': async ({ store }, { params }) => {
    await store.remove('bmcContact', (await nodeCalled(store, params.id)).id);
    return {};
  },
  'DELETE /nodes/:id/request': async ({ store }, { params }) => {
    await store.remove('handRequest', (await nodeCalled(store, params.id)).id);
    return {};
  },
} satisfies Partial<Handlers>;
