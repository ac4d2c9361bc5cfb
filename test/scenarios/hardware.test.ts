// Roles on hardware through the whole loop: the shipped barclamps, a real store and annealer, and a Redfish service at the wire. What stands in
// for `bmc` needs no machine; the rest is what a site has.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeAuthority } from '../../core/access/certificates.ts';
import { type Annealer, startAnnealer } from '../../core/annealer/annealer.ts';
import { noCaptures } from '../../core/annealer/one-machine-for-tests.ts';
import { baseline } from '../../core/api/baseline.ts';
import { burnIn } from '../../core/api/burn-in.ts';
import { firmware } from '../../core/api/firmware.ts';
import type { Context } from '../../core/api/context.ts';
import { loadFolders } from '../../core/catalog/catalog.ts';
import { shippedFolder } from '../../core/author/subject.ts';
import { type ActSite, openActSite } from '../../core/hardware/act-site-for-tests.ts';
import { shapes } from '../../core/hardware/redfish-for-tests.ts';
import { packageFor } from '../../core/hardware/redfish-update-for-tests.ts';
import type { Catalog } from '../../core/model/catalog.ts';
import { ok } from '../../core/model/problem.ts';
import type { Principal } from '../../core/model/principal.ts';
import { type Planner, makePlanner } from '../../core/plan/planner.ts';
import { planView } from '../../core/plan/why.ts';
import { localRemote } from '../../core/remote/local.ts';
import { type FollowedFacts, followFacts } from '../../core/store/snapshot.ts';

describe('hardware through the loop', function () {
  this.timeout(60_000);
  let folder: string;
  let catalog: Catalog;
  let site: ActSite;
  let annealer: Annealer;
  let facts: FollowedFacts;
  let planner: Planner;

  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'prybar-hardware-'));
    standIn('bmc', 'bmc');
    standIn('shop', 'web');
    const shipped = ['hardware-baseline', 'bios', 'firmware'].map((name) => [name, path.join(shippedFolder, name)] as const);
    const loaded = loadFolders(new Map([...shipped, ...['bmc', 'shop'].map((name) => [name, path.join(folder, name)] as const)]));
    assert.deepEqual(loaded.problems, []);
    catalog = loaded.catalog;
  });
  after(() => rmSync(folder, { recursive: true }));
  afterEach(async () => {
    await annealer.stop();
    await site.close();
  });

  function standIn(barclamp: string, role: string): void {
    mkdirSync(path.join(folder, barclamp, 'roles', role), { recursive: true });
    const write = (file: string, text: string): void => writeFileSync(path.join(folder, barclamp, file), text);
    write('barclamp.yml', `name: ${barclamp}\nversion: 0.1.0\nsummary: test\nroles:\n  ${role}: { summary: test, runsOn: [live, installed] }\n`);
    write('proposal.schema.json', '{"type":"object","properties":{}}');
    write(`roles/${role}/recipe.yml`, '[]');
    write(`roles/${role}/remove.yml`, '[]');
  }

  async function begin(proposals: Record<string, { attributes?: Record<string, unknown>; roles: Record<string, string[]> }>): Promise<void> {
    site = await openActSite(shapes[0]!, await makeAuthority('a BMC'));
    const { store } = site;
    await store.put('deployment', 'd', { name: 'd', summary: '', pools: [] }, 'new');
    for (const [barclamp, { attributes = {}, roles }] of Object.entries(proposals)) {
      const body = { attributes, roles };
      await store.put('proposal', `d.${barclamp}`, { id: `d.${barclamp}`, deployment: 'd', barclamp, draft: body, committed: body, commit: 1 }, 'new');
    }
    facts = await followFacts(store);
    planner = makePlanner(facts, () => catalog);
    annealer = await startAnnealer({
      store,
      facts,
      planner,
      remoteFor: (node) => localRemote(node.name),
      secretsOf: async () => ({}),
      restart: async () => assert.fail('no role of these restarts it in another way'),
      startFromDisk: async () => undefined,
      captures: noCaptures,
      hardware: site.hardware,
      limit: 10,
      now: Date.now,
      onProblem: ({ summary, next }) => assert.fail(`${summary} ${next ?? ''}`),
    });
  }

  async function settled(wanted: Record<string, string>): Promise<Record<string, string[]>> {
    const deadline = Date.now() + 20_000;
    for (;;) {
      await facts.refresh();
      const { nodeRoles } = planView(planner.plan(), catalog, 0);
      const states = Object.fromEntries(nodeRoles.map(({ role, state }) => [role, state]));
      if (Object.entries(wanted).every(([role, state]) => states[role] === state))
        return Object.fromEntries(nodeRoles.map(({ role, whyNot }) => [role, whyNot.map(({ what, next }) => `${what} ${next ?? ''}`)]));
      if (Date.now() > deadline) assert.deepEqual(states, wanted);
      await sleep(50);
    }
  }

  it('begins nothing on a machine that differs until it is accepted', async () => {
    await begin({ 'hardware-baseline': { attributes: { blocks: true }, roles: { 'hardware-baseline': ['n1'] } }, shop: { roles: {} } });
    await settled({ 'hardware-baseline': 'done' });
    // It comes back with a module less, and now something is to be put on it.
    site.inside.firmware.BIOS = '2.10.0';
    const body = { attributes: {}, roles: { web: ['n1'] } };
    await site.change({ system: { kind: 'live', instance: 'another', platform: 'debian-12' } });
    await settled({ 'hardware-baseline': 'failed' });
    await site.store.put('proposal', 'd.shop', { id: 'd.shop', deployment: 'd', barclamp: 'shop', draft: body, committed: body, commit: 2 }, 'any');
    const why = await settled({ 'hardware-baseline': 'failed', web: 'blocked' });
    assert.match(why.web!.join(), /hardware-baseline comes first on n1, and is failed: .*BIOS is 2\.10\.0 and was 2\.19\.1.* prybar node baseline n1 --accept/);

    const context = { store: site.store, facts, planner, now: Date.now } as unknown as Context;
    const request = { params: { id: 'n1' }, query: {}, principal: { user: 'somebody' } as Principal };
    const before = await baseline['GET /nodes/:id/baseline'](context, { ...request, body: {} });
    assert.deepEqual(
      before.differences.map(({ text }) => text),
      ['the firmware of BIOS is 2.10.0 and was 2.19.1'],
    );
    const after = await baseline['PUT /nodes/:id/baseline'](context, { ...request, body: { scope: 'node' } });
    assert.deepEqual([after.differences, after.accepted?.by], [[], 'somebody']);
    await settled({ 'hardware-baseline': 'done', web: 'done' });
  });

  it('sets what a policy asks for, restarts the machine once, and lets others begin when it is back', async () => {
    await begin({ bios: { roles: { 'bios-virtualization': ['n1'] } }, shop: { roles: { web: ['n1'] } } });
    await settled({ 'bios-virtualization': 'done', web: 'done' });
    const runs = (await site.store.runs({})).toSorted((a, b) => a.id - b.id).map(({ role, outcome }) => `${role} ${outcome}`);
    // The account is made anew in what was started; the settings outlive it.
    assert.deepEqual(runs, ['bmc done', 'bios-virtualization done', 'bmc done', 'web done']);
    assert.deepEqual([site.restarts, site.inside.bios.ProcVirtualization], [1, 'Enabled']);
  });

  it('shows versions that are not accepted, holds others back, and brings them there', async () => {
    const file = packageFor('BIOS', '2.20.0');
    const sha256 = createHash('sha256').update(file).digest('hex');
    const components = [
      { component: 'BIOS', accept: ['2.21.*'], bring: { version: '2.20.0', sha256 } },
      { component: 'Backplane*', accept: ['4.*'] },
    ];
    const attributes = { blocks: true, components };
    await begin({ firmware: { attributes, roles: { firmware: ['n1'] } }, shop: { roles: { web: ['n1'] } } });
    const place = path.join(folder, sha256);
    writeFileSync(place, file);
    site.firmwareFile = async () =>
      ok({ name: 'bios.exe', digest: sha256, bytes: file.length, file: place, signature: { publicKey: '', signature: '' }, by: '', at: 0 });
    const why = await settled({ firmware: 'failed', web: 'blocked' });
    assert.match(why.web!.join(), /firmware comes first on n1, and is failed: .*BIOS 2\.19\.1 is not accepted: 2\.21\.\*, 2\.20\.0/);

    const context = { store: site.store, facts, planner, now: Date.now } as unknown as Context;
    const request = { query: {}, body: {}, principal: { user: 'somebody' } as Principal };
    const matrix = async () => {
      const { rows, ...counts } = await firmware['GET /firmware'](context, { ...request, params: {} });
      return {
        ...counts,
        rows: rows.map(({ shape, component, versions }) => [shape, component, ...versions.map(({ version, verdict }) => `${version} ${verdict}`)]),
      };
    };
    const others = [
      ['Dell Inc. X1', 'Backplane 1', '4.35 accepted'],
      ['Dell Inc. X1', 'Integrated Remote Access Controller', '7.10.30.00 untold'],
    ];
    assert.deepEqual(await matrix(), { known: 1, told: 1, watched: 1, rows: [['Dell Inc. X1', 'BIOS', '2.19.1 differs'], ...others] });
    assert.deepEqual(await baseline['GET /baselines'](context), []);

    const body = { attributes, roles: { 'firmware-update': ['n1'] } };
    await site.store.put('proposal', 'd.firmware', { id: 'd.firmware', deployment: 'd', barclamp: 'firmware', draft: body, committed: body, commit: 2 }, 'any');
    await settled({ 'firmware-update': 'done', web: 'done' });
    assert.deepEqual([site.restarts, site.inside.firmware.BIOS], [1, '2.20.0']);
    assert.deepEqual((await matrix()).rows[0], ['Dell Inc. X1', 'BIOS', '2.20.0 accepted']);
    const view = await firmware['GET /nodes/:id/firmware'](context, { ...request, params: { id: 'n1' } });
    assert.deepEqual([view.watched, view.update, view.parts[0]!.bring], [true, undefined, '2.20.0']);
  });

  it('suggests the policy that fits what machines are to be', async () => {
    await begin({});
    const node = (name: string) => ({ id: name, name, pool: '', platform: '', addresses: {}, macs: [], nics: [] });
    const roleNodes = { 'nova-compute': [node('c1'), node('c2')], 'ceph-osd': [node('c2'), node('s1')], web: [node('w1')] };
    const suggested = catalog.barclamps.get('bios')!.extension!.suggestNodes!({ deployment: 'd', nodes: [], networks: {}, images: {}, roleNodes });
    assert.deepEqual(suggested, { ok: true, value: { 'bios-virtualization': ['c1', 'c2'], 'bios-storage': ['s1'] } });
  });

  it('shows what a burn-in measured among machines of the same make and model', async () => {
    await begin({});
    const { store } = site;
    const twin = await site.node();
    for (const [index, value] of [500, 505, 495, 502, 120, 498].entries()) {
      const name = `m${index}`;
      // The last is another model, whose disks are its own business.
      const inventory = { ...twin.inventory!, ...(index === 5 && { product: 'X2' }) };
      await store.put('node', name, { ...twin, id: name, name, macs: [], inventory }, 'new');
      const measured = [{ what: 'sda', measure: 'reading', group: 'disk ssd Fast reading', value, unit: 'MB/s' }];
      const run = {
        key: `d/burn-in@${name}`,
        deployment: 'd',
        role: 'burn-in',
        nodeId: name,
        nodeName: name,
        mode: 'apply' as const,
        fingerprint: 'x',
        startedAt: 1,
      };
      const [id] = await store.startRuns([run]);
      const outputs = { results: JSON.stringify({ measured, skipped: [] }) };
      await store.endRuns([{ id: id!, endedAt: 2, outcome: 'done', outputs }]);
    }
    const context = { store, facts, planner, now: Date.now } as unknown as Context;
    const ask = (id: string) =>
      burnIn['GET /nodes/:id/burn-in'](context, { params: { id }, query: {}, body: {}, principal: { user: 'somebody' } as Principal });
    const slow = await ask('m4');
    assert.deepEqual([slow.machines, slow.measured?.results[0]?.median, slow.measured?.results[0]?.unlike], [5, 500, 'below']);
    assert.equal((await ask('m0')).measured?.results[0]?.unlike, undefined);
    assert.equal((await ask('m5')).measured?.results[0]?.peers, 1);
    assert.deepEqual(await ask('n1'), { machines: 5 });
  });

  it('takes what was accepted of one machine for all like it', async () => {
    await begin({ 'hardware-baseline': { attributes: { acceptFirst: false }, roles: { 'hardware-baseline': ['n1'] } } });
    await settled({ 'hardware-baseline': 'done' });
    const context = { store: site.store, facts, planner, now: Date.now } as unknown as Context;
    const request = { params: { id: 'n1' }, query: {}, principal: { user: 'somebody' } as Principal };
    assert.equal((await baseline['GET /nodes/:id/baseline'](context, { ...request, body: {} })).accepted, undefined);
    await baseline['PUT /nodes/:id/baseline'](context, { ...request, body: { scope: 'shape' } });
    const twin = await site.node();
    await site.store.put('node', 'n2', { ...twin, id: 'n2', name: 'n2', macs: ['52:54:00:00:00:02'], approved: false }, 'new');
    const view = await baseline['GET /nodes/:id/baseline'](context, { ...request, params: { id: 'n2' }, body: {} });
    assert.deepEqual([view.accepted?.scope, view.accepted?.nodeName, view.differences], ['shape', 'n1', []]);
    assert.deepEqual(view.shape, { name: 'Dell Inc. X1', nodes: ['n1', 'n2'] });
  });
});
