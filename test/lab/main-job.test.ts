// The main job on blank machines: power-off → PXE → discovered → let in → converged on ntp; a second apply changes nothing; a machine that
// loses power in the middle comes back and converges; both are installed and converge again from their disks. Real DHCP, iPXE, kernels, IPMI and SSH, in a network namespace of the test's own.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { rackNamespace } from '../../core/lab/folder-tag.ts';
import { missingParts } from '../../core/lab/program.ts';
import { type Admin, startAdmin, until } from '../admin.ts';
import { skipWhere } from '../skip-where.ts';

const MACHINES = 2;
const DISCOVERED_MS = 8 * 60_000;
const CONVERGED_MS = 8 * 60_000;
// Two images of 750 MB unpacked by emulated processors at once, and two starts from disk.
const INSTALLED_MS = 15 * 60_000;

describe('the main job', function () {
  this.timeout(30 * 60_000);
  const state = mkdtempSync(path.join(tmpdir(), 'prybar-lab-'));
  let admin: Admin;

  before(async function () {
    const missing = process.getuid?.() === 0 ? await missingParts(['/usr/lib/ipxe/qemu/pxe-virtio.rom']) : [{ summary: 'the lab needs root' }];
    if (missing.length) {
      skipWhere(this, missing.map((p) => p.summary).join(' '));
    }
    admin = await startAdmin(['--machines', String(MACHINES), '--firmware', 'mixed'], state);
  });
  after(async () => {
    await admin?.stop();
    rmSync(state, { recursive: true, force: true });
  });

  const nodes = async () => (await admin.client.call('GET /nodes')).filter((node) => node.id !== 'admin');
  const status = () => admin.client.call('GET /status');
  const runs = (role: string) => admin.client.call('GET /runs', { query: { role } });
  /** For the message of a wait that ended in vain. */
  const story = (): string => [admin.story(), ...consoles()].join('\n');
  const consoles = (): string[] =>
    readdirSync(path.join(state, 'lab'))
      .filter((name) => name.startsWith('machine-'))
      .map((name) => {
        const log = path.join(state, 'lab', name, 'console.log');
        return `${name}: ${existsSync(log) ? readFileSync(log, 'utf8').slice(-400) : 'said nothing'}`;
      });

  it('discovers every machine, lets it in by rule and gives it a name and an address', async () => {
    await until(
      async () => {
        const found = await nodes();
        return found.length === MACHINES && found.every((node) => node.approved && node.contact === 'up');
      },
      DISCOVERED_MS,
      story,
      500,
    );
    const found = await nodes();
    assert.deepEqual(
      found.map((node) => node.name),
      ['n1', 'n2'],
    );
    assert.deepEqual(found.map((node) => node.serial).sort(), ['PRYBAR-LAB-1', 'PRYBAR-LAB-2']);
    for (const node of found) {
      assert.match(node.addresses.admin!, /^192\.168\.124\.\d+$/);
      assert.match(node.system!.hostKey!, /^ssh-ed25519 /);
      const inventory = node.inventory!;
      assert.equal(inventory.disks.length, 1);
      assert.match(inventory.disks[0]!.byId!, /^\/dev\/disk\/by-id\//);
      assert.equal(inventory.nics[0]!.lldp?.system, 'lab-switch');
      assert.equal(inventory.bmc?.address, node.bmc?.address, 'the machine and the operator name the same BMC');
    }
    assert.equal(new Set(found.map((node) => node.addresses.admin)).size, MACHINES);
    assert.deepEqual(found.map((node) => node.inventory!.firmware.kind).sort(), ['bios', 'uefi'], 'one machine of each kind');
  });

  it('asks the BMCs over IPMI what they are', async () => {
    for (const { name } of await nodes())
      assert.deepEqual(await admin.client.call('POST /nodes/:id/power', { params: { id: name }, body: { action: 'status' } }), { power: 'on' });
  });

  it('converges on the sample: one machine serves time and the other follows it', async () => {
    await until(async () => (await status()).converged, CONVERGED_MS, story, 500);
    const plan = await admin.client.call('GET /plan');
    assert.deepEqual(
      plan.nodeRoles
        .filter((v) => v.deployment === 'sample')
        .map((v) => v.role)
        .sort(),
      ['ntp-client', 'ntp-server'],
    );
    const server = (await runs('ntp-server'))[0]!;
    const address = (await nodes()).find((node) => node.id === server.nodeId)!.addresses.admin!;
    assert.deepEqual(server.outputs, { servers: [address] });
    // Not what we believe of it but what it says: the client's chrony follows the server.
    const client = plan.nodeRoles.find((v) => v.role === 'ntp-client')!;
    const sources = await onNode(client.nodeId, 'chronyc -n sources');
    assert.match(sources, new RegExp(`\\^\\* ${address.replaceAll('.', '\\.')}`));
    const log = await admin.client.call('GET /runs/:id/log', { params: { id: client.runId! } });
    assert(log.some(({ event }) => event.kind === 'end' && event.result === 'changed' && event.diff?.includes(`+server ${address} iburst`)));
  });

  it('changes nothing when it is applied again', async () => {
    const before = await admin.client.call('GET /plan');
    for (const { key } of before.nodeRoles) await admin.client.call('POST /node-roles/:key/retry', { params: { key } });
    await until(
      async () =>
        (await admin.client.call('GET /plan')).nodeRoles.every((v) => v.state === 'done' && v.runId! > before.nodeRoles.find((b) => b.key === v.key)!.runId!),
      CONVERGED_MS,
      story,
      500,
    );
    for (const { key } of before.nodeRoles) {
      const [again] = await admin.client.call('GET /runs', { query: { key } });
      assert.equal(
        again!.counts?.changed ?? 0,
        0,
        `${key} changed something on the second run: ${JSON.stringify(await admin.client.call('GET /runs/:id/log', { params: { id: again!.id } }))}`,
      );
    }
  });

  it('holds what a machine without power should do, and does it when the machine is back', async () => {
    const client = (await admin.client.call('GET /plan')).nodeRoles.find((v) => v.role === 'ntp-client')!;
    const before = (await admin.client.call('GET /nodes/:id', { params: { id: client.nodeId } })).system!.instance;
    await admin.client.call('POST /node-roles/:key/retry', { params: { key: client.key } });
    await until(async () => (await admin.client.call('GET /plan')).nodeRoles.find((v) => v.key === client.key)!.state === 'running', 30_000, story, 20);
    // The plug is pulled while the role is being applied.
    execFileSync('kill', ['-9', String(qemuOf((await nodes()).find((n) => n.id === client.nodeId)!.serial!))]);
    await until(
      async () => {
        const vertex = (await admin.client.call('GET /plan')).nodeRoles.find((v) => v.key === client.key)!;
        return vertex.state === 'held' && /no longer answers|is off/.test(vertex.whyNot[0]?.what ?? '');
      },
      120_000,
      story,
      500,
    );
    const server = (await admin.client.call('GET /plan')).nodeRoles.find((v) => v.role === 'ntp-server')!;
    assert.equal(server.state, 'done', 'the others are not held up');
    assert.deepEqual(await admin.client.call('POST /nodes/:id/power', { params: { id: client.nodeId }, body: { action: 'on' } }), { power: 'on' });
    await until(async () => (await status()).converged, DISCOVERED_MS + CONVERGED_MS, story, 500);
    const node = await admin.client.call('GET /nodes/:id', { params: { id: client.nodeId } });
    assert.notEqual(node.system!.instance, before);
    assert.match(await onNode(client.nodeId, 'chronyc -n sources'), /\^\* /);
  });

  it('puts an operating system on the disks of both, from which they start, and converges there', async () => {
    await admin.commit('sample', 'os-install', { attributes: { timeZone: 'Europe/Berlin' }, roles: { 'os-install': { count: 'all' } } });
    await until(
      async () => {
        const vertices = (await admin.client.call('GET /plan', { query: { role: 'os-install' } })).nodeRoles;
        const failed = vertices.find((vertex) => vertex.state === 'failed');
        assert(
          !failed,
          failed && `${failed.whyNot[0]?.what}\n${JSON.stringify(await admin.client.call('GET /runs/:id/log', { params: { id: failed.runId! } }))}`,
        );
        return (await nodes()).every((node) => node.system?.kind === 'installed') && (await status()).converged;
      },
      INSTALLED_MS,
      story,
      500,
    );
    for (const node of await nodes()) {
      const [root, name, zone, boot] = (
        await onNode(node.id, 'findmnt -no SOURCE,FSTYPE /; hostname; cat /etc/timezone; cat /proc/sys/kernel/random/boot_id')
      ).split('\n');
      assert.match(root!, /^\/dev\/vda3 +ext4$/);
      assert.deepEqual([name, zone], [node.name, 'Europe/Berlin']);
      assert.notEqual(boot, node.system!.instance, 'an installation is known by its own id, whichever time it has started');
      const [run] = await admin.client.call('GET /runs', { query: { role: 'os-install', node: node.id } });
      assert.match(String(run!.outputs!.disk), /^\/dev\/disk\/by-id\/virtio-LAB\d-DISK1$/);
    }
    const machineIds = await Promise.all((await nodes()).map((node) => onNode(node.id, 'cat /etc/machine-id')));
    assert.equal(new Set(machineIds).size, MACHINES, 'no two are twins');
    const client = (await admin.client.call('GET /plan')).nodeRoles.find((v) => v.role === 'ntp-client')!;
    assert.match(await onNode(client.nodeId, 'chronyc -n sources'), /\^\* /);
  });

  it('leaves nothing running behind', async () => {
    const own = await rackNamespace(path.join(state, 'lab'));
    assert.equal(await admin.stop(), 0);
    assert(!execFileSync('ip', ['netns', 'list'], { encoding: 'utf8' }).includes(own));
    assert.deepEqual(processesIn(state), []);
  });

  async function onNode(nodeId: string, command: string): Promise<string> {
    const node = await admin.client.call('GET /nodes/:id', { params: { id: nodeId } });
    return execFileSync(
      'ip',
      [
        'netns',
        'exec',
        await rackNamespace(path.join(state, 'lab')),
        'ssh',
        '-i',
        path.join(state, 'ssh-key'),
        '-o',
        'StrictHostKeyChecking=no',
        '-o',
        'UserKnownHostsFile=/dev/null',
        '-o',
        'LogLevel=ERROR',
        `root@${node.addresses.admin}`,
        command,
      ],
      { encoding: 'utf8' },
    );
  }

  function qemuOf(serial: string): number {
    const found = processes().find(({ command }) => command.includes('qemu-system') && command.includes(`serial=${serial},`) && command.includes(state));
    assert(found, `no QEMU of ${serial} runs`);
    return found.pid;
  }
});

function processes(): { pid: number; command: string }[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        return [{ pid: Number(name), command: readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ') }];
      } catch {
        return [];
      }
    });
}

const processesIn = (folder: string): string[] =>
  processes()
    .filter(({ pid, command }) => pid !== process.pid && command.includes(folder))
    .map(({ command }) => command);
