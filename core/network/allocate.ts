// Addresses for machines: one each per network, given out in a transaction, and kept for a machine that was forgotten
// until the range is otherwise used up.

import { Address4 } from 'ip-address';
import type { Network } from '../model/network.ts';
import { bad, type Checked, ok, problem } from '../model/problem.ts';
import type { Facility } from '../store/store.ts';

const scopeOf = (network: Network): string => `address in ${network.name}`;

/** The machine's address in the network: the one it has, else the preferred one, else the lowest free one. */
export async function allocateAddress(tx: Facility, network: Network, nodeId: string, preferred?: string): Promise<Checked<string>> {
  const taken = await tx.claims(scopeOf(network));
  for (const [address, owner] of taken) if (owner === nodeId) return ok(address);
  const address = preferred && inRange(network, preferred) && !taken.has(preferred) ? preferred : lowestFree(network, taken);
  if (address) {
    const claimed = await tx.claim(scopeOf(network), address, nodeId);
    return claimed.ok ? ok(address) : claimed;
  }
  const abandoned = await firstAbandoned(tx, taken);
  if (!abandoned) {
    return bad(
      problem(
        `The network ${network.name} has no free address: ${network.range.first} to ${network.range.last} are all in use.`,
        { node: nodeId },
        'Widen the range, or forget machines that are gone.',
      ),
    );
  }
  await tx.release(abandoned.owner, scopeOf(network));
  const claimed = await tx.claim(scopeOf(network), abandoned.address, nodeId);
  return claimed.ok ? ok(abandoned.address) : claimed;
}

/** How far the range of a network is used. */
export type AddressUse = {
  /** Addresses in the range. */
  size: number;
  /** That machines have. */
  taken: number;
  /** Of machines that were forgotten: theirs again should they come back, and others' when nothing else is left. */
  kept: string[];
};

export async function addressUse(tx: Pick<Facility, 'claims' | 'names'>, network: Network): Promise<AddressUse> {
  const known = new Set(await tx.names('node'));
  const inside = [...(await tx.claims(scopeOf(network)))].filter(([address]) => inRange(network, address));
  const kept = inside.filter(([, owner]) => !known.has(owner)).map(([address]) => address);
  return { size: Number(numberOf(network.range.last) - numberOf(network.range.first)) + 1, taken: inside.length - kept.length, kept };
}

async function firstAbandoned(tx: Facility, taken: Map<string, string>): Promise<{ address: string; owner: string } | undefined> {
  const known = new Set((await tx.list('node')).map((node) => node.id));
  for (const [address, owner] of taken) if (!known.has(owner)) return { address, owner };
  return undefined;
}

const numberOf = (address: string): bigint => new Address4(address).bigInt();

export function inRange(network: Network, address: string): boolean {
  if (!Address4.isValid(address)) return false;
  const number = numberOf(address);
  return number >= numberOf(network.range.first) && number <= numberOf(network.range.last);
}

function lowestFree(network: Network, taken: ReadonlyMap<string, string>): string | undefined {
  const last = numberOf(network.range.last);
  for (let number = numberOf(network.range.first); number <= last; number++) {
    const address = Address4.fromBigInt(number).address;
    if (!taken.has(address)) return address;
  }
  return undefined;
}

/** Problems of a network as an operator entered it. */
export function checkNetwork(network: Network): Checked<Network> {
  const where = { pointer: `/networks/${network.name}` };
  if (!Address4.isValid(network.cidr) || !network.cidr.includes('/'))
    return bad(problem(`${network.cidr} is not a network.`, where, 'Write it as 192.168.124.0/24.'));
  const subnet = new Address4(network.cidr);
  for (const [what, address] of [
    ['admin address', network.adminAddress],
    ['first address', network.range.first],
    ['last address', network.range.last],
    ['router', network.router],
  ] as const) {
    if (address === undefined) continue;
    if (!Address4.isValid(address) || !new Address4(address).isInSubnet(subnet))
      return bad(problem(`The ${what} ${address} is not in ${network.cidr}.`, where, 'Choose an address of this network.'));
  }
  if (numberOf(network.range.first) > numberOf(network.range.last)) return bad(problem('The range ends before it starts.', where, 'Exchange first and last.'));
  if (inRange(network, network.adminAddress))
    return bad(problem(`The admin's own address ${network.adminAddress} is inside the range for machines.`, where, 'Let the range start behind it.'));
  return ok(network);
}
