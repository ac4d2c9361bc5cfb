import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Disk, Inventory } from '../model/inventory.ts';
import type { Node, Revised } from '../model/node.ts';
import { openStore, type Store } from '../store/store.ts';
import { candidates, lacks, replace, silence } from './replacement.ts';

const GIB = 2 ** 30;
const disk = (size: number, kind: Disk['kind'] = 'ssd', removable = false): Disk => ({ name: 'sda', size: size * GIB, kind, removable });
const inventory = (more: Partial<Inventory> = {}): Inventory => ({
  cpu: { model: 'any', sockets: 1, cores: 8, threads: 16, architecture: 'x86_64' },
  memory: 64 * GIB,
  disks: [disk(100), disk(400, 'hdd')],
  nics: [{ name: 'eth0', mac: '52:54:00:00:00:01', up: true }],
  firmware: { kind: 'uefi' },
  ...more,
});

describe('the shape of a spare', () => {
  const missing = (more: Partial<Inventory>): string => lacks({ inventory: inventory() }, { inventory: inventory(more) }).join('; ');
  it('is enough where it has at least as much, in whatever order', () => {
    assert.equal(missing({}), '');
    assert.equal(missing({ disks: [disk(500), disk(120, 'nvme'), disk(8, 'ssd', true)], memory: 63 * GIB }), '');
  });
  it('says all that it lacks', () => {
    assert.equal(
      missing({ memory: 32 * GIB, disks: [disk(400, 'hdd'), disk(200, 'ssd', true)], nics: [], cpu: { ...inventory().cpu, threads: 8 } }),
      '16 threads: it has 8; 64 GiB of memory: it has 32 GiB; 1 network ports: it has 0; a disk of 100 GiB (ssd)',
    );
  });
  it('does not use one disk twice', () => {
    assert.equal(missing({ disks: [disk(1000)] }), 'a disk of 100 GiB (ssd)');
  });
});

describe('a spare', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'prybar-replacement-'));
  let store: Store;
  const node = (name: string, mac: string, more: Partial<Node> = {}): Node => ({
    id: `id-${name}`,
    name,
    remote: 'ssh',
    macs: [mac],
    serial: `serial of ${name}`,
    approved: true,
    pool: 'default',
    addresses: {},
    system: { kind: 'live', instance: `boot of ${name}`, platform: 'debian-12' },
    inventory: inventory(),
    discoveredAt: 0,
    contact: 'up',
    contactAt: 0,
    ...more,
  });
  const add = async (fact: Node): Promise<Revised<Node>> => {
    const put = await store.transact(async (tx) => {
      await tx.claim('name', fact.name, fact.id);
      for (const mac of fact.macs) await tx.claim('mac', mac, fact.id);
      for (const address of Object.values(fact.addresses)) await tx.claim('address in admin', address, fact.id);
      return tx.put('node', fact.id, fact, 'any');
    });
    assert(put.ok);
    return put.value;
  };
  const installation = { id: 'i1', deployment: 'd', role: 'os-install', fingerprint: 'f', platform: 'debian-12', hostKey: 'k', at: 1 };
  const dead: Partial<Node> = { addresses: { admin: '10.0.0.3' }, contact: 'silent', pool: 'compute', installation };

  before(async () => {
    store = await openStore({ file: path.join(folder, 'facts.db') });
    await store.put(
      'network',
      'admin',
      { name: 'admin', cidr: '10.0.0.0/24', adminAddress: '10.0.0.1', interface: 'eth0', range: { first: '10.0.0.2', last: '10.0.0.9' } },
      'any',
    );
  });
  after(async () => {
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('takes name, address, pool and history; the dead machine keeps its hardware and nothing else', async () => {
    const failed = await add(node('n3', '52:54:00:00:00:03', dead));
    const spare = await add(node('n7', '52:54:00:00:00:07', { addresses: { admin: '10.0.0.7' } }));
    await store.issueToken('of the dead', 'installed', failed.id, 1000);
    const done = await replace(store, { failed, spare }, 1000);
    assert(done.ok, JSON.stringify(done));
    await silence(store, { failed, spare });

    const now = (await store.get('node', failed.id))!;
    assert.deepEqual([now.name, now.addresses.admin, now.pool, now.serial, now.macs], ['n3', '10.0.0.3', 'compute', 'serial of n7', ['52:54:00:00:00:07']]);
    // Nothing that was done to the machine before counts for this one.
    assert.deepEqual([now.installation, now.system, now.contact, now.hardwareSince], [undefined, undefined, 'silent', 1000]);
    const gone = (await store.get('node', spare.id))!;
    assert.deepEqual([gone.name, gone.serial, gone.approved, gone.addresses, gone.installation], ['n3-replaced', 'serial of n3', false, {}, undefined]);
    const macs = await store.transact(async (tx) => ({ ok: true as const, value: await tx.claims('mac') }));
    assert(macs.ok && macs.value.get('52:54:00:00:00:07') === failed.id && macs.value.get('52:54:00:00:00:03') === spare.id);
    assert.equal(await store.tokenSubject('of the dead', 'installed', 1), undefined);
  });

  it('takes no place of a machine that answers, and is none where something is installed', async () => {
    const up = await add(node('n4', '52:54:00:00:00:04'));
    const other = await add(node('n5', '52:54:00:00:00:05'));
    const refused = await replace(store, { failed: up, spare: other }, 1000);
    assert(!refused.ok && /n4 still answers/.test(refused.problems[0]!.summary));
    const failed = await add(node('n6', '52:54:00:00:00:06', dead));
    const used = await add(node('n8', '52:54:00:00:00:08', { installation }));
    const not = await replace(store, { failed, spare: used }, 1000);
    assert(!not.ok && /something is installed on it/.test(not.problems[0]!.summary));
    assert.deepEqual(
      candidates(failed, await store.list('node')).map((candidate) => candidate.node.name),
      ['n4', 'n5'],
    );
  });

  it('changes nothing when one of the two has changed in the meantime', async () => {
    const failed = (await store.get('node', 'id-n6'))!;
    const spare = (await store.get('node', 'id-n5'))!;
    await store.put('node', spare.id, { ...spare, pool: 'other' }, spare.revision);
    const refused = await replace(store, { failed, spare }, 1000);
    assert(!refused.ok);
    assert.deepEqual([(await store.get('node', 'id-n6'))!.serial, (await store.get('node', 'id-n5'))!.name], ['serial of n6', 'n5']);
    const names = await store.transact(async (tx) => ({ ok: true as const, value: await tx.claims('name') }));
    assert(names.ok && names.value.get('n5') === 'id-n5');
  });
});
