// The interfaces of the admin node that machines could be connected to, as the kernel tells them now: so that whoever starts Prybar for the first
// time knows which one to serve, and which one is the way to everybody else.

import { execFile } from 'node:child_process';
import type { InterfaceAddress, NetworkInterface } from '../model/network.ts';
import { bad, type Checked, ok, problem } from '../model/problem.ts';
import type { Namespace } from './namespace.ts';

// As `ip -json` (iproute2) prints them; only what is used.
type Link = {
  ifname: string;
  flags: string[];
  address?: string;
  link_type: string;
  master?: string;
  linkinfo?: { info_kind?: string };
  addr_info?: { family: string; local: string; prefixlen: number; scope: string; dynamic?: boolean }[];
};
type Route = { dst: string; dev?: string };

export async function readInterfaces(namespace: Pick<Namespace, 'command'>): Promise<Checked<NetworkInterface[]>> {
  const [links, routes] = await Promise.all([ip<Link>(namespace, ['-details', '-json', 'address']), ip<Route>(namespace, ['-json', '-4', 'route'])]);
  if (!links.ok) return links;
  if (!routes.ok) return routes;
  const outward = new Set(routes.value.flatMap(({ dst, dev }) => (dst === 'default' && dev ? [dev] : [])));
  return ok(
    links.value
      .filter(mayBeServed)
      .map((link) => interfaceOf(link, outward.has(link.ifname)))
      // Network cards first; beyond that as the kernel found them.
      .sort((a, b) => Number(a.kind !== undefined) - Number(b.kind !== undefined)),
  );
}

/** Only Ethernet speaks DHCP with machines. What is a part of a bridge or a bond is served through that; `NOARP` are devices of traffic control. */
const mayBeServed = ({ link_type, flags, master }: Link): boolean => link_type === 'ether' && master === undefined && !flags.includes('NOARP');

function interfaceOf({ ifname, flags, address, linkinfo, addr_info = [] }: Link, outward: boolean): NetworkInterface {
  return {
    name: ifname,
    ...(linkinfo?.info_kind && { kind: linkinfo.info_kind }),
    state: !flags.includes('UP') ? 'off' : flags.includes('LOWER_UP') ? 'up' : 'unplugged',
    ...(address && { mac: address }),
    // IPv4 is what machines boot by here; an address that is leased has an end, and somebody else leased it.
    addresses: addr_info
      .filter(({ family, scope }) => family === 'inet' && scope === 'global')
      .map(({ local, prefixlen, dynamic }): InterfaceAddress => ({ address: local, prefix: prefixlen, leased: dynamic === true })),
    outward,
  };
}

/** Its lines, of which some are empty objects where nothing fits. */
function ip<T>(namespace: Pick<Namespace, 'command'>, args: string[]): Promise<Checked<T[]>> {
  const [program, ...rest] = namespace.command(['ip', ...args]);
  return new Promise((resolve) => {
    execFile(program!, rest, (error, out, complaint) => {
      if (error)
        return resolve(
          bad(
            problem(
              `The interfaces of the admin node cannot be read: ${complaint.trim() || error.message}.`,
              undefined,
              'Install the Debian package iproute2.',
            ),
          ),
        );
      resolve(ok((JSON.parse(out || '[]') as T[]).filter((entry) => Object.keys(entry as object).length > 0)));
    });
  });
}
