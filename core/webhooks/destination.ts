// Where what is told may go. The admin node reaches what nobody else does: itself, the machines and their BMCs, the metadata service of a
// cloud it may run in. Whoever may enter an address must not be able to have it ask there. What counts is the address that is connected to,
// not what a name says when it is entered.

import { lookup as resolve } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { bad, type Checked, ok, problem, type Problem } from '../model/problem.ts';

export type Destinations = {
  /** Why nothing may go to this address; undefined when it may. */
  refused(address: string): Problem | undefined;
};

const never: readonly [string, number, 'ipv4' | 'ipv6', string][] = [
  ['0.0.0.0', 8, 'ipv4', 'nobody'],
  ['127.0.0.0', 8, 'ipv4', 'the admin node itself'],
  ['169.254.0.0', 16, 'ipv4', 'what is on the same cable'],
  ['224.0.0.0', 3, 'ipv4', 'everybody'],
  ['::', 127, 'ipv6', 'the admin node itself'],
  // Addresses of IPv4 in other words (RFC 6052, RFC 3056).
  ['64:ff9b::', 96, 'ipv6', 'a translated address'],
  ['2002::', 16, 'ipv6', 'a translated address'],
  ['fe80::', 10, 'ipv6', 'what is on the same cable'],
  ['ff00::', 8, 'ipv6', 'everybody'],
];

/** `allowed` are CIDR blocks that may be reached all the same; `networks` those that machines are in. */
export function openDestinations(allowed: readonly string[], networks: () => readonly { name: string; cidr: string }[]): Destinations {
  const exceptions = listOf(allowed);
  const refusals = never.map(([address, prefix, family, what]) => {
    const list = new BlockList();
    list.addSubnet(address, prefix, family);
    return { list, what };
  });
  return {
    refused(given) {
      const address = plain(given);
      const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
      if (exceptions.check(address, family)) return undefined;
      const what =
        refusals.find(({ list }) => list.check(address, family))?.what ??
        networks()
          .filter(({ cidr }) => listOf([cidr]).check(address, family))
          .map(({ name }) => `the network ${name}, where machines are`)[0];
      return what === undefined
        ? undefined
        : problem(`${address} is an address of ${what}: nothing is told there.`, undefined, 'If that is meant, name it in the setting webhooksTo.');
    },
  };
}

/** `::ffff:10.0.0.1` is 10.0.0.1 (RFC 4291, 2.5.5.2), however it is written. */
function plain(address: string): string {
  const mapped = /^::ffff:(.+)$/i.exec(address)?.[1];
  if (!mapped) return address;
  if (isIP(mapped) === 4) return mapped;
  const [high = 0, low = 0] = mapped.split(':').map((part) => Number.parseInt(part, 16));
  return [high >> 8, high & 255, low >> 8, low & 255].join('.');
}

function listOf(blocks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const block of blocks) {
    const [address, prefix] = block.split('/') as [string, string?];
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    list.addSubnet(address, Number(prefix ?? (family === 'ipv6' ? 128 : 32)), family);
  }
  return list;
}

export function checkBlocks(text: string): Checked<string[]> {
  const blocks = text.split(/[\s,]+/).filter(Boolean);
  const wrong = blocks.filter((block) => {
    const [address, prefix, more] = block.split('/');
    const most = isIP(address ?? '') === 6 ? 128 : 32;
    return !isIP(address ?? '') || more !== undefined || (prefix !== undefined && !(/^\d{1,3}$/.test(prefix) && Number(prefix) <= most));
  });
  return wrong.length
    ? bad(...wrong.map((block) => problem(`${block} is no block of addresses.`, { pointer: '/webhooksTo' }, 'Write it as 192.168.1.0/24 or 192.168.1.7.')))
    : ok(blocks);
}

/** The URL, if something can be told there at all; what its name leads to is looked at with each attempt. */
export function checkUrl(text: string, destinations: Destinations): Checked<URL> {
  const url = URL.parse(text);
  const where = { pointer: '/url' };
  if (!url || (url.protocol !== 'http:' && url.protocol !== 'https:'))
    return bad(problem(`${text} is no address of a web server.`, where, 'Write it as https://host/path.'));
  if (url.username || url.password)
    return bad(problem('The address holds a password, which would be shown in lists.', where, 'What is told is signed: the receiver can know us by that.'));
  const host = hostOf(url);
  const refused = isIP(host) ? destinations.refused(host) : undefined;
  return refused ? bad({ ...refused, where }) : ok(url);
}

/** Without the brackets of IPv6. */
export const hostOf = (url: URL): string => url.hostname.replace(/^\[(.*)\]$/, '$1');

/** Looks names up as Node does, and refuses the addresses that nothing may go to. */
export const lookupWithin =
  (destinations: Destinations): LookupFunction =>
  (host, options, callback) =>
    resolve(host, { ...options, all: true }, (error, found) => {
      if (error) return callback(error, '');
      const refused = found.map(({ address }) => destinations.refused(address)).find((one) => one !== undefined);
      if (refused) return callback(new RefusedAddress(refused), '');
      if (options.all) return callback(null, found);
      callback(null, found[0]!.address, found[0]!.family);
    });

export class RefusedAddress extends Error {
  readonly problem: Problem;
  constructor(refused: Problem) {
    super(refused.summary);
    this.problem = refused;
  }
}
