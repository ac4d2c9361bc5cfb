// One image for several machines at once: a real udp-sender in one network namespace, the program that os-install ships in three others, a
// switch between them that snoops IGMP. Each machine ends with the image, and says how it came by it. What takes minutes is in
// `npm run soak -- multicast`.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { readCases, renderCase } from '../../core/author/cases.ts';
import { foldersFor, openSubject, shippedFolder } from '../../core/author/subject.ts';
import { senderCommand } from '../../core/boot/udp-sender.ts';
import { until } from '../admin.ts';
import { type ImageSite, openImageSite, type Writing } from '../image-site.ts';
import { networkLacks } from '../switched-network.ts';
import { skipWhere } from '../skip-where.ts';

// Random, so that as much travels: about four seconds of it.
const MEGABYTES = 10;
const RATE = 20;
const together = { multicast: { seconds: 30, machines: 3 } };

describe('multicast', function () {
  this.timeout(120_000);

  it('is asked for, and sent, as the golden file says', () => {
    const { subject } = openSubject(path.join(shippedFolder, 'os-install'), foldersFor([path.join(shippedFolder, 'os-install')]));
    const cases = readCases(subject!).cases.filter(({ name }) => name === 'default' || name === 'multicast');
    const asked = cases.map((one) => {
      const { text } = renderCase(subject!, one).programs.find(({ part, mode }) => part === 'apply' && mode === 'apply')!;
      return [`── ${one.name}`, ...text.split('\n').filter((line) => /\b(MULTICAST|WITHIN|MACHINES)=/.test(line))];
    });
    const transfer = { file: '/state/disk.raw.zst', interface: 'eth1', address: '239.255.80.1', port: 9000, machines: 3, megabits: 800 };
    const text = `${[...asked.flat(), '── the sender', senderCommand(transfer).join(' ')].join('\n')}\n`;
    const file = path.join(import.meta.dirname, 'multicast.golden');
    if (process.env.UPDATE_GOLDEN || !existsSync(file)) writeFileSync(file, text);
    assert.equal(text, readFileSync(file, 'utf8'));
  });
});

describe('an image for several machines at once', function () {
  this.timeout(120_000);
  let site: ImageSite;

  before(async function () {
    skipWhere(this, networkLacks());
    site = await openImageSite(4, randomBytes(MEGABYTES << 20), RATE, 10);
  });
  after(() => site?.close());

  const whole = async (writing: Writing): Promise<void> => {
    assert.equal(await writing.ended, 0, writing.log());
    assert.equal(await writing.digest(), site.rawDigest, writing.log());
  };

  it('crosses the wire once, and does not reach who did not ask', async () => {
    const { network } = site;
    const before = [network.bytes(network.admin.namespace).sent, network.bytes(network.machines[3]!.namespace).received];
    const all = await Promise.all([0, 1, 2].map((machine) => site.write(machine, together)));
    for (const writing of all) {
      await whole(writing);
      assert.match(writing.log(), /^multicast: received from 239\.255\.80\.\d together with 2 others$/m);
      assert.doesNotMatch(writing.log(), /alone/);
    }
    const sent = network.bytes(network.admin.namespace).sent - before[0]!;
    assert.ok(sent > site.image.bytes && sent < site.image.bytes * 1.5, `${sent} bytes were sent for ${site.image.bytes}`);
    const strayed = network.bytes(network.machines[3]!.namespace).received - before[1]!;
    assert.ok(strayed < site.image.bytes / 20, `${strayed} bytes reached a machine that did not ask`);
    assert.deepEqual(site.multicast.sending(), []);
  });

  it('is fetched alone by a machine whose receiver dies, and nobody else is held up for long', async () => {
    const all = await Promise.all([0, 1, 2].map((machine) => site.write(machine, together)));
    await until(() => site.multicast.sending().some(({ bytes }) => bytes > site.image.bytes / 4), 60_000, all[0]!.log);
    const [, , pid] = receiversOf(all);
    process.kill(pid!, 'SIGKILL');
    await Promise.all(all.map(whole));
    const alone = all.filter((writing) => /^multicast: the image did not arrive whole: .*\nmulticast: fetched alone$/m.test(writing.log()));
    assert.deepEqual(alone, [all[2]]);
  });

  it('is fetched alone by one whom nobody joins', async () => {
    const lonely = await site.write(0, { multicast: { seconds: 1, machines: 0 } });
    await whole(lonely);
    assert.match(lonely.log(), /^multicast: 1 machines are here, 1 s left\nmulticast: no other machine has asked for it in time\nmulticast: fetched alone$/m);
  });
});

/** The receivers' processes, in the order of the machines. */
function receiversOf(all: Writing[]): number[] {
  return all.map(({ process: { pid } }) => {
    const group = execFileSync('ps', ['-eo', 'pid=,pgid=,comm='], { encoding: 'utf8' })
      .split('\n')
      .map((line) => line.trim().split(/\s+/));
    const [found] = group.find(([, pgid, name]) => Number(pgid) === pid && name === 'udp-receiver') ?? [];
    assert.ok(found, 'no receiver runs');
    return Number(found);
  });
}
