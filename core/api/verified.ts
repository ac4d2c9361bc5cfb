// Which networks there are to be tried, by the site and by the settings of the barclamp network, and what was found of each when they were tried last.

import type { AddressCheck } from '../model/lease.ts';
import type { Network, NetworkCheck } from '../model/network.ts';
import type { Node } from '../model/node.ts';
import { errorsIn, type Problem, warning } from '../model/problem.ts';
import type { Proposal } from '../model/proposal.ts';
import { type CheckName, type NetworkVerification, stateOf } from '../model/verification.ts';
import { type Conduit, type PlannedNetwork, PROMISED_MTU } from '../network/verification/carried.ts';
import { checkAgainst, withDefaults } from '../schema.ts';
import type { Store } from '../store/store.ts';
import type { Context } from './context.ts';
import { proposalsIn } from './context.ts';
import type { VerifiedNetworkView } from './contract.ts';

/** A network as it is to be, from whichever says it. */
export type Told = {
  id: string;
  name: string;
  cidr: string;
  mtu: number;
  vlan?: number;
  /** By which conduit or interface it comes to machines; the site's own: by the interface of the admin node. */
  through: string;
  /** The settings that what was found is true of. */
  settings: string;
  /** The site's own. */
  site?: Network;
  planned?: PlannedNetwork & { conduits: Conduit[] };
  /** In whose settings it stands. */
  proposal?: Proposal;
};

const BARCLAMP = 'network';
/** Problems of one look that stand before a commit. */
const MOST_WARNINGS = 5;

/** The site's own first, then those in settings as they stand in drafts: what is looked at is what would be. `instead`: of this one, not as it is stored. */
export async function toldNetworks({ store, catalog }: Pick<Context, 'store' | 'catalog'>, instead?: Proposal): Promise<Told[]> {
  const schema = catalog().barclamps.get(BARCLAMP)?.proposalSchema;
  const proposals = (await proposalsIn(store)).filter(({ barclamp }) => barclamp === BARCLAMP);
  const drafts = instead?.barclamp === BARCLAMP ? [...proposals.filter(({ id }) => id !== instead.id), instead] : proposals;
  const planned = drafts.flatMap((proposal) => (schema ? inSettings(proposal, schema) : []));
  const site = (await store.list('network')).map((network): Told => {
    const mtu = planned.find(({ name }) => name === network.name)?.mtu ?? PROMISED_MTU;
    const { name, cidr } = network;
    return { id: name, name, cidr, mtu, through: network.interface, settings: `${cidr}, ${mtu} bytes`, site: network };
  });
  return [...site, ...planned.filter(({ name }) => !site.some((own) => own.name === name))];
}

// Settings that do not fit their schema are told about where they are edited.
function inSettings(proposal: Proposal, schema: object): Told[] {
  const attributes = withDefaults(schema, proposal.draft.attributes);
  if (checkAgainst(schema, attributes).length) return [];
  const { conduits, networks } = attributes as { conduits: Conduit[]; networks: PlannedNetwork[] };
  return networks.map((network): Told => {
    const { name, cidr, vlan, conduit, mtu = PROMISED_MTU } = network;
    const ways = conduits.filter((way) => way.name === conduit).map(({ interfaces }) => interfaces.join('+'));
    return {
      ...{ id: `${proposal.deployment}.${name}`, name, cidr, mtu, ...(vlan !== undefined && { vlan }) },
      through: conduit,
      settings: [
        cidr,
        vlan === undefined ? 'untagged' : `VLAN ${vlan}`,
        `${mtu} bytes`,
        `through ${conduit}${ways.length ? ` (${ways.join(' or ')})` : ''}`,
      ].join(', '),
      planned: { ...network, conduits },
      proposal,
    };
  });
}

type Kept = { verified: Map<string, NetworkVerification>; dhcp: Map<string, NetworkCheck>; addresses: Map<string, AddressCheck> };

export async function keptOf(store: Pick<Store, 'list'>): Promise<Kept> {
  const byNetwork = <T extends { network: string }>(list: readonly T[]) => new Map(list.map((one) => [one.network, one]));
  return {
    verified: byNetwork(await store.list('networkVerification')),
    dhcp: byNetwork(await store.list('networkCheck')),
    addresses: byNetwork(await store.list('addressCheck')),
  };
}

/** A line for each check of a network, also for one that nobody has made yet. */
export function verifiedView({ id, name, cidr, mtu, vlan, through, settings, site, proposal }: Told, { verified, dhcp, addresses }: Kept): VerifiedNetworkView {
  const found = verified.get(id);
  const old = found !== undefined && found.settings !== settings;
  const between = (['reach', 'mtu', ...(site ? (['dns', 'time'] as const) : [])] as const).map((check) => {
    const result = found?.results.find((one) => one.check === check);
    if (!found || !result) return { check, state: 'never' as const, machines: [], problems: [] };
    return {
      check,
      state: stateOf(result),
      at: found.at,
      by: found.by,
      machines: result.machines,
      problems: result.problems,
      ...(old && { settings: found.settings }),
    };
  });
  const asked = (check: CheckName, made: NetworkCheck | AddressCheck | undefined) =>
    made
      ? {
          check,
          state: stateOf({ machines: [], problems: made.problems }),
          at: made.at,
          ...(made.by && { by: made.by }),
          machines: [],
          problems: made.problems,
        }
      : { check, state: 'never' as const, machines: [], problems: [] };
  return {
    ...{ id, name, cidr, mtu, through, settings, ...(vlan !== undefined && { vlan }), ...(proposal && { deployment: proposal.deployment }) },
    checks: [...between, ...(site ? [asked('addresses', addresses.get(name)), asked('dhcp', dhcp.get(name))] : [])],
  };
}

/** What was found wrong in networks that a draft has to do with: those in its own settings, and those of machines that it would change. */
export async function faultsBefore(context: Context, proposal: Proposal, touched: readonly Node[]): Promise<Problem[]> {
  // What was found names machines of others.
  if (context.sight.tenant !== undefined) return [];
  const kept = await keptOf(context.store);
  const ids = new Set(touched.map((node) => node.id));
  const names = new Set(touched.map((node) => node.name));
  const found: Problem[] = [];
  for (const told of await toldNetworks(context, proposal)) {
    const own = told.proposal?.id === proposal.id;
    for (const { at, settings, machines, problems, check } of verifiedView(told, kept).checks) {
      if (at === undefined || settings !== undefined) continue;
      const theirs = check === 'dhcp' || check === 'addresses' ? touched.some((node) => node.addresses[told.name]) : machines.some(({ node }) => ids.has(node));
      const concerns = ({ where }: Problem) => own || (theirs && (where?.node === undefined || names.has(where.node)));
      for (const { summary, where, next } of errorsIn(problems).filter(concerns)) {
        // Where it is in the draft nobody can say.
        const { pointer: _, ...place } = where ?? {};
        found.push(warning(`${told.name} was tried on ${new Date(at).toISOString().slice(0, 16).replace('T', ' at ')} UTC: ${summary}`, place, next));
      }
    }
  }
  if (found.length <= MOST_WARNINGS) return found;
  return [
    ...found.slice(0, MOST_WARNINGS),
    warning(
      `${found.length - MOST_WARNINGS} more faults were found in networks.`,
      undefined,
      'See them all: prybar network verify, or the page, Network, Verification.',
    ),
  ];
}
