// The networks of the site, how many addresses are left in each, who has leased one, and who answers at which. Whose they are is said with the machines.

import { addressesOf, judgeAddresses } from '../network/address-check.ts';
import { addressUse, inRange } from '../network/allocate.ts';
import { compareNames } from '../plan/names.ts';
import { type Handlers, notFound, orRefuse } from './context.ts';

export const networks = {
  'GET /networks': async ({ store }) =>
    Promise.all(
      (await store.list('network')).map(async (network) => {
        const { size, taken, kept } = await addressUse(store, network);
        return { ...network, size, taken, kept, free: size - taken - kept.length };
      }),
    ),

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

  'POST /networks/:name/addresses': async ({ store, leases, askAddresses, now }, { params }) => {
    const network = await store.get('network', params.name);
    if (!network) throw notFound(`There is no network ${params.name}.`, 'See: prybar network list');
    const given = await store.claims(`address in ${network.name}`);
    const known = (await leases()) ?? [];
    const addresses = addressesOf(network, [...given.keys(), ...known.map(({ address }) => address).filter((address) => inRange(network, address))]);
    const answers = orRefuse(await askAddresses(network, addresses), 409);
    return {
      network: network.name,
      at: now(),
      asked: addresses.length,
      answers: [...answers].map(([address, mac]) => ({ address, mac })),
      problems: judgeAddresses(network, answers, { given, nodes: await store.list('node'), leases: known }),
    };
  },
} satisfies Partial<Handlers>;
