import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type KeptHistory, keepMachineHistory } from './machine-history.ts';
import { happeningText } from './model/happening.ts';
import type { Inventory } from './model/inventory.ts';
import type { Node } from './model/node.ts';
import type { Sighting } from './model/progress.ts';
import { node } from './plan/plan-for-tests.ts';
import { openStore, type Store } from './store/store.ts';

describe('the history of a machine', () => {
  let folder: string;
  let store: Store;
  let kept: KeptHistory;
  let clock = 1000;
  const begin = () => {
    kept = keepMachineHistory({ store, now: () => ++clock, onProblem: (found) => assert.fail(found.summary) });
    return kept.look();
  };
  beforeEach(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'prybar-history-'));
    store = await openStore({ file: path.join(folder, 'facts.db') });
    await begin();
  });
  afterEach(async () => {
    await kept.stop();
    await store.close();
    rmSync(folder, { recursive: true });
  });

  const told = async (from = 0): Promise<string[]> => {
    await kept.look();
    return (await store.happenings.list('id-n1', { limit: 50 })).map(happeningText).reverse().slice(from);
  };
  const put = (more: Partial<Node>) => store.put('node', 'id-n1', node('n1', { ...more }), 'any');
  const sees = (stage: Sighting['stage']) => store.put('sighting', 'aa', { mac: 'aa', nodeId: 'id-n1', stage, at: clock }, 'any');
  const live = (instance: string) => ({ kind: 'live' as const, instance, platform: 'debian-12' });

  it('tells starts, silence and what people do, once each', async () => {
    await put({ approved: false, system: live('a') });
    assert.deepEqual(await told(), ['Discovered', 'Started: debian-12 in RAM']);
    await put({ system: live('a'), name: 'web' });
    assert.deepEqual(await told(2), ['Let in, as web']);
    await put({ system: live('a'), name: 'web', contact: 'off' });
    await told();
    // Firmware asks again and again while there is nothing for it.
    for (const stage of ['kernel', 'ipxe', 'initrd', 'ipxe'] as const) await sees(stage);
    await told();
    await put({ system: live('b'), name: 'web', maintenance: true });
    assert.deepEqual(await told(3), ['Off', 'Asked what to boot', 'Put into maintenance', 'Started: debian-12 in RAM']);
    await sees('ipxe');
    assert.deepEqual(await told(7), ['Asked what to boot']);
  });

  it('goes on after a restart without telling anything twice, and keeps what there was of a machine that is gone', async () => {
    await put({});
    await told();
    await kept.stop();
    await begin();
    await put({ pool: 'compute', tenant: 'red' });
    assert.deepEqual(await told(3), ['Moved from pool default to compute', 'Given to red']);
    await store.remove('node', 'id-n1');
    assert.deepEqual(await told(5), ['Forgotten']);
    const [, given] = await store.happenings.list('id-n1', { limit: 2 });
    assert.deepEqual(await store.happenings.list('id-n1', { kind: 'given', limit: 5 }), [given]);
    assert.equal((await store.happenings.list('id-n1', { before: given!.at, limit: 9 })).length, 3);
    assert.equal(await store.happenings.prune(given!.at), 3);
    assert.equal((await told()).length, 3);
  });

  it('says what else it is made of', async () => {
    const inventory = (memory: number): Inventory => ({
      cpu: { model: 'Xeon', sockets: 1, cores: 2, threads: 2, architecture: 'x86_64' },
      memory,
      disks: [],
      nics: [],
      firmware: { kind: 'bios', version: '1' },
      vendor: 'V',
      product: 'P',
    });
    await put({ inventory: inventory(8 * 2 ** 30) });
    await told();
    await put({ inventory: inventory(8 * 2 ** 30) });
    await put({ inventory: inventory(4 * 2 ** 30) });
    assert.deepEqual(await told(3), ['Its hardware changed: memory is about 4 GiB and was about 8 GiB']);
  });
});
