// The networks of the site, how many addresses are left in each, which interfaces could be served, who has leased an address, who answers at which, and
// which DHCP servers answer machines that boot. Whose addresses are is said with the machines.

import type { AddressCheck } from '../model/lease.ts';
import type { Network, NetworkCheck } from '../model/network.ts';
import { problem, ProblemError } from '../model/problem.ts';
import { SYSTEM } from '../model/proposal.ts';
import { addressesOf, judgeAddresses } from '../network/address-check.ts';
import { addressUse, inRange } from '../network/allocate.ts';
import { readInterfaces } from '../network/interfaces.ts';
import { askForServers, judge } from '../network/network-check.ts';
import { compareNames } from '../plan/names.ts';
import type { Store } from '../store/store.ts';
import { type Context, type Handlers, notFound, orRefuse } from './context.ts';

/** As its barclamp is told. */
async function dhcpMode(store: Store): Promise<'own' | 'proxy'> {
  const { committed } = (await store.get('proposal', `${SYSTEM}.provisioner`)) ?? {};
  return committed?.attributes.mode === 'proxy' ? 'proxy' : 'own';
}

/** Another one may have been served at an earlier start. */
function servedAs({ served }: Context, name: string): { network: Network; namespace: NonNullable<ReturnType<Context['served']>>['namespace'] } {
  const now = served();
  if (now?.network.name === name) return now;
  throw new ProblemError(
    problem(
      `No machines are served in the network ${name} now.`,
      { pointer: `/networks/${name}` },
      'Start the virtual rack, or Prybar with --interface and the interface that machines are connected to.',
    ),
    409,
  );
}

const PATIENT_MS = 15_000;

/** Every address of a network, and what is wrong with who answers; it is kept. */
export async function askAll({ store, leases, askAddresses, now }: Context, name: string, by: string): Promise<AddressCheck> {
  const network = await store.get('network', name);
  if (!network) throw notFound(`There is no network ${name}.`, 'See: prybar network list');
  const given = await store.claims(`address in ${network.name}`);
  const known = (await leases()) ?? [];
  const addresses = addressesOf(network, [...given.keys(), ...known.map(({ address }) => address).filter((address) => inRange(network, address))]);
  const answers = orRefuse(await askAddresses(network, addresses), 409);
  const check: AddressCheck = {
    network: network.name,
    ...{ at: now(), by, asked: addresses.length },
    answers: [...answers].map(([address, mac]) => ({ address, mac })),
    problems: judgeAddresses(network, answers, { given, nodes: await store.list('node'), leases: known }),
  };
  await store.put('addressCheck', network.name, check, 'any');
  return check;
}

/** Which DHCP servers answer in a network, and what is wrong with that; it is kept. */
export async function askForDhcp(context: Context, name: string, by: string): Promise<NetworkCheck> {
  const { store, now } = context;
  if (!(await store.get('network', name))) throw notFound(`There is no network ${name}.`, 'See: prybar network list');
  const { network, namespace } = servedAs(context, name);
  const quick = orRefuse(await askForServers(network, namespace));
  const ownAnswered = quick.some(({ server }) => server === network.adminAddress);
  // While machines boot our own server is busy looking whether their addresses are free, and answers one after the other.
  const offers = ownAnswered ? quick : orRefuse(await askForServers(network, namespace, PATIENT_MS));
  const check: NetworkCheck = { network: network.name, at: now(), by, offers, problems: judge(network, await dhcpMode(store), offers) };
  await store.put('networkCheck', network.name, check, 'any');
  return check;
}

export const networks = {
  'GET /networks': async ({ store, served }) => {
    const dhcp = await dhcpMode(store);
    return Promise.all(
      (await store.list('network')).map(async (network) => {
        const { size, taken, kept } = await addressUse(store, network);
        const check = await store.get('networkCheck', network.name);
        const addressCheck = await store.get('addressCheck', network.name);
        const free = size - taken - kept.length;
        const now = served()?.network.name === network.name;
        return { ...network, size, taken, kept, free, served: now, dhcp, ...(check && { check }), ...(addressCheck && { addressCheck }) };
      }),
    );
  },

  'GET /interfaces': async ({ ownNetwork, served }) => {
    const now = served()?.network;
    const all = orRefuse(await readInterfaces(ownNetwork), 500);
    return all.map((one) => ({ ...one, served: now !== undefined && now.namespace === undefined && now.interface === one.name }));
  },

  'GET /leases': async ({ store, leases }) => {
    const found = await leases();
    const owners = new Map<string, { node: { id: string; name: string }; bmc?: true }>();
    for (const { id, name, macs, inventory } of found ? await store.list('node') : []) {
      const node = { id, name };
      if (inventory?.bmc?.mac) owners.set(inventory.bmc.mac.toLowerCase(), { node, bmc: true });
      for (const mac of [...macs, ...(inventory?.nics ?? []).map((nic) => nic.mac)]) owners.set(mac.toLowerCase(), { node });
    }
    return {
      served: found !== undefined,
      leases: (found ?? []).toSorted((a, b) => compareNames(a.address, b.address)).map((lease) => ({ ...lease, ...owners.get(lease.mac) })),
    };
  },

  'POST /networks/:name/addresses': async (context, { params, principal }) => askAll(context, params.name, principal.user),
  'POST /networks/:name/check': async (context, { params, principal }) => askForDhcp(context, params.name, principal.user),
} satisfies Partial<Handlers>;
