// Transfers by multicast that somebody holds up, and that are broken off: one machine is too slow, the admin node stops in the middle. With a
// real udp-sender and the program that os-install ships, in network namespaces on one switch. Minutes: `npm run soak -- multicast`.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { until } from '../admin.ts';
import { type ImageSite, openImageSite, type Writing } from '../image-site.ts';
import { networkLacks } from '../switched-network.ts';
import { skipWhere } from '../skip-where.ts';

const together = { multicast: { seconds: 30, machines: 3 } };

describe('an image for several machines at once, held up or broken off', function () {
  this.timeout(180_000);
  let site: ImageSite;

  before(async function () {
    skipWhere(this, networkLacks());
    site = await openImageSite(3, randomBytes(24 << 20), 40);
  });
  after(() => site?.close());

  const whole = async (writing: Writing): Promise<void> => {
    assert.equal(await writing.ended, 0, writing.log());
    assert.equal(await writing.digest(), site.rawDigest, writing.log());
  };

  it('is fetched alone by a machine that keeps the others waiting', async () => {
    // It unpacks as slowly as a machine with a failing disk writes.
    const programs = path.join(site.folder, 'slow');
    mkdirSync(programs);
    writeFileSync(
      path.join(programs, 'zstd'),
      '#!/bin/sh\n[ -e "$0.alone" ] && exec /usr/bin/zstd "$@"\nwhile dd bs=20000 count=1 iflag=fullblock status=none | { IFS= read -r _; } ; do sleep 0.2; done\n',
    );
    chmodSync(path.join(programs, 'zstd'), 0o755);
    const all = await Promise.all([0, 1, 2].map((machine) => site.write(machine, machine === 2 ? { ...together, programs } : together)));
    await until(() => all[2]!.log().includes('it is slower than the others'), 90_000, all[2]!.log);
    writeFileSync(path.join(programs, 'zstd.alone'), '');
    await Promise.all(all.map(whole));
    assert.match(all[2]!.log(), /^multicast: fetched alone$/m);
    for (const writing of all.slice(0, 2)) assert.doesNotMatch(writing.log(), /alone/);
  });

  it('is fetched alone when the admin node stops in the middle, and nothing that it started is left', async () => {
    const all = await Promise.all([0, 1, 2].map((machine) => site.write(machine, together)));
    await until(() => /multicast: \d+ % sent/.test(all[0]!.log()), 60_000, all[0]!.log);
    await site.stopAdmin();
    const left = (): string => execFileSync('ip', ['netns', 'pids', site.network.admin.namespace], { encoding: 'utf8' }).trim();
    // The door that hands sockets out of the namespace stays.
    await until(() => left().split('\n').length === 1, 5000, left);
    await site.startAdmin();
    await Promise.all(all.map(whole));
    for (const writing of all) assert.match(writing.log(), /^multicast: fetched alone$/m);
  });
});
