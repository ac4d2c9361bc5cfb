// A small disk with a Linux on it, on a loop device; saved in Clonezilla's format, imported into a catalogue, and restored onto another loop device
// by the very programs that os-install ships. For the tests of the method `clonezilla`. Needs root.

import assert from 'node:assert/strict';
import { execFile, execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync, lstatSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import express from 'express';
import { imageRoute } from '../core/boot/image-route.ts';
import { IMAGES_AT_ONCE, openAdmission } from '../core/boot/streams.ts';
import { type Images, openImages } from '../core/images/images.ts';
import { type Imports, openImports } from '../core/images/imports.ts';
import type { Image } from '../core/model/image.ts';
import { openStore, type Store } from '../core/store/store.ts';

const programs = path.resolve(import.meta.dirname, '../barclamps/os-install/roles/os-install/files');
const installed = path.resolve(import.meta.dirname, '../iso-builder/os-image/files');

/** Why there can be none here; undefined when there can. */
export function diskLacks(...needed: string[]): string | undefined {
  if (process.getuid?.() !== 0) return 'loop devices need root';
  for (const program of ['partclone.restore', 'partclone.ext4', 'sfdisk', 'partx', 'mcopy', 'jq', 'curl', ...needed])
    if (spawnSync('sh', ['-c', `command -v ${program}`]).status !== 0) return `there is no ${program}`;
  const folder = mkdtempSync(path.join(tmpdir(), 'prybar-loop-'));
  try {
    const disk = attach(path.join(folder, 'disk'), 8);
    try {
      execFileSync('sfdisk', ['--quiet', disk], { input: 'label: gpt\n,,L\n', stdio: ['pipe', 'ignore', 'ignore'] });
      execFileSync('partx', ['--update', disk]);
      return existsSync(`${disk}p1`) ? undefined : 'loop devices have no partitions here';
    } finally {
      detach(disk);
    }
  } catch (error) {
    return (error as Error).message.trim().split('\n').at(-1);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const run = (program: string, ...args: string[]): string => execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();

function attach(file: string, mebibytes: number): string {
  if (!existsSync(file)) writeFileSync(file, '');
  truncateSync(file, mebibytes << 20);
  return run('losetup', '--find', '--show', '--partscan', file);
}

/** A file as a disk of this computer while it is used. Nothing is written to it. */
export async function withDevice<T>(file: string, use: (device: string) => Promise<T>): Promise<T> {
  const device = run('losetup', '--find', '--show', '--read-only', file);
  try {
    run('partx', '--update', device);
    return await use(device);
  } finally {
    run('partx', '--delete', device);
    detach(device);
  }
}

/** By Clonezilla's own program, into a folder of this name; `options` as it has them. Without questions, and without looking at the rest of this computer longer than it must. */
export async function saveByClonezilla(device: string, home: string, name: string, ...options: string[]): Promise<string> {
  const usual = ['-b', '-nogui', '-q2', '-sfsck', '-senc', '-sc', '-scpt', '-p', 'true'];
  // It leaves programs behind that hold the disk; they end with the first of their namespace.
  const closed = ['--fork', '--pid', '--kill-child', '--mount', '--mount-proc'];
  const words = [...closed, 'ocs-sr', '-or', home, ...usual, ...options, 'savedisk', name, path.basename(device)];
  const saving = promisify(execFile)('unshare', words, { env: { ...process.env, TERM: 'xterm' }, maxBuffer: 1 << 26 });
  saving.child.stdin!.end();
  await saving;
  return path.join(home, name);
}

const detach = (disk: string): void => void spawnSync('losetup', ['--detach', disk]);

/** What a file system holds, to be compared: each file with its mode, owner, links and content. */
export const listing = (folder: string): string =>
  run('sh', '-c', `cd ${folder} && find . -printf '%P %M %U:%G %n %l\\n' | grep -v '^lost+found' | sort; find . -type f -exec sha256sum {} + | sort`);

export class SavedDisk {
  readonly folder = mkdtempSync(path.join(tmpdir(), 'prybar-clonezilla-'));
  private readonly disks: string[] = [];
  private store!: Store;
  private server!: Server;
  images!: Images;
  imports!: Imports;
  /** What was on the source's root. */
  content = '';
  swapUuid = '';

  readonly at = (name: string): string => path.join(this.folder, name);
  disk(name: string, mebibytes: number): string {
    const disk = attach(this.at(name), mebibytes);
    this.disks.push(disk);
    return disk;
  }

  async open(): Promise<void> {
    this.store = await openStore({ file: this.at('facts.db') });
    const signal = new AbortController().signal;
    this.images = openImages({
      store: this.store,
      build: () => Promise.reject(new Error('nothing is built here')),
      discard: () => {},
      sign: async () => ({ publicKey: '', signature: '' }),
      now: Date.now,
    });
    this.imports = openImports({ images: this.images, show: (_, work) => work(() => {}), kept: this.at('kept'), now: Date.now, signal });
    const app = express();
    const admission = openAdmission({ atOnce: IMAGES_AT_ONCE, now: Date.now });
    app.get('/boot/images/:digest', imageRoute({ store: this.store, admission, addressOf: () => 'machine' }));
    this.server = createServer(app);
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
  }

  async close(): Promise<void> {
    for (const disk of this.disks) detach(disk);
    if (this.server) {
      this.server.closeAllConnections();
      await new Promise((resolve) => this.server.close(resolve));
    }
    await this.store?.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** GPT: what BIOS starts, what UEFI starts, swap, and a root with a system that could report. */
  makeSource(): string {
    const disk = this.disk('source', 160);
    const table = 'label: gpt\n,1M,21686148-6449-6E6F-744E-656564454649\n,34M,U\n,16M,S\n,80M,L\n';
    execFileSync('sfdisk', ['--quiet', disk], { input: table, stdio: ['pipe', 'ignore', 'ignore'] });
    run('partx', '--update', disk);
    run('dd', 'if=/dev/urandom', `of=${disk}p1`, 'bs=64k', 'count=1', 'status=none');
    // What starts a BIOS.
    run('dd', 'if=/dev/urandom', `of=${disk}`, 'bs=440', 'count=1', 'conv=notrunc', 'status=none');
    run('mkfs.vfat', '-n', 'ESP', `${disk}p2`);
    run('mmd', '-i', `${disk}p2`, '::EFI', '::EFI/debian');
    writeFileSync(this.at('shim'), 'the loader');
    run('mcopy', '-i', `${disk}p2`, this.at('shim'), '::EFI/debian/shimx64.efi');
    run('mkswap', '--label', 'swapper', `${disk}p3`);
    this.swapUuid = run('blkid', '-p', '-s', 'UUID', '-o', 'value', `${disk}p3`);
    run('mkfs.ext4', '-q', '-L', 'root', `${disk}p4`);
    this.within(`${disk}p4`, (root) => {
      for (const folder of ['etc/ssh', 'etc/network', 'etc/systemd/system', 'root', 'usr/lib/systemd/system', 'usr/bin', 'usr/sbin', 'var/lib'])
        mkdirSync(path.join(root, folder), { recursive: true });
      for (const program of ['usr/lib/systemd/systemd', 'usr/bin/curl', 'usr/sbin/sshd'])
        writeFileSync(path.join(root, program), 'it is there', { mode: 0o755 });
      writeFileSync(path.join(root, 'usr/lib/systemd/system/systemd-networkd.service'), '[Install]\nWantedBy=multi-user.target\n');
      writeFileSync(path.join(root, 'etc/os-release'), 'ID=debian\nVERSION_ID="12"\n');
      writeFileSync(path.join(root, 'etc/fstab'), 'LABEL=root / ext4 defaults 0 1\n');
      writeFileSync(path.join(root, 'etc/hostname'), 'saved\n');
      writeFileSync(path.join(root, 'etc/machine-id'), `${'a'.repeat(32)}\n`);
      writeFileSync(path.join(root, 'etc/ssh/ssh_host_rsa_key'), 'of the machine that was saved', { mode: 0o600 });
      run('dd', 'if=/dev/urandom', `of=${path.join(root, 'data')}`, 'bs=1M', 'count=12', 'status=none');
      run('ln', path.join(root, 'data'), path.join(root, 'data-too'));
      symlinkSync('data', path.join(root, 'data-link'));
      this.content = listing(root);
    });
    return disk;
  }

  /** As `ocs-sr savedisk` would, with the same programs; file systems cut into parts of 4 MB. */
  saveByHand(disk: string, compression: 'gz' | 'zst', called = 'sda'): string {
    const folder = this.at('by-hand');
    mkdirSync(folder);
    const file = (name: string): string => path.join(folder, name);
    const name = (text: string): string => text.replaceAll(`${disk}p`, `/dev/${called}`).replaceAll(disk, `/dev/${called}`);
    const pack = compression === 'gz' ? 'gzip -c' : 'zstd -qc';
    const save = (what: string, to: string): void =>
      void execFileSync('bash', ['-o', 'pipefail', '-c', `${what} | ${pack} | split -a 2 -b 4000000 - ${file(to)}.`], { stdio: ['ignore', 'ignore', 'pipe'] });
    writeFileSync(file('disk'), `${called}\n`);
    writeFileSync(file('parts'), `${called}1 ${called}2 ${called}4\n`);
    writeFileSync(file(`${called}-pt.sf`), name(run('sfdisk', '--dump', disk)));
    run('dd', `if=${disk}`, `of=${file(`${called}-mbr`)}`, 'bs=512', 'count=1', 'status=none');
    writeFileSync(file(`swappt-${called}3.info`), `UUID="${this.swapUuid}"\nLABEL="swapper"\n`);
    const log = this.at('partclone.log');
    save(`partclone.dd -L ${log} -q -s ${disk}p1 -o -`, `${called}1.dd-ptcl-img.${compression}`);
    save(`partclone.vfat -L ${log} -q -c -s ${disk}p2 -o -`, `${called}2.vfat-ptcl-img.${compression}`);
    save(`partclone.ext4 -L ${log} -q -c -s ${disk}p4 -o -`, `${called}4.ext4-ptcl-img.${compression}`);
    return folder;
  }

  async import(folder: string): Promise<Image> {
    const begun = await this.imports.begin({ folder, name: 'golden', platform: 'debian-12', by: 'ann' });
    assert.ok(begun.ok, JSON.stringify(begun));
    await begun.value.finished;
    return (await this.store.list('image')).find(({ name }) => name === 'golden')!;
  }

  /** Runs what os-install runs, in a mount namespace where the discovery image's own files are; what it said. */
  restore(
    image: Image,
    disk: string,
    names: readonly string[] = ['restore', 'mount-restored', 'finish-restored'],
  ): Promise<{ status: number | null; said: string }> {
    const url = `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/boot/images/${image.digest}`;
    writeFileSync(this.at('pieces.json'), JSON.stringify(image.pieces));
    const layers = this.at('layers');
    const script = [
      'set -eu',
      `mkdir -p ${layers}`,
      `mount -t tmpfs tmpfs ${layers}`,
      `mkdir ${layers}/upper ${layers}/work`,
      `mount -t overlay overlay -o lowerdir=/usr/lib,upperdir=${layers}/upper,workdir=${layers}/work /usr/lib`,
      `mkdir -p /usr/lib/prybar/installed && cp -R ${installed}/usr ${installed}/etc /usr/lib/prybar/installed/`,
      'mount -t tmpfs tmpfs /run',
      // Where no udev runs, the kernel makes the devices by itself, and nobody is to be waited for.
      "command -v udevadm >/dev/null || { mkdir /run/bin && printf '#!/bin/sh\\n' >/run/bin/udevadm && chmod 755 /run/bin/udevadm; }",
      'PATH=$PATH:/run/bin',
      // Between these two the recipe writes who the machine is.
      ...names.flatMap((name) => [
        ...(name === 'finish-restored'
          ? ['echo n1 >/run/prybar-install/root/etc/hostname', ': >/run/prybar-install/root/etc/systemd/network/10-prybar.network']
          : []),
        `sh ${programs}/${name} ${name === 'restore' ? `${url} <${this.at('pieces.json')}` : ''}`,
      ]),
    ].join('\n');
    const child = spawn('unshare', ['--mount', 'sh', '-c', script], { env: { ...process.env, captured_disk: disk }, stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => void (said += text));
    return new Promise((resolve) => void child.once('close', (status) => resolve({ status, said })));
  }

  within<T>(device: string, look: (root: string) => T): T {
    const root = mkdtempSync(path.join(this.folder, 'mount-'));
    run('mount', device, root);
    try {
      return look(root);
    } finally {
      run('umount', root);
    }
  }
}

/** That the disk is the source, larger, and of its own machine. */
export function assertRestored(saved: SavedDisk, source: string, restored: string, said: string): void {
  const same = (partition: string): void => assert.equal(spawnSync('cmp', [`${source}${partition}`, `${restored}${partition}`]).status, 0, partition);
  same('p1');
  const start = (disk: string): string => execFileSync('sh', ['-c', `head -c 440 ${disk} | sha256sum`], { encoding: 'utf8' });
  assert.equal(start(restored), start(source), 'what starts a BIOS');
  assert.equal(execFileSync('mtype', ['-i', `${restored}p2`, '::EFI/debian/shimx64.efi'], { encoding: 'utf8' }), 'the loader');
  const tag = (partition: string, name: string): string =>
    execFileSync('blkid', ['-p', '-s', name, '-o', 'value', `${restored}${partition}`], { encoding: 'utf8' }).trim();
  assert.deepEqual([tag('p3', 'TYPE'), tag('p3', 'UUID'), tag('p3', 'LABEL')], ['swap', saved.swapUuid, 'swapper']);
  const ids = (disk: string): string[] => execFileSync('sfdisk', ['--dump', disk], { encoding: 'utf8' }).match(/(?:label-id: |uuid=)\S+/g)!;
  assert.deepEqual(ids(restored), ids(source));
  assert.match(said, /^partition 4 grown to /m);
  saved.within(`${restored}p4`, (root) => {
    const blocks = execFileSync('df', ['--output=size', '-BM', root], { encoding: 'utf8' });
    assert.ok(Number(/(\d+)M\s*$/.exec(blocks)![1]) > 150, blocks);
    const now = listing(root).split('\n');
    const gone = saved.content.split('\n').filter((line) => !now.includes(line));
    // The folders that something was added to or taken from, and what the machine itself is.
    assert.deepEqual(
      gone.filter((line) => !/^etc(\/\S+)? d|^usr(\/\S+)? d| d|hostname|ssh_host_rsa_key/.test(line)),
      [],
    );
    for (const file of ['usr/lib/prybar/report', 'etc/systemd/system/multi-user.target.wants/systemd-networkd.service', 'etc/network/interfaces'])
      assert.ok(lstatSync(path.join(root, file), { throwIfNoEntry: false }), file);
    assert.ok(!existsSync(path.join(root, 'etc/ssh/ssh_host_rsa_key')));
  });
  assert.doesNotMatch(execFileSync('sh', ['-c', `tail -c 8388608 ${restored} | head -c 17`], { encoding: 'latin1' }), /prybar-installing/);
}
