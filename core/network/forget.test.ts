// What is left of a machine that is forgotten: looked for everywhere in the store, not where it was put.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Node } from '../model/node.ts';
import type { FactKind } from '../store/facts.ts';
import { openStore, type Store } from '../store/store.ts';
import { forget } from './admission.ts';

const ID = 'n-4711';
const OTHER = 'n-47110';
const key = `web/app@${ID}`;

describe('a machine that is forgotten', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'prybar-forget-'));
  let store: Store;
  before(async () => {
    store = await openStore({ file: path.join(folder, 'facts.db') });
  });
  after(async () => {
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const fill = async (id: string) => {
    const node: Node = { id, name: id, remote: 'ssh', macs: [], approved: true, pool: 'default', addresses: {}, discoveredAt: 0, contact: 'up', contactAt: 0 };
    await store.put('node', id, node, 'new');
    await store.claim('name', id, id);
    await store.claim('mac', `mac of ${id}`, id);
    await store.claim('address in admin', `address of ${id}`, id);
    const kinds = ['bootOrder', 'installing', 'bmcContact', 'handRequest', 'hardwareReading', 'baseline', 'bootEvidence'] as const;
    for (const kind of kinds) await store.put(kind, id, { nodeId: id } as never, 'any');
    for (const kind of ['retry', 'health', 'drift', 'check'] as const) await store.put(kind, `web/app@${id}`, { key: `web/app@${id}` } as never, 'any');
    await store.put('bmcAccess', `node ${id}`, { id: `node ${id}`, serials: [], nodeId: id, user: 'u', secret: `bmc node ${id}` }, 'any');
    for (const name of [`bmc node ${id}`, `role web/app/tls 0 for ${id} ${id} 10.0.0.1`, `role system/os-install/hostKey 1 for ${id}`])
      await store.put('secret', name, { sealed: '' }, 'any');
    for (const purpose of ['heartbeat', 'installed', 'installation']) await store.issueToken(`${purpose} of ${id}`, purpose, id, Date.now() + 60_000);
  };
  const left = async (id: string): Promise<string[]> => {
    const found: string[] = [];
    // Every kind that was ever written, read from the feed: a new one that nobody thought of is found as well.
    const kinds = new Set((await store.changes(0, 10_000)).map((change) => change.kind as FactKind));
    for (const kind of kinds)
      for (const name of await store.names(kind)) if (`${name} `.includes(`${id} `) || name.includes(`@${id} `)) found.push(`${kind} ${name}`);
    for (const scope of ['name', 'mac', 'address in admin'])
      for (const [value, owner] of await store.claims(scope)) if (owner === id) found.push(`claim ${value}`);
    for (const purpose of ['heartbeat', 'installed', 'installation'])
      if (await store.tokenSubject(`${purpose} of ${id}`, purpose, Date.now())) found.push(`token ${purpose}`);
    return found.sort();
  };

  it('keeps its address and its secrets should it come back, and nothing else', async () => {
    await fill(ID);
    await fill(OTHER);
    const whole = await left(OTHER);
    assert.equal(whole.length, 22);
    await forget(store, ID);
    assert.deepEqual(await left(ID), [
      `bmcAccess node ${ID}`,
      `claim address of ${ID}`,
      `secret bmc node ${ID}`,
      `secret role system/os-install/hostKey 1 for ${ID}`,
      `secret role web/app/tls 0 for ${ID} ${ID} 10.0.0.1`,
    ]);
    assert.deepEqual(await left(OTHER), whole);
    assert.equal(await store.get('health', key), undefined);
  });

  it('leaves nothing when it goes for good, and others as they are', async () => {
    const whole = await left(OTHER);
    await store.put('node', ID, { ...(await store.get('node', OTHER))!, id: ID }, 'any');
    await forget(store, ID, true);
    assert.deepEqual([await left(ID), await left(OTHER)], [[], whole]);
  });
});
