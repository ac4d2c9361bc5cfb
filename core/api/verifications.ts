// Trying the networks: all of them or those that are named, by every check that there is for each, and keeping what was found.

import type { Node } from '../model/node.ts';
import { problem, type Problem, ProblemError } from '../model/problem.ts';
import type { Proposal } from '../model/proposal.ts';
import { carriedBy } from '../network/verification/carried.ts';
import type { WantedName, WantedNetwork } from '../network/verification/verify.ts';
import { nodeAt, type Plan } from '../plan/plan.ts';
import { withDefaults } from '../schema.ts';
import { type Context, type Handlers, notFound, orRefuse, proposalsIn } from './context.ts';
import { askAll, askForDhcp } from './networks.ts';
import { planWith } from './preview.ts';
import { keptOf, type Told, toldNetworks, verifiedView } from './verified.ts';

/** A clock that only its firmware has set is right to a second or two; what is further off nobody has set. */
const CLOCK_MS = 5000;

async function viewOf(context: Context) {
  const kept = await keptOf(context.store);
  return { served: context.served() !== undefined, networks: (await toldNetworks(context)).map((told) => verifiedView(told, kept)) };
}

/** By its id or, where only one is called so, by its name. */
function chosen(all: readonly Told[], wanted: readonly string[] | undefined): Told[] {
  if (!wanted) return [...all];
  return wanted.map((name) => {
    const found = all.filter(({ id }) => id === name);
    const called = found.length ? found : all.filter((told) => told.name === name);
    if (called.length === 1) return called[0]!;
    const those = all.map(({ id }) => id).join(', ');
    if (called.length === 0) throw notFound(`There is no network ${name}.`, those ? `There are ${those}.` : 'See: prybar network list');
    throw new ProblemError(problem(`${called.length} networks are called ${name}.`, undefined, `Say which: ${called.map(({ id }) => id).join(' or ')}.`));
  });
}

/** `planOf`: what would be with the draft of a proposal. */
async function wantedOf(context: Context, planOf: (proposal: Proposal) => Promise<Plan>, told: Told): Promise<WantedNetwork> {
  const { id, name, mtu, vlan, site, planned, proposal } = told;
  const as = { id, name, mtu, ...(vlan !== undefined && { vlan }) };
  if (site) {
    const served = context.served()?.network.name === name;
    const nodes = (await context.store.list('node')).filter((node) => node.approved && node.remote !== 'local' && node.addresses[name] !== undefined);
    return { ...as, site, machines: served ? nodes.map((node) => ({ node, carried: { nics: [], tops: [] } })) : [] };
  }
  const plan = await planOf(proposal!);
  const nodes = plan.groups
    .filter((group) => !group.orphan && group.deployment === proposal!.deployment && group.role.declaration.name === 'network')
    .flatMap(({ start, end }) => Array.from({ length: end - start }, (_, index) => nodeAt(plan, start + index)));
  return { ...as, machines: nodes.filter(({ remote }) => remote !== 'local').map((node) => ({ node, carried: carriedBy(planned!, planned!.conduits, node) })) };
}

/** What each machine is to be told by its name servers: where names of machines were given out its own and that of a neighbour, else that it is answered. */
async function namesWanted({ store, catalog, facts, planner }: Context): Promise<(node: Node) => WantedName[]> {
  await facts.refresh();
  const plan = planner.plan();
  const zones = (await proposalsIn(store)).flatMap(({ barclamp, deployment, committed }) => {
    const schema = catalog().barclamps.get('dns')?.proposalSchema;
    const clients = plan.groups.find((group) => !group.orphan && group.deployment === deployment && group.role.declaration.name === 'dns-client');
    if (barclamp !== 'dns' || !committed || !schema || !clients) return [];
    const { domain } = withDefaults(schema, committed.attributes) as { domain: string };
    // Only who was made one asks the servers of the site.
    const nodes = Array.from({ length: clients.end - clients.start }, (_, index) => nodeAt(plan, clients.start + index)).filter(({ id }) =>
      clients.lastDone.has(id),
    );
    return [{ domain, nodes }];
  });
  const wanted = new Map<string, WantedName[]>();
  for (const { domain, nodes } of zones)
    for (const [at, node] of nodes.entries()) {
      const named = [...new Set([node, nodes[(at + 1) % nodes.length]!])];
      if (!wanted.has(node.id))
        wanted.set(
          node.id,
          named.map(({ name, addresses }) => ({ name: `${name}.${domain}`, type: 'A', ...(addresses.admin && { address: addresses.admin }) })),
        );
    }
  return ({ id }) => wanted.get(id) ?? [{ name: '', type: 'NS' }];
}

/** What cannot be asked is no reason to leave out the rest: why is kept in the place of an answer. */
async function asked(ask: () => Promise<unknown>, keep: (problems: Problem[]) => Promise<unknown>): Promise<void> {
  try {
    await ask();
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    await keep(error.problems);
  }
}

export const verifications = {
  'GET /verifications': async (context) => viewOf(context),

  'POST /verifications': async (context, { body, principal }) => {
    const { store, now } = context;
    const by = principal.user;
    const told = chosen(await toldNetworks(context), body.networks);
    const plans = new Map<string, Promise<Plan>>();
    const planOf = (proposal: Proposal) => {
      const plan = plans.get(proposal.id) ?? planWith(context, proposal);
      plans.set(proposal.id, plan);
      return plan;
    };
    const wanted = await Promise.all(told.map((one) => wantedOf(context, planOf, one)));
    const served = context.served()?.network.name;
    // Asked from the admin node itself, while machines ask one another.
    const own = told.filter(({ site }) => site?.name === served);
    const [found] = await Promise.all([
      context.verifyNetworks(wanted, { names: await namesWanted(context), clockMs: body.clockMs ?? CLOCK_MS }),
      ...own.flatMap(({ name }) => {
        const made = (problems: Problem[]) => ({ network: name, at: now(), by, problems });
        return [
          asked(
            () => askAll(context, name, by),
            (problems) => store.put('addressCheck', name, { ...made(problems), asked: 0, answers: [] }, 'any'),
          ),
          asked(
            () => askForDhcp(context, name, by),
            (problems) => store.put('networkCheck', name, { ...made(problems), offers: [] }, 'any'),
          ),
        ];
      }),
    ]);
    const results = orRefuse(found, 409);
    for (const { id, settings } of told) {
      const of = results.get(id);
      if (of) await store.put('networkVerification', id, { network: id, at: now(), by, settings, results: of }, 'any');
    }
    const { networks, ...view } = await viewOf(context);
    // What no settings name any more is no network.
    const known = new Set(networks.map(({ id }) => id));
    for (const id of await store.names('networkVerification')) if (!known.has(id)) await store.remove('networkVerification', id);
    return { ...view, networks: networks.filter(({ id }) => told.some((one) => one.id === id)) };
  },
} satisfies Partial<Handlers>;
