// What lets somebody in, and until when: the link of the first start, sessions, tokens.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { CONSOLE } from '../model/principal.ts';
import { openStore, type Store } from '../store/store.ts';
import { beginSession, issueFirstCode, issueSignInCode, redeemSignInCode, SESSION_MS, whoHasSession, whoHasToken } from './sessions.ts';
import { addUser, changeUser } from './users.ts';

const DAY_MS = 24 * 3600_000;
// What has ended by the clock of this machine is not kept.
const NOW = Date.now();

describe('what lets somebody in', () => {
  let store: Store;
  let folder: string;
  beforeEach(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'prybar-sessions-'));
    store = await openStore({ file: path.join(folder, 'facts.db') });
  });
  afterEach(async () => {
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('as a session ends when it was not used for hours, and after half a day although it was', async () => {
    await addUser(store, { name: 'ada', role: 'admin' }, 0);
    const body = { how: 'link', address: '', agent: '' } as const;
    const idle = await beginSession(store, 'ada', body, 0);
    assert.equal((await whoHasSession(store, idle, SESSION_MS.idle))?.user, 'ada');
    const quiet = await beginSession(store, 'ada', body, 0);
    assert.equal((await whoHasSession(store, quiet, SESSION_MS.idle, true))?.user, 'ada', 'a page that is only open does not use it');
    assert.equal(await whoHasSession(store, quiet, SESSION_MS.idle + 1), undefined);
    for (let at = SESSION_MS.idle; at <= SESSION_MS.longest; at += SESSION_MS.idle / 2) assert((await whoHasSession(store, idle, at)) !== undefined, `${at}`);
    assert.equal(await whoHasSession(store, idle, SESSION_MS.longest + 1), undefined);
    assert.equal(await whoHasToken(store, idle, 1), undefined, 'nor is it a token');
  });

  it('as a token ends with its time, and nothing that a machine was given is one', async () => {
    await addUser(store, { name: 'ada', role: 'admin' }, 0);
    const body = { name: 'ci', role: 'viewer', scopes: ['*'] };
    await store.credentials.issue('a token', { kind: 'token', subject: 'ada', expiresAt: DAY_MS, body }, 0);
    assert.equal((await whoHasToken(store, 'a token', DAY_MS))?.role, 'viewer');
    assert.equal(await whoHasToken(store, 'a token', DAY_MS + 1), undefined);
    assert.equal(await whoHasSession(store, 'a token', 1), undefined);
    for (const purpose of ['discovery', 'heartbeat', 'installation', 'installed', 'capture', 'menu', 'sign-in']) {
      await store.issueToken(`of ${purpose}`, purpose, CONSOLE, NOW + DAY_MS);
      assert.equal(await store.tokenSubject(`of ${purpose}`, purpose, NOW), CONSOLE);
      assert.equal(await whoHasToken(store, `of ${purpose}`, NOW), undefined, purpose);
    }
  });

  it('as a token of a tenant ends where its owner goes to another, and does no more than its owner may', async () => {
    for (const name of ['red', 'blue']) await store.put('tenant', name, { name, summary: '' }, 'new');
    await addUser(store, { name: 'rosa', role: 'admin', tenant: 'red' }, 0);
    const body = { name: 'ci', role: 'operator', scopes: ['*'], tenant: 'red' };
    await store.credentials.issue('a token', { kind: 'token', subject: 'rosa', expiresAt: DAY_MS, body }, 0);
    assert.equal((await whoHasToken(store, 'a token', 1))?.role, 'operator');
    await changeUser(store, 'rosa', { role: 'viewer' });
    assert.equal((await whoHasToken(store, 'a token', 1))?.role, 'viewer');
    await changeUser(store, 'rosa', { tenant: 'blue' });
    assert.equal(await whoHasToken(store, 'a token', 1), undefined);
  });

  it('as the link of the first start signs one browser in, once, also of two at the same time, and within a day', async () => {
    const code = await issueFirstCode(store, NOW);
    const both = await Promise.all([redeemSignInCode(store, code, NOW + 1), redeemSignInCode(store, code, NOW + 1)]);
    assert.deepEqual(both.toSorted(), [CONSOLE, undefined]);
    assert.equal(await redeemSignInCode(store, await issueFirstCode(store, NOW), NOW + DAY_MS + 1), undefined);
  });

  it('as such a link is good for nothing once another was printed, or somebody can let others in', async () => {
    const [before, now] = [await issueFirstCode(store, NOW), await issueFirstCode(store, NOW)];
    assert.equal(await redeemSignInCode(store, before, NOW + 1), undefined);
    await addUser(store, { name: 'vera', role: 'viewer' }, 0);
    assert.equal(await redeemSignInCode(store, now, NOW + 1), CONSOLE, 'a viewer lets nobody in');
    const late = await issueFirstCode(store, NOW);
    await addUser(store, { name: 'ada', role: 'admin' }, 0);
    assert.equal(await redeemSignInCode(store, late, NOW + 1), undefined);
    assert.equal(await redeemSignInCode(store, await issueSignInCode(store, NOW), NOW + 1), CONSOLE, 'one that somebody asked for is');
  });
});
