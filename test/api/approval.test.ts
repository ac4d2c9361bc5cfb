// Rules by which machines are let in, made and dropped on a real admin daemon; and a network that can only be asked while it is served.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { openStore } from '../../core/store/store.ts';
import { type Admin, startAdmin } from '../admin.ts';
import { enterSite } from '../many-machines.ts';

describe('approval rules', function () {
  this.timeout(120_000);
  const state = mkdtempSync(path.join(tmpdir(), 'prybar-approval-'));
  let admin: Admin;

  before(async () => {
    const barclamps = path.join(state, 'barclamps');
    // The fifth of them is new.
    await enterSite(state, barclamps, { machines: 6, roles: 1 });
    const store = await openStore({ file: path.join(state, 'store/facts.db') });
    const range = { first: '10.64.2.1', last: '10.64.2.9' };
    await store.put('network', 'admin', { name: 'admin', cidr: '10.64.0.0/16', adminAddress: '10.64.1.1', interface: 'eth1', range }, 'new');
    await store.close();
    admin = await startAdmin(['--no-lab', '--barclamps', barclamps], state);
  });
  after(async () => {
    await admin?.stop();
    rmSync(state, { recursive: true, force: true });
  });

  const fresh = async () => (await admin.client.call('GET /nodes')).find(({ id }) => id === 'id-5')!;

  it('let nobody in that they do not fit', async () => {
    const { admitted } = await admin.client.call('PUT /approval-rules/:id', {
      params: { id: 'others' },
      body: { serials: ['ABC*'], pool: 'default', namePrefix: 'n' },
    });
    assert.deepEqual(admitted, []);
    assert.equal((await fresh()).approved, false);
  });

  it('that say of no machine that it is let in are refused, with what to say', () => {
    const { stderr, status } = admin.cli('approval', 'set', 'empty');
    assert.equal(status, 1);
    assert.match(stderr, /says of no machine that it is let in[^]*Name serials/);
  });

  it('let in at once those that wait', async () => {
    assert.match(admin.cli('approval', 'set', 'delivery', '--serial', 'SN10000*', '--prefix', 'web').stdout, /The rule delivery holds\. It let in web1\./);
    const node = await fresh();
    assert.deepEqual([node.approved, node.name, node.pool, node.addresses.admin], [true, 'web1', 'default', '10.64.2.1']);
    assert.match(admin.cli('approval', 'list').stdout, /delivery +serial SN10000\* +default +web1, web2, …/);
  });

  it('are gone when they are dropped, and who is in stays in', async () => {
    assert.equal(admin.cli('approval', 'remove', 'delivery').status, 0);
    assert.match(admin.cli('approval', 'remove', 'delivery').stderr, /There is no rule delivery\./);
    assert.equal((await fresh()).approved, true);
    assert.deepEqual(
      (await admin.client.call('GET /approval-rules')).map(({ id }) => id),
      ['others'],
    );
  });

  it('and who answers in a network is only asked where machines are served', () => {
    const { stderr, status } = admin.cli('network', 'check', 'admin');
    assert.equal(status, 1);
    assert.match(stderr, /No machines are served in the network admin now\.[^]*--interface/);
    assert.match(admin.cli('network', 'check', 'nowhere').stderr, /There is no network nowhere\./);
  });
});
