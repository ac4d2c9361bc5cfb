// What was found when networks were tried, from outside the daemon: kept, shown as people and programs read it, and said before a commit. How machines are
// asked is tried beside core/network/verification; here they are facts only, and nobody has to answer.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Node } from '../../core/model/node.ts';
import { openStore } from '../../core/store/store.ts';
import { type Admin, startAdmin } from '../admin.ts';

const AT = Date.UTC(2026, 10, 20, 12, 0);
const DATA = { name: 'data', interfaces: ['eth1'], bond: 'none', pools: [], machines: [] };
const STORAGE = { name: 'storage', cidr: '10.7.0.0/24', conduit: 'data', vlan: 100, bridge: false, mtu: 9000, addressed: true, addresses: {}, routes: [] };
const node = (name: string, contact: Node['contact']): Node => ({
  ...{ id: `id-${name}`, name, remote: 'ssh', macs: [], approved: true, pool: 'default', contact, contactAt: AT, discoveredAt: 0 },
  addresses: { admin: `10.64.0.${name.slice(1)}` },
  inventory: { nics: [{ name: 'eth1', mac: '52:54:00:00:00:01', up: true }] } as unknown as NonNullable<Node['inventory']>,
});

describe('what was found in networks', function () {
  this.timeout(120_000);
  const state = mkdtempSync(path.join(tmpdir(), 'prybar-verified-'));
  const draft = (vlan: number) => ({ attributes: { conduits: [DATA], networks: [{ ...STORAGE, vlan }] }, roles: { network: ['n1', 'n2'] } });
  let admin: Admin;

  before(async () => {
    const store = await openStore({ file: path.join(state, 'store/facts.db') });
    for (const one of [node('n1', 'off'), node('n2', 'silent')]) {
      await store.claim('name', one.name, one.id);
      await store.put('node', one.id, one, 'new');
    }
    await store.put('deployment', 'cloud', { name: 'cloud', summary: '', pools: ['default'], paused: true }, 'new');
    await store.put('proposal', 'cloud.network', { id: 'cloud.network', deployment: 'cloud', barclamp: 'network', draft: draft(100), commit: 0 }, 'new');
    const range = { first: '10.64.0.1', last: '10.64.0.20' };
    await store.put('network', 'admin', { name: 'admin', cidr: '10.64.0.0/16', adminAddress: '10.64.1.1', interface: 'absent0', range }, 'new');
    await store.put('networkCheck', 'admin', { network: 'admin', at: AT, by: 'ada', offers: [], problems: [] }, 'new');
    await store.put(
      'networkVerification',
      'cloud.storage',
      {
        ...{ network: 'cloud.storage', at: AT, by: 'ada', settings: '10.7.0.0/24, VLAN 100, 9000 bytes, through data (eth1)' },
        results: [
          {
            check: 'reach',
            machines: [
              { node: 'id-n1', name: 'n1', state: 'well' },
              { node: 'id-n2', name: 'n2', state: 'fault', why: 'it sees nobody through eth1' },
            ],
            problems: [
              { severity: 'error', summary: 'n2 sees nobody in storage (VLAN 100).', where: { pointer: '/networks/cloud.storage', node: 'n2' }, next: 'Look.' },
            ],
          },
        ],
      },
      'new',
    );
    await store.close();
    admin = await startAdmin(['--no-lab'], state);
  });
  after(async () => {
    await admin?.stop();
    rmSync(state, { recursive: true, force: true });
  });

  const warnings = async () =>
    (await admin.client.call('POST /proposals/:id/preview', { params: { id: 'cloud.network' } })).problems.filter(({ severity }) => severity === 'warning');

  it('is shown for each network and check, those too that nobody has made', () => {
    const shown = admin.cli('network', 'verify', '--last');
    const at = new Date(AT).toLocaleString('sv-SE');
    assert.equal(
      shown.stdout,
      `NETWORK                   CHECK                     STATE  WELL    TRIED
admin                     machines see one another  never
admin                     large packets pass        never
admin                     names are known           never
admin                     clocks agree              never
admin                     addresses are used once   never
admin                     DHCP servers              well           ${at} by ada
cloud.storage (VLAN 100)  machines see one another  fault  1 of 2  ${at} by ada
cloud.storage (VLAN 100)  large packets pass        never

MACHINE  admin  cloud.storage
n1       ·      seen
n2       ·      not seen

✗ n2 sees nobody in storage (VLAN 100).
  where /networks/cloud.storage n2
  next  Look.

No machines are served now, so that none can be asked.
`,
    );
    assert.equal(shown.status, 1);
  });

  it('is said before a commit that has to do with it, and does not keep anybody from it', async () => {
    const [warned, ...more] = await warnings();
    assert.equal(warned!.summary, 'storage was tried on 2026-11-20 at 12:00 UTC: n2 sees nobody in storage (VLAN 100).');
    assert.deepEqual([warned!.where, warned!.next, more], [{ node: 'n2' }, 'Look.', []]);
    const { revision } = await admin.client.call('GET /proposals/:id', { params: { id: 'cloud.network' } });
    await admin.client.call('POST /proposals/:id/commit', { params: { id: 'cloud.network' }, body: { revision } });
  });

  it('is not said of other settings than those that it was found with', async () => {
    const { revision } = await admin.client.call('GET /proposals/:id', { params: { id: 'cloud.network' } });
    await admin.client.call('PUT /proposals/:id/draft', { params: { id: 'cloud.network' }, body: { revision, draft: draft(200) } });
    assert.deepEqual(await warnings(), []);
    const { networks } = await admin.client.call('GET /verifications');
    const reach = networks.find(({ id }) => id === 'cloud.storage')!.checks.find(({ check }) => check === 'reach')!;
    assert.match(reach.settings!, /VLAN 100/);
    assert.match(admin.cli('network', 'verify', '--last').stdout, /, with earlier settings/);
  });

  it('is kept with who looked, also where nobody could be asked, and stands in the audit log', async () => {
    const found = await admin.client.call('POST /verifications', { body: { networks: ['storage'] } });
    assert.deepEqual(
      found.networks.map(({ id, checks }) => [id, checks.map(({ state: its }) => its)]),
      [['cloud.storage', ['unasked', 'unasked']]],
    );
    assert.deepEqual(
      found.networks[0]!.checks[0]!.machines.map(({ name, why }) => [name, why]),
      [
        ['n1', 'it is switched off'],
        ['n2', 'it has not been heard of since 2026-11-20 12:00 UTC'],
      ],
    );
    assert.deepEqual(
      (await admin.client.call('GET /verifications')).networks.find(({ id }) => id === 'cloud.storage'),
      found.networks[0],
    );
    const [record] = await admin.client.call('GET /audit', { query: { limit: 1 } });
    assert.equal(record!.act, 'POST /verifications');
    const missing = admin.cli('network', 'verify', 'nowhere');
    assert.match(missing.stderr, /There is no network nowhere\.\n\s+next\s+There are admin, cloud\.storage/);
  });
});
