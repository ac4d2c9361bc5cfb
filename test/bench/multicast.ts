// An image for three machines, fetched by each alone and received by all together: bytes that the admin node sends, and the seconds until the last
// has written it. Network namespaces on one switch, with a real udp-sender and the program that os-install ships.

import { randomBytes } from 'node:crypto';
import { openImageSite } from '../image-site.ts';
import { networkLacks } from '../switched-network.ts';
import type { Bench } from './main.ts';

const MEGABYTES = 128;
const MACHINES = 3;
// What a small machine sends without losing much of it.
const RATE = 200;

export const multicast: Bench = async ({ progress }) => {
  const lacks = networkLacks();
  if (lacks) return { figures: {}, ratios: {}, notes: [`skipped: ${lacks}`] };
  const site = await openImageSite(MACHINES, randomBytes(MEGABYTES << 20), RATE);
  const { network, image, rawDigest } = site;
  const measure = async (options: Parameters<typeof site.write>[1]): Promise<{ bytes: number; seconds: number }> => {
    const before = network.bytes(network.admin.namespace).sent;
    const begun = performance.now();
    const all = await Promise.all(network.machines.map((_, machine) => site.write(machine, options)));
    for (const writing of all) {
      const status = await writing.ended;
      if (status !== 0 || (options?.multicast && writing.log().includes('alone'))) throw new Error(writing.log());
    }
    const seconds = (performance.now() - begun) / 1000;
    for (const writing of all) if ((await writing.digest()) !== rawDigest) throw new Error('it arrived changed');
    return { bytes: network.bytes(network.admin.namespace).sent - before, seconds };
  };
  try {
    progress('each alone');
    const alone = await measure({});
    progress('all together');
    const together = await measure({ multicast: { seconds: 60, machines: MACHINES } });
    return {
      figures: {
        'MB of the image': image.bytes / 1e6,
        'MB sent, each alone': alone.bytes / 1e6,
        'MB sent, together': together.bytes / 1e6,
        'seconds, each alone': alone.seconds,
        'seconds, together': together.seconds,
      },
      ratios: { 'together/image': together.bytes / image.bytes, 'alone/together': alone.bytes / together.bytes },
    };
  } finally {
    await site.close();
  }
};
