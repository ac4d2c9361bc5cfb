// Every route × every role × the site, an own tenant and another one: made from the contract, so that a new route cannot be forgotten. What
// belongs to the other tenant bears a mark that must be in no answer.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { io } from 'socket.io-client';
import { beginSession } from '../../core/access/sessions.ts';
import { addUser } from '../../core/access/users.ts';
import { type RouteName, routes } from '../../core/api/contract.ts';
import type { Image } from '../../core/model/image.ts';
import { mayActAs, type Permission, roles } from '../../core/model/principal.ts';
import { openStore } from '../../core/store/store.ts';
import { type Admin, startAdmin, until } from '../admin.ts';

// Of the other tenant's things.
const MARK = 'mark';
const permissionOf = (name: RouteName) => routes[name] as Permission & { body?: { required?: string[] } };
const names = Object.keys(routes) as RouteName[];

const WAITING = 'waiting';

/** A machine, one more that waits to be let in, a deployment with a committed proposal, and a run of each of two tenants, and users of all kinds. */
async function seeded(state: string): Promise<{ sessions: Map<string, string>; runs: Map<string, number> }> {
  const store = await openStore({ file: path.join(state, 'store/facts.db') });
  const now = Date.now();
  const runs = new Map<string, number>();
  for (const tenant of ['red', 'blue']) {
    const suffix = tenant === 'blue' ? `-${MARK}` : '';
    const [node, deployment] = [`${tenant}-node${suffix}`, `${tenant}-time${suffix}`];
    await store.put('tenant', tenant, { name: tenant, summary: suffix }, 'new');
    await store.put(
      'node',
      node,
      {
        id: node,
        name: node,
        tenant,
        remote: 'ssh',
        macs: [],
        approved: true,
        pool: 'default',
        addresses: {},
        discoveredAt: now,
        contact: 'silent',
        contactAt: now,
        system: { kind: 'installed', instance: node, platform: 'debian-12' },
      },
      'new',
    );
    await store.claim('name', node, node);
    // The network has two addresses: whoever is let in first must not take one that somebody else's machine has.
    const waiting = `${tenant}-${WAITING}${suffix}`;
    await store.put(
      'node',
      waiting,
      {
        id: waiting,
        name: waiting,
        tenant,
        remote: 'ssh',
        macs: [],
        approved: false,
        pool: '',
        addresses: {},
        discoveredAt: now,
        contact: 'up',
        contactAt: now,
      },
      'new',
    );
    await store.put('deployment', deployment, { name: deployment, summary: '', pools: [], tenant }, 'new');
    const body = { attributes: {}, roles: { 'ntp-server': [node] } };
    const id = `${deployment}.ntp`;
    await store.put('proposal', id, { id, deployment, barclamp: 'ntp', draft: body, committed: body, commit: 1 }, 'new');
    await store.appendCommit({ proposalId: id, commit: 1, body, note: suffix, at: now });
    const key = `${deployment}/ntp-server@${node}`;
    const [run] = await store.startRuns([
      { key, deployment, role: 'ntp-server', nodeId: node, nodeName: node, mode: 'apply', fingerprint: 'f', startedAt: now },
    ]);
    await store.appendRunEvents(run!, [{ seq: 1, at: now, event: { kind: 'log', text: `said on ${node}` } }]);
    await store.endRuns([{ id: run!, endedAt: now, outcome: 'failed' }]);
    await store.put('health', key, { key, runId: run!, state: 'failing', since: now, checkedAt: now }, 'new');
    await store.put('drift', key, { key, runId: run!, checkedAt: now, changed: 1, resources: [] }, 'new');
    await store.put('handRequest', node, { nodeId: node, action: 'on', at: now }, 'new');
    const mac = `52:54:00:00:00:0${runs.size}`;
    await store.put('sighting', mac, { mac, at: now, stage: 'ipxe', nodeId: node, address: '10.9.0.10' }, 'new');
    const digest = String(runs.size).repeat(64);
    const captured = { nodeId: node, nodeName: node, installation: '', by: '', removed: [], secrets: [] };
    const provenance = { recipe: '', sources: [], packages: [], extraPackages: [], captured };
    const disk = { version: '1', platform: 'debian-12' as const, digest, bytes: 1, rawBytes: 1, rawDigest: '', rootPartition: 1 };
    const kept = { file: '/etc/hostname', signature: { publicKey: '', signature: '' }, sbom: '', createdAt: 1 };
    await store.put('image', digest, { name: `golden-${tenant}`, ...disk, ...kept, provenance } as unknown as Image, 'new');
    runs.set(tenant, run!);
  }
  // An image that is there: none is built for this.
  const image = { name: 'debian-12', version: '12-x', platform: 'debian-12', digest: 'a'.repeat(64), bytes: 1, rawBytes: 1, rawDigest: '', rootPartition: 1 };
  const made = { file: '/etc/hostname', signature: { publicKey: '', signature: '' }, sbom: '', createdAt: 1 };
  await store.put('image', image.digest, { ...image, ...made, provenance: { recipe: '', sources: [], packages: [], extraPackages: [] } }, 'new');
  const range = { first: '10.9.0.10', last: '10.9.0.11' };
  await store.put('network', 'admin', { name: 'admin', cidr: '10.9.0.0/24', adminAddress: '10.9.0.1', interface: 'eth1', range }, 'new');
  await store.claim('address in admin', '10.9.0.10', `blue-node-${MARK}`);
  const sessions = new Map<string, string>();
  for (const role of roles) {
    for (const tenant of [undefined, 'red', 'blue']) {
      const name = [role, tenant].filter(Boolean).join('-');
      assert((await addUser(store, { name, role, tenant }, now)).ok);
      sessions.set(name, await beginSession(store, name, { how: 'link', address: '', agent: '' }, now));
    }
  }
  await store.close();
  return { sessions, runs };
}

describe('permissions of every route', function () {
  this.timeout(120_000);
  const state = mkdtempSync(path.join(tmpdir(), 'prybar-permissions-'));
  let admin: Admin;
  let sessions: Map<string, string>;
  let runs: Map<string, number>;
  before(async () => {
    ({ sessions, runs } = await seeded(state));
    admin = await startAdmin(['--no-lab'], state);
  });
  after(async () => {
    await admin?.stop();
    rmSync(state, { recursive: true, force: true });
  });

  const cookie = (who: string) => `prybar_session=${sessions.get(who)}`;
  async function ask(who: string, name: RouteName, id = 'nobody', body?: unknown): Promise<{ status: number; text: string }> {
    const [method, template] = name.split(' ') as [string, string];
    // An id that fits where a number is wanted, too.
    const route = template.replaceAll(/:\w+/g, () => encodeURIComponent(id === 'nobody' && template.startsWith('/runs/') ? '999' : id));
    const query = name === 'GET /runs/search' ? '?text=said' : '';
    const answer = await fetch(`${admin.url}/api/v1${route}${query}`, {
      method,
      headers: { cookie: cookie(who), 'sec-fetch-site': 'same-origin', 'content-type': 'application/json' },
      ...(method !== 'GET' && { body: JSON.stringify(body ?? { nonsense: true }) }),
    });
    return { status: answer.status, text: await answer.text() };
  }

  it('are kept for every role, of the site and of a tenant', async () => {
    const wrong: string[] = [];
    for (const name of names) {
      const { least, tenants } = permissionOf(name);
      if (least === 'anyone') continue;
      for (const role of roles) {
        for (const tenant of ['', '-red']) {
          const allowed = mayActAs(role, least) && !(tenant && tenants === 'refused');
          // What may be asked is not done: it is asked of nothing, with a body that no route takes.
          const { status, text } = await ask(`${role}${tenant}`, name);
          const refused = status === 403 && !text.includes('admins of the site');
          if (refused === allowed || status === 401 || status >= 500) wrong.push(`${name} for ${role}${tenant}: ${status} ${text.slice(0, 200)}`);
          if (!allowed && !/"next":"/.test(text)) wrong.push(`${name} for ${role}${tenant}: nobody is told what next`);
        }
      }
    }
    assert.deepEqual(wrong, []);
  });

  it('let nobody in who is not signed in', async () => {
    for (const name of names) {
      if (permissionOf(name).least === 'anyone') continue;
      const [method, route] = name.split(' ') as [string, string];
      assert.equal((await fetch(`${admin.url}/api/v1${route.replaceAll(/:\w+/g, '1')}`, { method })).status, 401, name);
    }
  });

  /** What a route's parameter may name of this tenant; undefined where it names nothing of anybody's. */
  const idFor = (name: RouteName, tenant: string): string | undefined => {
    const suffix = tenant === 'blue' ? `-${MARK}` : '';
    const [node, deployment] = [`${tenant}-node${suffix}`, `${tenant}-time${suffix}`];
    const ids: Record<string, string> = {
      nodes: node,
      deployments: deployment,
      proposals: `${deployment}.ntp`,
      'node-roles': `${deployment}/ntp-server@${node}`,
      runs: String(runs.get(tenant)),
    };
    return /:/.test(name) ? ids[name.split('/')[1]!] : undefined;
  };
  // What a route needs to get as far as looking for what it is about.
  const needed: Record<string, unknown> = {
    action: 'status',
    by: 'red-node',
    erase: false,
    revision: 1,
    draft: { attributes: {}, roles: {} },
  };
  const bodyFor = (name: RouteName) => Object.fromEntries((permissionOf(name).body?.required ?? []).map((key) => [key, needed[key]]));
  // The catalogue is the same for all, but for who uses it.
  const shared: RouteName[] = ['GET /barclamps/:name'];

  it("tell nothing of another tenant's in any list", async () => {
    let seen = 0;
    for (const name of names) {
      const { least } = permissionOf(name);
      if (!name.startsWith('GET ') || name.includes(':') || least === 'anyone') continue;
      for (const who of ['viewer-red', 'admin-red']) {
        const { text } = await ask(who, name);
        const at = text.indexOf(MARK);
        assert.equal(at, -1, `${name} tells ${who}: …${text.slice(Math.max(0, at - 200), at + 100)}`);
      }
      if ((await ask('admin', name)).text.includes(MARK)) seen++;
    }
    // The past is narrowed like the present.
    for (const [who, sees] of [
      ['viewer-red', false],
      ['viewer', true],
    ] as const)
      for (const route of ['plan', 'plan/summary']) {
        const answer = await fetch(`${admin.url}/api/v1/${route}?at=${Date.now()}`, { headers: { cookie: cookie(who) } });
        const text = await answer.text();
        assert.equal(text.includes(MARK), sees, `${route} of the past for ${who}: ${text}`);
        assert.match(text, /red-node/);
      }
    assert(seen >= 10, `the mark must be where it is looked for: it is in ${seen} lists of the site`);
    for (const name of [
      'GET /nodes',
      'GET /deployments',
      'GET /proposals',
      'GET /plan',
      'GET /plan/moments',
      'GET /runs',
      'GET /runs/search',
      'GET /health',
      'GET /drift',
      'GET /events',
      'GET /images',
      'GET /status',
    ] as const)
      assert.match((await ask('viewer-red', name)).text, /red-(node|time)/, `${name} shows one's own`);
  });

  it("answer 404 for what is another tenant's, whatever the role", async () => {
    const wrong: string[] = [];
    for (const name of names) {
      const { least, tenants } = permissionOf(name);
      if (tenants !== 'own' || least === 'anyone' || !name.includes(':') || shared.includes(name)) continue;
      const theirs = idFor(name, 'blue');
      if (theirs === undefined) {
        wrong.push(`${name}: say in this test what its parameter names`);
        continue;
      }
      const { status, text } = await ask('admin-red', name, theirs, bodyFor(name));
      if (status !== 404) wrong.push(`${name}: ${status} ${text.slice(0, 300)}`);
      if (text.replaceAll(theirs, '').includes(MARK)) wrong.push(`${name}: tells of ${text.slice(0, 300)}`);
      if (name.startsWith('GET ')) {
        const own = await ask('viewer-red', name, idFor(name, 'red'));
        if ([401, 403, 404].includes(own.status)) wrong.push(`${name} of one's own: ${own.status} ${own.text.slice(0, 300)}`);
        if (own.text.includes(MARK)) wrong.push(`${name} of one's own tells of the others: ${own.text}`);
        if ((await ask('viewer', name, theirs)).status === 404) wrong.push(`${name}: the site does not see it`);
      }
    }
    assert.deepEqual(wrong, []);
  });

  it("keep a tenant's deployment to its own machines, without saying which others there are", async () => {
    const change = async (roles: object) => {
      const { revision } = JSON.parse((await ask('operator-red', 'GET /proposals/:id', 'red-time.ntp')).text) as { revision: number };
      const saved = await ask('operator-red', 'PUT /proposals/:id/draft', 'red-time.ntp', { revision, draft: { attributes: {}, roles } });
      assert.equal(saved.status, 200, saved.text);
      return JSON.parse((await ask('operator-red', 'POST /proposals/:id/preview', 'red-time.ntp', {})).text) as {
        problems: { summary: string }[];
        choices: { fit: number; chosen: { nodeName: string }[] }[];
      };
    };
    const named = await change({ 'ntp-server': [`blue-node-${MARK}`] });
    assert.equal(named.problems[0]!.summary, `There is no machine called blue-node-${MARK}.`);
    const { choices } = await change({ 'ntp-server': { count: 1 } });
    assert.deepEqual([choices[0]!.fit, choices[0]!.chosen.map(({ nodeName }) => nodeName)], [1, ['red-node']]);
    assert.equal((await ask('operator-red', 'POST /deployments', '', { name: 'red-more' })).status, 200);
    assert.equal((await admin.client.call('GET /deployments')).find(({ name }) => name === 'red-more')!.tenant, 'red');
    assert.equal((await ask('operator-red', 'POST /deployments', '', { name: 'x', tenant: 'blue' })).status, 403);
    assert.equal((await ask('operator-red', 'PATCH /nodes/:id', 'red-node', { tenant: 'blue' })).status, 403);
    assert.equal((await ask('operator-red', 'PATCH /nodes/:id', 'red-node', { maintenance: true })).status, 200);
    assert.equal((await ask('operator', 'PATCH /nodes/:id', 'red-node', { tenant: null })).status, 403, 'whose a machine is, admins say');
    for (const user of ['viewer', 'operator', 'operator-red', 'admin-red'])
      assert.equal((await ask(user, 'PATCH /deployments/:name', 'red-more', { tenant: 'blue' })).status, 403, `${user} gives nothing away`);
    const foundation = await ask('admin', 'PATCH /deployments/:name', 'system', { tenant: 'red' });
    assert.equal(foundation.status, 409);
    assert.match(foundation.text, /what everything else stands on, and is not given to red/);
    assert.equal((await ask('admin', 'PATCH /deployments/:name', 'red-more', { tenant: null })).status, 200);
    assert.equal((await ask('admin-red', 'PATCH /deployments/:name', 'red-more', { summary: 'mine' })).status, 404, "it is the site's now");
    assert.equal((await ask('admin', 'PATCH /deployments/:name', 'red-more', { tenant: 'red' })).status, 200);
  });

  it('let an operator of a tenant let in and install its own machines, and nobody else', async () => {
    const [own, other] = [`red-${WAITING}`, `blue-${WAITING}-${MARK}`];
    assert.equal((await ask('viewer-red', 'POST /nodes/:id/approve', own, {})).status, 403);
    assert.equal((await ask('operator-red', 'POST /nodes/:id/approve', other, {})).status, 404);
    assert.equal((await ask('operator-red', 'POST /nodes/:id/install', other, {})).status, 404);
    const named = await ask('operator-red', 'POST /nodes/:id/approve', own, { name: `blue-node-${MARK}` });
    assert.equal(named.status, 403);
    assert.match(named.text, /Names of machines are given by the site/);
    const approved = await ask('operator-red', 'POST /nodes/:id/approve', own, { pool: 'web' });
    assert.equal(approved.status, 200, approved.text);
    const node = JSON.parse(approved.text) as { name: string; addresses: Record<string, string>; pool: string; tenant: string };
    assert.deepEqual([node.name, node.addresses, node.pool, node.tenant], ['n1', { admin: '10.9.0.11' }, 'web', 'red']);
    assert.match((await ask('operator-red', 'POST /nodes/:id/approve', own, { pool: 'web' })).text, /n1 is approved already/);
    const full = await ask('operator-blue', 'POST /nodes/:id/approve', other, {});
    assert.match(full.text, /has no free address/, "a tenant's machine takes nobody's address away");

    // A deployment of the site would take it as well: a tenant changes its own only.
    assert.equal((await ask('admin', 'POST /deployments', '', { name: 'everything' })).status, 200);
    const { places } = JSON.parse((await ask('viewer-red', 'GET /nodes/:id/installation', own)).text) as { places: { deployment: string }[] };
    assert(places.length > 0 && places.every(({ deployment }) => deployment.startsWith('red-')), JSON.stringify(places));
    assert.match((await ask('operator-red', 'POST /nodes/:id/install', own, { deployment: 'everything' })).text, /everything does not take n1/);
    const installed = await ask('operator-red', 'POST /nodes/:id/install', own, { deployment: 'red-time' });
    assert.equal(installed.status, 200, installed.text);
    const proposal = (await admin.client.call('GET /proposals')).find(({ id }) => id === 'red-time.os-install');
    assert.deepEqual(Object.values(proposal!.committed!.roles), [['n1']]);
    assert.equal((await ask('operator-blue', 'POST /nodes/:id/install', own, { again: true })).status, 404);
    const [kept] = JSON.parse((await ask('operator-red', 'GET /audit')).text) as { act: string; who: string }[];
    assert.deepEqual([kept!.act, kept!.who], ['POST /nodes/:id/install', 'operator-red']);
  });

  it('let nobody of a tenant be told that something of its own is not there, or not its own', async () => {
    const wrong: string[] = [];
    const acts = names.filter((name) => permissionOf(name).tenants === 'own' && !name.startsWith('GET ') && name.includes(':') && !shared.includes(name));
    // What takes something away comes last.
    for (const name of acts.toSorted((a, b) => Number(a.startsWith('DELETE')) - Number(b.startsWith('DELETE')))) {
      const { status, text } = await ask('admin-red', name, idFor(name, 'red'), bodyFor(name));
      if ([401, 403].includes(status) || (status === 404 && /There is no (machine|deployment|proposal|node-role|run)/.test(text)) || status >= 500)
        wrong.push(`${name}: ${status} ${text.slice(0, 300)}`);
    }
    assert.deepEqual(wrong, []);
  });

  it('are given and taken on the command line', async () => {
    assert.match(admin.cli('tenant', 'add', 'green').stdout, /green has nothing yet/);
    assert.match(admin.cli('tenant', 'give', 'green', '--node', 'red-node').stdout, /red-node belongs to green now/);
    assert.match(admin.cli('tenant', 'remove', 'green').stderr, /To green still belong red-node/);
    assert.match(admin.cli('tenant', 'give', 'red', '--node', 'red-node').stdout, /belongs to red now/);
    assert.match(admin.cli('tenant', 'list').stdout, /^green *$/m);
    assert.equal(admin.cli('tenant', 'remove', 'green').status, 0);
    assert.match(admin.cli('tenant', 'give', 'green', '--node', 'red-node').stderr, /no tenant called green/);
    // What a machine went through with others is theirs.
    type Told = { kind: string; from?: string; to?: string }[];
    const history = async (who: string) =>
      (JSON.parse((await ask(who, 'GET /nodes/:id/history', 'red-node')).text) as Told).filter(({ kind }) => kind !== 'run');
    assert((await history('viewer')).some(({ from }) => from === 'green'));
    assert.deepEqual(
      (await history('viewer-red')).map(({ kind, from, to }) => [kind, from, to]),
      [['given', undefined, 'red']],
    );
  });

  it('follow a tenant to its new name, with its people, its tokens and its part of the audit log', async () => {
    const before = JSON.parse((await ask('operator-red', 'GET /audit')).text) as { act: string }[];
    assert(before.some(({ act }) => act === 'POST /deployments'));
    const text = (JSON.parse((await ask('operator-red', 'POST /tokens', '', { name: 'ci', scopes: ['nodes:read'] })).text) as { text: string }).text;
    const byToken = async () => (await fetch(`${admin.url}/api/v1/nodes`, { headers: { authorization: `Bearer ${text}` } })).text();
    assert.match(await byToken(), /red-node/);
    assert.match(admin.cli('tenant', 'rename', 'red', 'blue').stderr, /There is a tenant blue already/);
    assert.match(admin.cli('tenant', 'rename', 'red', 'crimson').stdout, /red is called crimson now/);
    assert.match((await ask('viewer-red', 'GET /nodes')).text, /red-node/);
    assert.match(await byToken(), /red-node/);
    const after = JSON.parse((await ask('operator-red', 'GET /audit')).text) as { act: string }[];
    assert(after.length >= before.length, `${after.length} records of ${before.length} are left`);
    assert.match(admin.cli('tenant', 'add', 'red').stderr, /crimson was called red once/);
    assert.equal(admin.cli('tenant', 'rename', 'crimson', 'red').status, 0);
  });

  it('wake a tenant for its own only, follow no run of others, and open no console of theirs', async () => {
    const socket = io(admin.url, { path: '/api/v1/live', extraHeaders: { cookie: cookie('operator-red') }, transports: ['websocket'], reconnection: false });
    const heard: string[] = [];
    const logs: unknown[] = [];
    socket.on('changes', (batch: { changes: { id: string }[] }) => heard.push(...batch.changes.map(({ id }) => id)));
    socket.on('log', (batch) => logs.push(batch));
    await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('connect_error', reject));
    socket.emit('follow', runs.get('blue'), 0);
    await admin.client.call('PATCH /nodes/:id', { params: { id: `blue-node-${MARK}` }, body: { maintenance: true } });
    await admin.client.call('PATCH /nodes/:id', { params: { id: 'red-node' }, body: { maintenance: false } });
    await until(
      () => heard.includes('red-node'),
      60_000,
      () => `only this was heard of: ${heard.join(', ')}`,
    );
    socket.emit('resume', 0);
    await until(
      () => heard.includes('red-time.ntp'),
      60_000,
      () => 'nothing was sent again',
    );
    assert.deepEqual(
      heard.filter((id) => id.includes(MARK)),
      [],
    );
    assert.deepEqual(logs, []);
    socket.emit('follow', runs.get('red'), 0);
    await until(
      () => logs.length,
      60_000,
      () => "one's own run was not followed",
    );
    const open = async (who: string, node: string) => {
      const line = io(admin.url, {
        path: '/api/v1/live',
        extraHeaders: { cookie: cookie(who) },
        transports: ['websocket'],
        reconnection: false,
        forceNew: true,
      });
      const [found] = (await line.timeout(60_000).emitWithAck('openConsole', node)) as { summary: string }[];
      line.close();
      return found!.summary;
    };
    assert.match(await open('operator-red', `blue-node-${MARK}`), /There is no machine called/);
    assert.match(await open('viewer-red', 'red-node'), /needs the role operator/);
    assert.doesNotMatch(await open('operator-red', 'red-node'), /no machine|needs the role/);
    // Whose machine it was sees nothing more of what goes on there.
    const left = new Promise<string>((resolve) => socket.once('disconnect', resolve));
    await admin.client.call('PATCH /nodes/:id', { params: { id: 'red-node' }, body: { tenant: null } });
    assert.equal(await left, 'io server disconnect');
    await admin.client.call('PATCH /nodes/:id', { params: { id: 'red-node' }, body: { tenant: 'red' } });
  });
});
