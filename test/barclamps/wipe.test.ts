// The scripts of the barclamp wipe on real block devices: files behind loop devices. A drive that does not do what it was told is played by a
// program that does nothing or something else. A drive's own erase needs such a drive; nothing here tries it.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { skipWhere } from '../skip-where.ts';

const scripts = path.resolve(import.meta.dirname, '../../barclamps/wipe/roles/disk-wipe/files');
const MIB = 1024 * 1024;
const SIZE = 24 * MIB;

describe('wiping', () => {
  let folder: string;
  let image: string;
  let device = '';
  const report = () => path.join('/run/prybar-wipe', `${path.basename(device)}.json`);
  const run = (program: string, ...args: string[]) =>
    spawnSync(program, args, { encoding: 'utf8', env: { ...process.env, PATH: `${folder}/bin:${process.env.PATH}` } });
  const script = (name: string, ...args: string[]) => run(path.join(scripts, name), ...args);
  const standIn = (name: string, text: string) => {
    const file = path.join(folder, 'bin', name);
    run('mkdir', '-p', path.dirname(file));
    writeFileSync(file, `#!/bin/sh\n${text}\n`);
    chmodSync(file, 0o755);
  };

  before(function () {
    if (process.getuid?.() !== 0) return void this.skip();
    folder = mkdtempSync(path.join(tmpdir(), 'prybar-wipe-'));
    image = path.join(folder, 'disk');
    writeFileSync(image, '');
    truncateSync(image, SIZE);
    const made = run('losetup', '--find', '--show', image);
    if (made.status !== 0) {
      return skipWhere(this, `no loop devices here: ${made.stderr.trim()}`);
    }
    device = made.stdout.trim();
  });

  after(() => {
    if (device) run('losetup', '--detach', device);
    if (device) rmSync(report(), { force: true });
    if (folder) rmSync(folder, { recursive: true, force: true });
  });

  beforeEach(() => {
    rmSync(report(), { force: true });
    rmSync(path.join(folder, 'bin'), { recursive: true, force: true });
    // Something everywhere, so that whatever is left is seen.
    const filled = run('sh', '-c', `yes prybar | head -c ${SIZE} >${device} && blockdev --flushbufs ${device}`);
    assert.equal(filled.status, 0, filled.stderr);
  });

  it('says what will be erased, and refuses a machine that has other disks than listed', () => {
    const listed = script('see-disks', 'leave', device);
    assert.equal(listed.status, 0, listed.stderr);
    assert.match(listed.stdout, new RegExp(`^erased +${device} +24M`, 'm'));
    const missing = script('see-disks', 'leave', device, '/dev/disk/by-id/gone');
    assert.equal(missing.status, 1);
    assert.match(missing.stderr, /\/dev\/disk\/by-id\/gone was listed and is not there/);
    const others = run('sh', '-c', "lsblk -rdno TYPE,RM | grep -c '^disk 0'").stdout.trim();
    if (others === '0') return;
    const unlisted = script('see-disks', 'refuse', device);
    assert.equal(unlisted.status, 1);
    assert.match(unlisted.stderr, /has a disk that was not listed: .*Nothing was erased/);
  });

  it('refuses a disk that is in use', () => {
    const mounted = path.join(folder, 'mounted');
    assert.equal(run('sh', '-c', `mkdir -p ${mounted} && mkfs.ext4 -q -F ${device} && mount ${device} ${mounted}`).status, 0);
    try {
      const refused = script('see-disks', 'leave', device);
      assert.equal(refused.status, 1);
      assert.match(refused.stderr, /is in use: .* at .*mounted/);
    } finally {
      run('umount', mounted);
    }
  });

  it('writes zeros over every byte, reads samples again, and does it once', () => {
    const wiped = script('wipe', 'own', '16', device);
    assert.equal(wiped.status, 0, wiped.stderr);
    assert.match(wiped.stdout, /^erased by zeros over everything in \d+ s$/m);
    assert(readFileSync(device).every((byte) => byte === 0));
    const { bytes, how, samples } = JSON.parse(readFileSync(report(), 'utf8')) as { bytes: number; how: string; samples: Record<string, number> };
    assert.deepEqual(
      { bytes, how, kept: samples.kept, all: samples.read === samples.zeros },
      { bytes: SIZE, how: 'zeros over everything', kept: 0, all: true },
    );
    const again = script('wipe', 'own', '16', device);
    assert.deepEqual([again.status, again.stdout], [0, '']);
  });

  it('fails, and certifies nothing, when the disk still reads as before', () => {
    standIn('blkdiscard', 'exit 0');
    const kept = script('wipe', 'own', '16', device);
    assert.equal(kept.status, 1);
    assert.match(kept.stderr, /still holds what it held, at \d+ of \d+ places that were read; the first is at byte 0/);
    assert(!existsSync(report()));
  });

  it('fails when zeros were written and something else is read', () => {
    standIn('blkdiscard', `for last; do :; done; yes other | head -c ${SIZE} >"$last"`);
    const other = script('wipe', 'own', '16', device);
    assert.equal(other.status, 1);
    assert.match(other.stderr, /does not read as zeros/);
  });

  it('puts all disks of a machine into one document', () => {
    assert.equal(script('wipe', 'zeros', '4', device).status, 0);
    const { status, stdout } = script('certify', 'n1');
    assert.equal(status, 0);
    const { machine, erased } = JSON.parse(stdout) as { machine: { name: string }; erased: { disk: string }[] };
    assert.deepEqual([machine.name, erased.map(({ disk }) => disk).includes(device)], ['n1', true]);
  });
});
