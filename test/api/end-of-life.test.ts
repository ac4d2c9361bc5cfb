// Machines that leave or are replaced, from outside the daemon. The machines themselves are facts only: nobody has to answer for what is
// looked at here. What happens on real ones: `npm run soak -- bare-to-ready`.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Node } from '../../core/model/node.ts';
import type { ProblemError } from '../../core/model/problem.ts';
import { openStore } from '../../core/store/store.ts';
import { type Admin, startAdmin, until } from '../admin.ts';

const GIB = 2 ** 30;

function machine(name: string, more: Partial<Node>, memory = 64): Node {
  const number = Number(name.slice(1));
  const mac = `52:54:00:00:00:0${number}`;
  return {
    id: `id-${name}`,
    name,
    remote: 'ssh',
    macs: [mac],
    serial: `SERIAL-${number}`,
    approved: true,
    pool: 'default',
    addresses: {},
    inventory: {
      cpu: { model: 'any', sockets: 1, cores: 4, threads: 8, architecture: 'x86_64' },
      memory: memory * GIB,
      disks: [
        { name: 'sda', byId: `/dev/disk/by-id/ata-${number}`, size: 100 * GIB, kind: 'ssd', removable: false },
        { name: 'sdb', size: 8 * GIB, kind: 'ssd', removable: true },
      ],
      nics: [{ name: 'eth0', mac, up: true }],
      firmware: { kind: 'uefi' },
    },
    discoveredAt: 0,
    contact: 'off',
    contactAt: 0,
    ...more,
  };
}
const live = (name: string) => ({ contact: 'up' as const, system: { kind: 'live' as const, instance: `boot of ${name}`, platform: 'debian-12' } });

describe('the end of a machine', function () {
  this.timeout(120_000);
  const state = mkdtempSync(path.join(tmpdir(), 'prybar-end-of-life-'));
  let admin: Admin;
  const refused = (what: Promise<unknown>, message: RegExp, status: number) =>
    assert.rejects(what, (error: ProblemError) => message.test(error.message) && error.status === status);

  before(async () => {
    const store = await openStore({ file: path.join(state, 'store/facts.db') });
    for (const node of [machine('n1', {}), machine('n2', {}), machine('n7', live('n7'), 8), machine('n8', live('n8')), machine('n9', { approved: false })]) {
      await store.claim('name', node.name, node.id);
      for (const mac of node.macs) await store.claim('mac', mac, node.id);
      await store.put('node', node.id, node, 'new');
    }
    await store.close();
    admin = await startAdmin(['--no-lab'], state);
  });
  after(async () => {
    await admin?.stop();
    rmSync(state, { recursive: true, force: true });
  });

  it('says beforehand what would be erased, and what would not', async () => {
    const { disks, left, cannotErase } = await admin.client.call('GET /nodes/:id/retirement', { params: { id: 'n1' } });
    assert.deepEqual([disks.map(({ disk }) => disk), left, cannotErase], [['/dev/disk/by-id/ata-1'], ['/dev/sdb'], undefined]);
  });

  it('is refused where the disks are others than those seen, and for those that cannot leave', async () => {
    const retire = (id: string, disks?: string[]) =>
      admin.client.call('POST /nodes/:id/retire', { params: { id }, body: { erase: true, ...(disks && { disks }) } });
    await refused(retire('n1', ['/dev/disk/by-id/ata-9']), /are others than those listed: \/dev\/disk\/by-id\/ata-1/, 409);
    await refused(retire('admin'), /cannot be retired/, 422);
    await refused(retire('n9'), /not approved/, 422);
    const unasked = admin.cli('node', 'retire', 'n1');
    assert.equal(unasked.status, 1);
    assert.match(unasked.stderr, /nobody is at a terminal[\s\S]*--yes/);
  });

  it('holds the erasing role until the machine is there, and can be called off', async () => {
    const told = admin.cli('node', 'retire', 'n1', '--yes');
    assert.equal(told.status, 0, told.stderr);
    const [wipe] = (await admin.client.call('GET /plan', { query: { role: 'disk-wipe' } })).nodeRoles;
    assert.deepEqual([wipe!.nodeName, wipe!.state], ['n1', 'held']);
    await refused(admin.client.call('POST /nodes/:id/retire', { params: { id: 'n1' }, body: { erase: false } }), /being retired already/, 409);
    assert.match(admin.cli('node', 'list').stdout, /n1 +retiring/);
    assert.equal(admin.cli('node', 'stay', 'n1').status, 0);
    assert.equal((await admin.client.call('GET /plan', { query: { role: 'disk-wipe' } })).nodeRoles.length, 0);
    await refused(admin.client.call('POST /nodes/:id/stay', { params: { id: 'n1' } }), /not being retired/, 409);
  });

  it('comes by itself where nothing is to be undone or erased', async () => {
    assert.equal(admin.cli('node', 'retire', 'n1', '--keep-disks', '--yes').status, 0);
    await until(
      async () => !(await admin.client.call('GET /nodes')).some(({ name }) => name === 'n1'),
      60_000,
      () => 'n1 is still there',
    );
    assert.deepEqual(await admin.client.call('GET /certificates'), []);
  });

  it('is the beginning of another: a spare of the same shape takes its place', async () => {
    const replace = (by: string, despite = false) => admin.client.call('POST /nodes/:id/replace', { params: { id: 'n2' }, body: { by, despite } });
    const spares = await admin.client.call('GET /nodes/:id/candidates', { params: { id: 'n2' } });
    assert.deepEqual(
      spares.map(({ name, lacks }) => [name, lacks]),
      [
        ['n8', []],
        ['n7', ['64 GiB of memory: it has 8 GiB']],
      ],
    );
    await refused(replace('n7'), /n7 lacks what n2 has: 64 GiB of memory/, 422);
    await refused(replace('n2'), /n2 cannot take its place/, 409);
    const { node, power } = await replace('n8');
    assert.deepEqual([node.id, node.name, node.serial, power], ['id-n2', 'n2', 'SERIAL-8', 'asked']);
    assert.equal((await admin.client.call('GET /nodes/:id', { params: { id: 'n2-replaced' } })).serial, 'SERIAL-2');
  });
});
