// Which of the admin node's interfaces machines are likely behind, what speaks against one, and how Prybar is told to serve it. Pure.

import type { InterfaceView } from '../../../core/api/contract.ts';

const states: Record<InterfaceView['state'], string> = { up: 'up', unplugged: 'no cable', off: 'switched off' };

// As the kernel calls them; what is not here is told in its word.
const words: Record<string, string> = { vlan: 'VLAN', veth: 'virtual cable', tun: 'tunnel' };

/** `up · bridge · 02:00:00:00:00:01 · 10.64.1.1/20, by a DHCP server · default route` */
export function wordsOf({ kind, state, mac, addresses, outward }: InterfaceView): string {
  const each = addresses.map(({ address, prefix, leased }) => `${address}/${prefix}${leased ? ', by a DHCP server' : ''}`);
  return [states[state], kind && (words[kind] ?? kind), mac, ...(each.length ? each : ['no address']), outward && 'default route'].filter(Boolean).join(' · ');
}

const leasedOn = ({ addresses }: InterfaceView): boolean => addresses.some(({ leased }) => leased);

/** A network card of its own, with something at the other end, and nobody else's; else the next best of those that could be. */
export function mostLikely(all: readonly InterfaceView[]): InterfaceView | undefined {
  const free = all.filter((one) => !one.outward && !leasedOn(one));
  const rank = ({ kind, state, addresses }: InterfaceView): number => (kind === undefined ? 0 : 4) + (state === 'up' ? 0 : 2) + (addresses.length ? 0 : 1);
  return free.toSorted((a, b) => rank(a) - rank(b))[0];
}

/** In a sentence; undefined where nothing is known to. */
export function objectionTo(one: InterfaceView): string | undefined {
  if (one.outward)
    return `The default route of this machine goes over ${one.name}: what is behind it is most likely everybody's network, and has a DHCP server.`;
  if (leasedOn(one)) return `A DHCP server answers on ${one.name} already: it gave this machine its address. Two of them would be in each other's way.`;
  if (one.state === 'off') return `${one.name} is switched off: ip link set ${one.name} up shows whether something is at its other end.`;
  if (one.state === 'unplugged') return `Nothing is at the other end of ${one.name}: connect it to the switch that the machines are at.`;
  return undefined;
}

/** Of the address in it, where that is not the usual network. */
function networkOf(address: string, prefix: number): string {
  const number = address.split('.').reduce((sum, octet) => sum * 256 + Number(octet), 0);
  const base = number - (number % 2 ** (32 - prefix));
  return `${[24, 16, 8, 0].map((shift) => Math.floor(base / 2 ** shift) % 256).join('.')}/${prefix}`;
}
const usual = '192.168.124.0/24';

/** The lines to type. */
export function howToServe(one: InterfaceView | undefined): string {
  const name = one?.name ?? 'eth1';
  const [has] = one?.addresses ?? [];
  if (!has) return `ip address add 192.168.124.1/24 dev ${name}\nnpm start -- --interface ${name}`;
  const network = networkOf(has.address, has.prefix);
  return `npm start -- --interface ${name}${network === usual ? '' : ` --network ${network}`}`;
}
