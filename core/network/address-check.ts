// Who answers at which address: the kernel asks for each (ARP, RFC 826), and what it learns is held against who should be there. Of two machines with
// the same address one answers first: it is found when that is not the one that the address was given to.

import { execFile } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { Address4 } from 'ip-address';
import type { Lease } from '../model/lease.ts';
import type { Network } from '../model/network.ts';
import type { Node } from '../model/node.ts';
import { bad, type Checked, ok, problem, type Problem, warning } from '../model/problem.ts';
import type { Namespace } from './namespace.ts';

/** The kernel's table holds 1,024 neighbours (gc_thresh3 in arp(7)), others among them. */
const AT_ONCE = 256;
/** It asks three times, a second apart (mcast_solicit). */
const PATIENCE_MS = 3200;
const MOST = 4096;

/** The addresses of machines, then the others of the range, as many as can be asked in a minute. */
export function addressesOf({ range, adminAddress }: Network, known: Iterable<string>): string[] {
  const asked = new Set(known);
  const last = new Address4(range.last).bigInt();
  for (let number = new Address4(range.first).bigInt(); number <= last && asked.size < MOST; number++) asked.add(Address4.fromBigInt(number).address);
  asked.delete(adminAddress);
  return [...asked].slice(0, MOST);
}

/** address → MAC, of those that answer. A Problem where the network is not there. */
export async function askAddresses(
  network: Network,
  namespace: Pick<Namespace, 'command'>,
  addresses: readonly string[],
): Promise<Checked<Map<string, string>>> {
  const answers = new Map<string, string>();
  for (let from = 0; from < addresses.length; from += AT_ONCE) {
    const some = addresses.slice(from, from + AT_ONCE);
    const each = (line: (address: string) => string) => `${some.map(line).join('\n')}\n`;
    // Forgotten first: what was learnt a while ago is not asked for again. Most is not there, which is no fault.
    await ip(
      namespace,
      ['-force', '-batch', '-'],
      each((address) => `neigh del ${address} dev ${network.interface}`),
    );
    const begun = await ip(
      namespace,
      ['-force', '-batch', '-'],
      each((address) => `neigh replace ${address} dev ${network.interface} use`),
    );
    if (begun.complaint.includes('Cannot find device'))
      return bad(
        problem(
          `${network.interface}, through which ${network.name} is reached, is not there.`,
          { pointer: `/networks/${network.name}` },
          'Is the virtual rack started, or the admin node with --interface?',
        ),
      );
    await sleep(PATIENCE_MS);
    const wanted = new Set(some);
    for (const { dst, lladdr } of JSON.parse((await ip(namespace, ['-json', 'neigh', 'show', 'dev', network.interface])).said || '[]') as Neighbour[])
      if (lladdr && wanted.has(dst)) answers.set(dst, lladdr.toLowerCase());
  }
  return ok(answers);
}

type Neighbour = { dst: string; lladdr?: string };

function ip(namespace: Pick<Namespace, 'command'>, words: string[], input?: string): Promise<{ said: string; complaint: string }> {
  const [program, ...args] = namespace.command(['ip', ...words]);
  return new Promise((resolve) => {
    const child = execFile(program!, args, { maxBuffer: 16 * 1024 * 1024 }, (_error, said, complaint) => resolve({ said, complaint }));
    child.stdin?.on('error', () => {});
    child.stdin?.end(input ?? '');
  });
}

type Known = {
  /** Address → id of the machine that it was given to. */
  given: ReadonlyMap<string, string>;
  nodes: readonly Pick<Node, 'id' | 'name' | 'macs' | 'contact' | 'inventory'>[];
  leases: readonly Lease[];
};

/** What is not as it was given out. */
export function judgeAddresses(network: Network, answers: ReadonlyMap<string, string>, { given, nodes, leases }: Known): Problem[] {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const byMac = new Map(nodes.flatMap((node) => macsOf(node).map((mac) => [mac, node] as const)));
  const leased = new Map(leases.map((lease) => [lease.address, lease.mac]));
  const who = (mac: string): string => (byMac.has(mac) ? `${byMac.get(mac)!.name} (${mac})` : `${mac}, which no machine here has`);
  const where = (node?: { name: string }) => ({ pointer: `/networks/${network.name}`, ...(node && { node: node.name }) });
  const found: Problem[] = [];
  for (const [address, mac] of answers) {
    const owner = byId.get(given.get(address) ?? '');
    if (owner && !macsOf(owner).includes(mac))
      found.push(
        problem(
          `${address} was given to ${owner.name}, and ${who(mac)}${byMac.has(mac) ? '' : ','} answers there.`,
          where(owner),
          'Two machines use one address, or another one sits on it: find that MAC in the tables of the switches, and give it another address.',
        ),
      );
    else if (!owner && byMac.has(mac) && [...given.values()].includes(byMac.get(mac)!.id))
      found.push(
        warning(
          `${byMac.get(mac)!.name} answers at ${address}, which is not the address that it was given.`,
          where(byMac.get(mac)),
          'It asks again when its lease is half over, at the latest when it starts anew.',
        ),
      );
    else if (!owner && !byMac.has(mac) && leased.get(address) !== mac)
      found.push(
        warning(
          `${who(mac)[0]!.toUpperCase()}${who(mac).slice(1)}, answers at ${address}, which it was not given.`,
          where(),
          'It was set up by hand: the next machine may be given the same address. Give it one outside of the range.',
        ),
      );
  }
  for (const [address, id] of given) {
    const node = byId.get(id);
    if (node?.contact === 'up' && !answers.has(address) && ![...answers.values()].some((mac) => macsOf(node).includes(mac)))
      found.push(
        warning(
          `${node.name} is up, and nobody answers at ${address}, which it was given.`,
          where(node),
          'Is its port in the right VLAN, and does its own network settings name another address?',
        ),
      );
  }
  return found;
}

const macsOf = ({ macs, inventory }: Pick<Node, 'macs' | 'inventory'>): string[] =>
  [...macs, ...(inventory?.nics ?? []).map(({ mac }) => mac), ...(inventory?.bmc?.mac ? [inventory.bmc.mac] : [])].map((mac) => mac.toLowerCase());
