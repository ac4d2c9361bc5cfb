// The document the agent sends, made from facts as the programs print them; and the shell around it.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { lldpFrameOf } from './lldp-frame.fixture.ts';
import { skipWhere } from '../../test/skip-where.ts';

const files = path.join(import.meta.dirname, 'files/usr/lib/prybar');
const facts = {
  lsblk: '',
  byId: 'virtio-A\t../../vda\nvirtio-A-part1\t../../vda1\n',
  lscpu: 'not JSON',
  memory: 'MemTotal:  981464 kB\nActive: 1 kB\n',
  dmi: 'sys_vendor:Maker: Inc\n',
  dmiMemory: '',
  pci: '',
  bmcInfo: '',
  bmcLan: '',
  firmware: 'uefi\n',
  secureBoot: '   1\n',
  registers: '0:AB\n7:CD\n',
  eventLog: 'QUJD',
  links: '[]',
  addresses: '[]',
  ports: 'eno1\t52:54:00:00:00:01\t1000\t1\tup\t0000:00:02.0\te1000\t2\t5.10\neno2\t52:54:00:00:00:02\t-\t-\tdown\t-\tcdc_ether\t3\t-\n',
  hostKey: 'ssh-ed25519 AAAA root@unnamed\n',
  bootId: 'abc\n',
  osRelease: 'ID=debian\nVERSION_ID="12"\n',
  kernel: '6.1\n',
  uptime: '12.50 3.00\n',
};

describe('the inventory document', function () {
  this.timeout(120_000);
  let folder: string;
  before(async function () {
    try {
      execFileSync('jq', ['--version'], { stdio: 'ignore' });
    } catch {
      skipWhere(this, 'jq is not installed');
    }
    folder = await mkdtemp(path.join(tmpdir(), 'prybar-facts-'));
  });
  after(async () => folder && rm(folder, { recursive: true }));

  const document = async (changed: Partial<Record<keyof typeof facts | 'neighbours', string>> = {}): Promise<Record<string, unknown>> => {
    const all = { ...facts, neighbours: '', ...changed };
    for (const [name, text] of Object.entries(all)) await writeFile(path.join(folder, name), text);
    const named = Object.keys(all).flatMap((name) => ['--rawfile', name, path.join(folder, name)]);
    const out = execFileSync('jq', ['-n', '-f', path.join(files, 'inventory.jq'), ...named, '--arg', 'bootInterface', '01-52-54-00-AA-00-01'], {
      encoding: 'utf8',
    });
    return JSON.parse(out) as Record<string, unknown>;
  };

  it('holds every fact, null or empty where a program failed', async () => {
    const made = await document();
    assert.deepEqual(made.disks, []);
    assert.equal(made.cpu, null);
    assert.equal(made.bmc, null);
    assert.equal(made.secureBoot, true);
    assert.deepEqual(made.tpm, { registers: { 0: 'ab', 7: 'cd' }, log: 'QUJD' });
    const bare = await document({ secureBoot: '', registers: '', eventLog: '' });
    assert.deepEqual([bare.secureBoot, bare.tpm], [null, null]);
    assert.deepEqual(made.dmi, { sys_vendor: 'Maker: Inc' });
    assert.deepEqual(made.memory, { MemTotal: '981464 kB' });
    assert.deepEqual(made.os, { ID: 'debian', VERSION_ID: '12' });
    assert.equal(made.hostKey, 'ssh-ed25519 AAAA');
    assert.equal(made.bootInterface, '52:54:00:aa:00:01');
    assert.equal(made.uptime, 12.5);
    assert.deepEqual(made.diskIds, [
      { id: 'virtio-A', device: 'vda' },
      { id: 'virtio-A-part1', device: 'vda1' },
    ]);
    assert.deepEqual(made.ports, [
      { name: 'eno1', mac: '52:54:00:00:00:01', speed: 1000, carrier: true, state: 'up', pci: '0000:00:02.0', driver: 'e1000', index: 2, firmware: '5.10' },
      { name: 'eno2', mac: '52:54:00:00:00:02', speed: null, carrier: false, state: 'down', pci: null, driver: 'cdc_ether', index: 3, firmware: null },
    ]);
  });

  it('reads the neighbours that systemd-networkd heard', async () => {
    const frames = [lldpFrameOf('sw-a', 'swp1'), lldpFrameOf('sw-b', 'swp7')].flatMap((frame) => [
      frame.length & 255,
      frame.length >> 8,
      0,
      0,
      0,
      0,
      0,
      0,
      ...frame,
    ]);
    const made = await document({ neighbours: `eno1\t${frames.join(' ')} \n` });
    assert.deepEqual(
      (made.lldp as Record<string, string>[]).map(({ port, systemName, portId, chassisId }) => [port, systemName, portId, chassisId]),
      [
        ['eno1', 'sw-a', 'swp1', '02:00:00:00:00:01'],
        ['eno1', 'sw-b', 'swp7', '02:00:00:00:00:01'],
      ],
    );
  });

  it('has the shape of the captured example', async () => {
    const example = JSON.parse(await readFile(path.join(import.meta.dirname, 'inventory.example.json'), 'utf8')) as object;
    assert.deepEqual(Object.keys(await document()).sort(), Object.keys(example).sort());
  });

  it('is made by shell that shellcheck finds nothing in', function () {
    try {
      execFileSync('shellcheck', ['--version'], { stdio: 'ignore' });
    } catch {
      skipWhere(this, 'shellcheck is not installed');
    }
    const programs = ['agent', 'collect', 'identity', 'boot-parameters'].map((name) => path.join(files, name));
    // 1091: the file it sources is in the image. 2013: words of the command line are wanted. 2015: plain conditions.
    execFileSync('shellcheck', ['-s', 'sh', '-e', 'SC1091,SC2013,SC2015', ...programs, path.join(import.meta.dirname, 'initramfs/init')], { encoding: 'utf8' });
  });
});
