// An order from a program's side, on real machines: containers that are free become servers that the orderer's key opens, with a passphrase that
// only they can read, while a receiver hears of each step; given back, nothing of it is left on them or here.

import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Body, OrderView } from '../../core/api/contract.ts';
import type { ProblemError } from '../../core/model/problem.ts';
import { openStore } from '../../core/store/store.ts';
import { type Admin, startAdmin, until } from '../admin.ts';
import { webhookReceiver } from '../webhook-receiver.ts';
import { containersMissing, inContainer } from './boxes-for-tests.ts';
import { skipWhere } from '../skip-where.ts';

describe('orders', function () {
  this.timeout(10 * 60_000);
  const state = mkdtempSync(path.join(tmpdir(), 'prybar-orders-'));
  const key = path.join(state, 'portal');
  const { server, heard } = webhookReceiver();
  let admin: Admin;
  let publicKey: string;
  let order: OrderView;

  before(async function () {
    skipWhere(this, containersMissing());
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'portal', '-f', key]);
    publicKey = readFileSync(`${key}.pub`, 'utf8').trim();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    admin = await startAdmin(['--no-lab', '--webhooks-to', '127.0.0.1', '--barclamps', barclampsIn(path.join(state, 'barclamps'))], state);
    const up = await promisify(execFile)(process.execPath, ['core/cli/prybar.ts', '--state', state, 'lab', 'up', '--containers', '3']);
    assert.match(up.stdout, /box-3/);
    await until(
      async () => (await admin.client.call('GET /nodes')).filter((n) => n.totals.done).length === 4,
      180_000,
      () => admin.story(),
    );
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    await admin.client.call('POST /webhooks', { body: { name: 'portal', url, events: ['order.*'] } });
  });
  after(async () => {
    await admin?.stop();
    server.close();
    server.closeAllConnections();
    rmSync(state, { recursive: true, force: true });
  });

  const place = (body: Body<'POST /orders'>) => admin.client.call('POST /orders', { body });
  const show = (id: string) => admin.client.call('GET /orders/:id', { params: { id } });
  const reaches = (id: string, wanted: OrderView['state'], seconds: number) =>
    until(
      async () => {
        const found = await show(id);
        return found.state === wanted && found;
      },
      seconds * 1000,
      () => admin.story(),
    );
  const refused = (what: Promise<unknown>, message: RegExp, status: number) =>
    assert.rejects(what, (error: ProblemError) => message.test(error.message) && error.status === status, String(message));
  const wish = () => ({
    count: 2,
    pool: 'containers',
    names: 'web-{n}',
    roles: ['motto'],
    settings: { motto: { text: 'Soon.' } },
    keys: [publicKey],
    console: true,
    sealFor: publicKey,
    key: 'cart-17',
  });

  it('are refused with all that is wrong with them', async () => {
    await refused(
      place({ pool: 'containers', count: 2, where: 'colour = red', image: 'none', roles: ['no-role'], names: 'web', settings: { ntp: {} }, console: true }),
      /nothing is known of "colour"[\s\S]*no role no-role[\s\S]*barclamp ntp[\s\S]*no image none[\s\S]*one name[\s\S]*in clear/,
      422,
    );
    await refused(place({ ...wish(), settings: { motto: { text: 7 } } }), /settings\/motto\/text/, 422);
    await refused(place({ ...wish(), sealFor: 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPy9Mvx1wy+DM0V0PdaQ7kyBSLxIJ6jpgZ' }), /Nothing can be sealed/, 422);
    assert.deepEqual(await admin.client.call('GET /orders'), []);
  });

  it('become servers of their own without a hand, from machines that have a system', async () => {
    order = await place(wish());
    order = await reaches(order.id, 'ready', 180);
    assert.deepEqual(
      order.servers.map(({ name, path: way }) => [name, way]),
      [
        ['web-1', 'fast'],
        ['web-2', 'fast'],
      ],
    );
    for (const one of order.servers) assert(one.allocatedAt >= order.at && one.readyAt! >= one.allocatedAt && order.readyAt! >= one.readyAt!);
    for (const { nodeId, hostKey } of order.servers) {
      assert.match(await inContainer(admin, nodeId, 'cat /etc/motto'), /^Soon\. web-[12]$/m);
      assert.equal(hostKey, (await inContainer(admin, nodeId, 'cat /etc/ssh/ssh_host_ed25519_key.pub')).trim());
    }
    assert.match(admin.cli('order', 'show', order.id).stdout, /web-1 +192\.168\.124\.\d+ +fast/);
  });

  it('are opened by their key, and at the console by what only that key can read', async () => {
    const [first] = order.servers;
    assert.match(await inContainer(admin, first!.nodeId, 'cat /root/.ssh/authorized_keys'), new RegExp(publicKey.replaceAll(/[+/]/g, '\\$&')));
    const passphrases = order.servers.map(({ sealed }) => {
      const text = execFileSync('age', ['--decrypt', '--identity', key], { input: sealed!, encoding: 'utf8' });
      return JSON.parse(text) as { server: string; user: string; passphrase: string };
    });
    assert.deepEqual(
      passphrases.map((one) => [one.server, one.user]),
      [
        ['web-1', 'root'],
        ['web-2', 'root'],
      ],
    );
    assert.notEqual(passphrases[0]!.passphrase, passphrases[1]!.passphrase);
    for (const [index, { passphrase }] of passphrases.entries()) {
      const fits = `P='${passphrase}' H=$(getent shadow root | cut -d : -f 2) perl -e 'print crypt($ENV{P}, $ENV{H}) eq $ENV{H} ? "fits" : "other"'`;
      assert.equal(await inContainer(admin, order.servers[index]!.nodeId, fits), 'fits');
      const seen = JSON.stringify([await show(order.id), await admin.client.call('GET /runs', { query: { role: 'handover' } }), admin.events]);
      assert(!seen.includes(passphrase), 'it stands somewhere in clear');
    }
  });

  it('are one order, however often they are sent, and no other with the same key', async () => {
    assert.equal((await place(wish())).id, order.id);
    const answer = await fetch(`${admin.url}/api/v1/orders`, {
      method: 'POST',
      headers: { authorization: `Bearer ${admin.client.token}`, 'content-type': 'application/json', 'idempotency-key': '"cart-17"' },
      body: JSON.stringify({ ...wish(), key: undefined }),
    });
    assert.equal(((await answer.json()) as OrderView).id, order.id);
    await refused(place({ ...wish(), count: 1 }), /Something else was ordered with the key cart-17/, 422);
  });

  it("wait for machines that are missing, never take one that is another's, and can be cancelled", async () => {
    const second = await place({ pool: 'containers', count: 2 });
    assert.deepEqual([second.state, second.missing], ['waiting', 1]);
    const told = admin.cli('order', 'release', second.id, '--yes');
    assert.match(told.stdout, /is cancelled/, told.stderr);
    assert.equal((await show(second.id)).state, 'cancelled');
  });

  it('tell a receiver each step', async () => {
    const steps = () => heard.filter(({ data }) => (data.order as { id: string }).id === order.id).map(({ type }) => type);
    await until(
      () => steps().includes('order.ready'),
      180_000,
      () => steps().join(),
    );
    const rest = steps().filter((type) => type !== 'order.failed');
    assert.deepEqual(rest, ['order.placed', 'order.allocated', 'order.server-ready', 'order.server-ready', 'order.ready']);
  });

  it('leave nothing when they are given back', async () => {
    await refused(admin.client.call('POST /orders/:id/release', { params: { id: order.id }, body: { erase: true } }), /Nobody knows which disks/, 422);
    const { deployment } = order;
    assert.equal(admin.cli('order', 'release', order.id, '--keep-disks', '--yes').status, 0);
    order = await reaches(order.id, 'released', 120);
    assert.equal(order.servers[0]!.sealed, undefined);
    const nodes = await admin.client.call('GET /nodes');
    assert(!nodes.some(({ name, pool }) => name.startsWith('web-') || pool === deployment));
    const undone = await admin.client.call('GET /runs', { query: { deployment } });
    const roles = undone.filter(({ mode, outcome }) => mode === 'remove' && outcome === 'done').map(({ role, nodeName }) => `${role} on ${nodeName}`);
    assert.deepEqual(roles.sort(), ['handover on web-1', 'handover on web-2', 'motto on web-1', 'motto on web-2']);
    await admin.stop();
    const store = await openStore({ file: path.join(state, 'store/facts.db') });
    const kinds = ['deployment', 'proposal', 'draft', 'secret', 'retry', 'health', 'drift', 'secretRotation'] as const;
    const left = (await Promise.all(kinds.map((kind) => store.names(kind)))).flat().filter((id) => id.includes(deployment));
    assert.deepEqual(left, []);
    await store.close();
  });
});

/** Ours that are needed, and one that says something on each server. */
function barclampsIn(folder: string): string {
  for (const name of ['handover', 'container-ready', 'provisioner', 'os-install', 'wipe', 'ntp'])
    cpSync(path.resolve(import.meta.dirname, '../../barclamps', name), path.join(folder, name), { recursive: true });
  const role = path.join(folder, 'motto/roles/motto');
  mkdirSync(role, { recursive: true });
  const text = { type: 'string', default: 'Never.', description: 'What it says.' };
  const schema = { $schema: 'https://json-schema.org/draft/2020-12/schema', type: 'object', additionalProperties: false, properties: { text } };
  writeFileSync(path.join(folder, 'motto/proposal.schema.json'), JSON.stringify(schema));
  writeFileSync(
    path.join(folder, 'motto/barclamp.yml'),
    'name: motto\nversion: 1.0.0\nsummary: Says something\nlicense: Apache-2.0\nplatforms: [debian-12]\nroles:\n  motto: { summary: Says it }\n',
  );
  writeFileSync(path.join(role, 'recipe.yml'), '- file: /etc/motto\n  content: "{{ attributes.text }} {{ node.name }}\\n"\n');
  writeFileSync(path.join(role, 'remove.yml'), '- file: /etc/motto\n  state: absent\n');
  return folder;
}
