// Which addresses the admin node's DHCP server has leased, as it writes them down itself.

import { readFile } from 'node:fs/promises';
import type { Lease } from '../model/lease.ts';

/** A line a lease: when it ends (Unix seconds, 0 for never), MAC, address, name or `*`, client id (dnsmasq(8), --dhcp-leasefile). */
export function leasesIn(text: string): Lease[] {
  return text.split('\n').flatMap((line) => {
    const [ends, mac, address, name] = line.split(' ');
    // Of IPv6 it tells its own identity, too.
    if (!/^\d+$/.test(ends ?? '') || !/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/i.test(mac ?? '') || !address) return [];
    const lease: Lease = { address, mac: mac!.toLowerCase(), ...(name && name !== '*' && { hostname: name }) };
    return [ends === '0' ? lease : { ...lease, expiresAt: Number(ends) * 1000 }];
  });
}

/** Undefined where it gives out none: it never ran, or only adds what to boot to another server's answers. */
export async function readLeases(file: string): Promise<Lease[] | undefined> {
  try {
    return leasesIn(await readFile(file, 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
