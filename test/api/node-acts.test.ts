// What people do to machines by name: rename, move, install, rescue. The machines themselves are facts only: nobody has to answer for what is
// looked at here. What happens on real ones: `npm run soak -- bare-to-ready`.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Node } from '../../core/model/node.ts';
import type { ProblemError } from '../../core/model/problem.ts';
import { openStore } from '../../core/store/store.ts';
import { type Admin, startAdmin } from '../admin.ts';

const blank = (name: string, more: Partial<Node> = {}): Node => ({
  id: `id-${name}`,
  name,
  remote: 'ssh',
  macs: [`52:54:00:00:01:0${name.at(-1)}`],
  approved: true,
  pool: 'default',
  addresses: {},
  discoveredAt: 0,
  contact: 'off',
  contactAt: 0,
  ...more,
});
const installation = { id: 'i1', deployment: 'web', role: 'os-install', fingerprint: 'old.a.b', platform: 'debian-12', hostKey: 'ssh-ed25519 AAAA', at: 5 };

describe('acts on a machine', function () {
  this.timeout(120_000);
  const state = mkdtempSync(path.join(tmpdir(), 'prybar-node-acts-'));
  let admin: Admin;
  const refused = (what: Promise<unknown>, message: RegExp, status: number) =>
    assert.rejects(what, (error: ProblemError) => message.test(error.message) && error.status === status);
  const install = (id: string, body: { deployment?: string; again?: boolean } = {}) => admin.client.call('POST /nodes/:id/install', { params: { id }, body });
  const wanted = async (id: string) => (await admin.client.call('GET /proposals')).find((p) => p.id === id);
  const ask = (id: string) => admin.client.call('GET /nodes/:id', { params: { id } });

  before(async () => {
    const store = await openStore({ file: path.join(state, 'store/facts.db') });
    const installed = { installation, system: { kind: 'installed' as const, instance: 'i1', platform: 'debian-12' } };
    for (const node of [blank('n1'), blank('n2', installed), blank('n3', { approved: false })]) {
      await store.claim('name', node.name, node.id);
      await store.put('node', node.id, node, 'new');
    }
    const body = { attributes: {}, roles: { 'os-install': ['n2'] } };
    await store.put('deployment', 'web', { name: 'web', summary: '', pools: ['default'] }, 'new');
    await store.put(
      'proposal',
      'web.os-install',
      { id: 'web.os-install', deployment: 'web', barclamp: 'os-install', draft: body, committed: body, commit: 1 },
      'new',
    );
    await store.appendCommit({ proposalId: 'web.os-install', commit: 1, body, note: '', at: 1 });
    // An image that is there: none is built for this.
    const image = { name: 'debian-12', version: '12-x', platform: 'debian-12', digest: 'a'.repeat(64), bytes: 1, rawBytes: 1, rawDigest: '', rootPartition: 1 };
    const made = { file: '/etc/hostname', signature: { publicKey: '', signature: '' }, sbom: '', createdAt: 1 };
    const provenance = { recipe: '', sources: [], packages: [], extraPackages: [] };
    await store.put('image', image.digest, { ...image, ...made, provenance }, 'new');
    await store.close();
    admin = await startAdmin(['--no-lab'], state);
  });
  after(async () => {
    await admin?.stop();
    rmSync(state, { recursive: true, force: true });
  });

  it('renames it, and the proposals that name it follow with a commit of their own', async () => {
    const told = admin.cli('node', 'rename', 'n2', 'db1');
    assert.equal(told.status, 0, told.stderr);
    const { committed, draft, commit } = (await wanted('web.os-install'))!;
    assert.deepEqual([committed, draft, commit], [{ attributes: {}, roles: { 'os-install': ['db1'] } }, committed, 2]);
    const [last] = await admin.client.call('GET /proposals/:id/commits', { params: { id: 'web.os-install' } });
    assert.equal(last!.note, 'n2 is called db1 now');
    await refused(admin.client.call('PATCH /nodes/:id', { params: { id: 'db1' }, body: { name: 'n1' } }), /already belongs to/, 409);
  });

  it('moves it into another pool, where others may take it', async () => {
    assert.equal(admin.cli('node', 'move', 'n1', 'spare').status, 0, 'nothing is lost');
    assert.equal((await ask('n1')).pool, 'spare');
    await refused(install('n1'), /No deployment takes n1/, 422);
    assert.equal(admin.cli('node', 'move', 'n1', 'default').status, 0);
    assert.equal(admin.cli('node', 'move', 'db1', 'spare').status, 0, 'who is named keeps its role');
    assert.equal(admin.cli('node', 'move', 'db1', 'default').status, 0);
  });

  it('gives it the role that installs, where one deployment does that', async () => {
    await refused(install('n3'), /not approved/, 422);
    await refused(install('admin'), /no machine that can be given a system/, 422);
    await refused(install('n1', { deployment: 'elsewhere' }), /elsewhere does not take n1/, 422);
    await install('n1');
    assert.deepEqual((await wanted('web.os-install'))!.committed!.roles, { 'os-install': ['db1', 'n1'] });
    const [vertex] = (await admin.client.call('GET /plan', { query: { role: 'os-install', node: 'n1' } })).nodeRoles;
    assert.equal(vertex!.state, 'held', 'it is off');
  });

  it('installs it anew only for who says so, having been told what is lost', async () => {
    const what = await admin.client.call('GET /nodes/:id/installation', { params: { id: 'db1' } });
    assert.deepEqual([what.installed, what.places], [{ platform: 'debian-12', at: 5 }, [{ deployment: 'web', role: 'os-install', holds: true }]]);
    await refused(install('db1'), /has a system, which would be lost/, 409);
    const state = async () => (await admin.client.call('GET /plan', { query: { role: 'os-install', node: 'db1' } })).nodeRoles[0]!.state;
    assert.equal(await state(), 'outdated');
    assert.match(admin.cli('node', 'install', 'db1', '--again').stderr, /nobody is at a terminal/);
    assert.equal(admin.cli('node', 'install', 'db1', '--again', '--yes').status, 0);
    assert.equal(await state(), 'held', 'it is to be written over, and is off');
  });

  it('starts it into the discovery image to be looked at, in maintenance, and from its disk again', async () => {
    const rescue = (id: string) => admin.client.call('POST /nodes/:id/rescue', { params: { id } });
    await refused(rescue('n1'), /has installed nothing on n1/, 409);
    const { node, power } = await rescue('db1');
    assert.deepEqual([node.maintenance, power, node.request?.action], [true, 'asked', 'cycle']);
    const ended = await admin.client.call('DELETE /nodes/:id/rescue', { params: { id: 'db1' } });
    assert.deepEqual([ended.node.maintenance, ended.power], [undefined, 'asked']);
    await refused(admin.client.call('DELETE /nodes/:id/rescue', { params: { id: 'db1' } }), /not looked at from outside/, 409);
  });
});
