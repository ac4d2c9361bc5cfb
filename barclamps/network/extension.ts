// What can be seen of networks before any machine has tried them: names that lead nowhere, and an admin network that is not the site's.

import type { Extension, Problem, ScopeNode } from 'prybar/extension';

type Conduit = { name: string; interfaces: string[]; pools: string[]; machines: string[] };
type Network = { name: string; cidr: string; conduit: string; addresses: Record<string, string> };

const fits = ({ pools, machines }: Conduit, { name, pool }: ScopeNode): boolean =>
  (!pools.length && !machines.length) || pools.includes(pool) || machines.includes(name);

export const extension: Extension = {
  validateProposal({ attributes }, site) {
    const { conduits, networks } = attributes as { conduits: Conduit[]; networks: Network[] };
    const machines = new Set(site.nodes.map(({ name }) => name));
    const names = [...new Set(conduits.map(({ name }) => name))];
    const found: Problem[] = [];
    const say = (severity: Problem['severity'], pointer: string, summary: string, next: string) => found.push({ severity, summary, where: { pointer }, next });

    for (const [index, conduit] of conduits.entries()) {
      for (const [nth, name] of conduit.machines.entries())
        if (!machines.has(name))
          say('warning', `/attributes/conduits/${index}/machines/${nth}`, `The conduit ${conduit.name} is for ${name}, which is no machine here.`, 'Correct the name.');
    }
    for (const [index, network] of networks.entries()) {
      const at = `/attributes/networks/${index}`;
      if (networks.findIndex(({ name }) => name === network.name) < index)
        say('error', `${at}/name`, `Two networks are called ${network.name}.`, 'Give one of them another name.');
      const own = site.networks[network.name];
      if (own && own.cidr !== network.cidr)
        say('error', `${at}/cidr`, `The site's network ${network.name} is ${own.cidr}, and here it is ${network.cidr}.`, `Write ${own.cidr}, or give it another name.`);
      for (const name of Object.keys(network.addresses))
        if (!machines.has(name)) say('warning', `${at}/addresses/${name}`, `${network.name} has an address for ${name}, which is no machine here.`, 'Correct the name.');

      const ways = conduits.filter(({ name }) => name === network.conduit);
      // Of a machine whose inventory is not known nothing can be said.
      const lost = (site.roleNodes.network ?? []).filter(
        (node) => node.nics.length > 0 && !node.nics.some(({ name }) => name === network.conduit) && !ways.some((way) => fits(way, node)),
      );
      if (!lost.length) continue;
      const next = `${names.length ? `Conduits are ${names.join(', ')}` : 'There are no conduits'}; interfaces of ${lost[0]!.name} are ${lost[0]!.nics.map(({ name }) => name).join(', ')}.`;
      if (ways.length)
        say('error', `${at}/conduit`, `No conduit called ${network.conduit} is for ${lost.map(({ name }) => name).join(', ')}.`, `Add one for it. ${next}`);
      else say('error', `${at}/conduit`, `${network.name} goes through ${network.conduit}, which is neither a conduit nor an interface.`, next);
    }
    return found;
  },
};
