// Secrets of roles against a real store and a real openssl.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createPrivateKey, createPublicKey, X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { SecretRequest } from '../model/secret.ts';
import { readSecret } from '../catalog/secrets.ts';
import { generateKeyPair } from '../remote/keys.ts';
import { openStore, type Store } from '../store/store.ts';
import { openRoleSecrets, type RoleSecrets } from './role-secrets.ts';
import { openSecrets } from './secrets.ts';

describe('secrets of roles', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'prybar-secrets-'));
  let store: Store;
  let secrets: RoleSecrets;
  before(async () => {
    store = await openStore({ file: path.join(folder, 'facts.db') });
    secrets = openRoleSecrets(store, { secrets: openSecrets(store, path.join(folder, 'key')), makeKeyPair: generateKeyPair, now: () => 5 });
  });
  after(async () => {
    await store.close();
    rmSync(folder, { recursive: true });
  });

  const n1 = { id: 'n1', name: 'n1', addresses: { admin: '10.0.0.1' } };
  const n2 = { id: 'n2', name: 'n2', addresses: { admin: '10.0.0.2' } };
  const request = (name: string, declaration: SecretRequest['declaration'], rotation = 0): SecretRequest => ({
    name,
    id: `d/b/${name}`,
    declaration,
    rotation,
  });

  it('are made once, also for two who ask at the same time, and stay', async () => {
    const wanted = [request('root', { kind: 'password', length: 40 })];
    const [first, second] = await Promise.all([secrets.of(wanted, n1), secrets.of(wanted, n2)]);
    assert.match(String(first.root), /^[A-Za-z0-9]{40}$/);
    assert.deepEqual(second, first);
    assert.deepEqual(await secrets.of(wanted, n1), first);
  });

  it('lie sealed in the store', async () => {
    const { root } = await secrets.of([request('root', { kind: 'password', length: 40 })], n1);
    const kept = JSON.stringify(await store.list('secret'));
    assert(kept.includes('sealed') && !kept.includes(String(root)));
  });

  it('are opened by the name that they were sealed under alone, and by this key alone', async () => {
    const own = openSecrets(store, path.join(folder, 'key'));
    await own.put('of red', 'a secret of red');
    const { sealed } = (await store.get('secret', 'of red'))!;
    await store.put('secret', 'of blue', { sealed }, 'any');
    assert.equal(await own.get('of red'), 'a secret of red');
    await assert.rejects(own.get('of blue'));
    await assert.rejects(openSecrets(store, path.join(folder, 'another key')).get('of red'));
  });

  it('are key pairs that OpenSSH takes', async () => {
    const { login } = await secrets.of([request('login', { kind: 'ssh-keypair' })], n1);
    assert(typeof login === 'object' && 'private' in login);
    const file = path.join(folder, 'login');
    writeFileSync(file, login.private, { mode: 0o600 });
    const [type, key] = login.public.split(' ');
    assert.equal(execFileSync('ssh-keygen', ['-y', '-f', file], { encoding: 'utf8' }).split(' ').slice(0, 2).join(' ').trim(), `${type} ${key}`);
  });

  it('are another password for each machine where one is not to know that of another', async () => {
    const wanted = [request('bmc', { kind: 'password-of-node', length: 16 })];
    const [first, again, other] = [await secrets.of(wanted, n1), await secrets.of(wanted, n1), await secrets.of(wanted, n2)];
    assert.match(String(first.bmc), /^[A-Za-z0-9]{16}$/);
    assert.deepEqual(again, first);
    assert.notDeepEqual(other, first);
    assert.deepEqual(readSecret('password(16, node)'), { ok: true, value: { kind: 'password-of-node', length: 16 } });
    assert.deepEqual(readSecret('password'), { ok: true, value: { kind: 'password', length: 32 } });
    for (const wrong of ['password(all)', 'password(16 nodes)', 'password(4, node)']) assert.equal(readSecret(wrong).ok, false);
  });

  it('are certificates for each machine, signed by one authority that openssl trusts', async () => {
    const wanted = [request('tls', { kind: 'x509-of-node' })];
    const [{ tls: a }, { tls: b }] = await Promise.all([secrets.of(wanted, n1), secrets.of(wanted, n2)]);
    assert(typeof a === 'object' && 'cert' in a && typeof b === 'object' && 'cert' in b);
    assert.equal(a.ca, b.ca);
    const certificate = new X509Certificate(a.cert);
    assert.equal(certificate.subjectAltName, 'DNS:n1, IP Address:10.0.0.1');
    assert.equal(certificate.ca, false);
    assert(certificate.publicKey.equals(createPublicKey(createPrivateKey(a.key))));
    writeFileSync(path.join(folder, 'ca.pem'), a.ca);
    writeFileSync(path.join(folder, 'n2.pem'), b.cert);
    assert.match(
      execFileSync('openssl', ['verify', '-x509_strict', '-CAfile', path.join(folder, 'ca.pem'), '-verify_hostname', 'n2', path.join(folder, 'n2.pem')], {
        encoding: 'utf8',
      }),
      /: OK/,
    );
    const moved = await secrets.of(wanted, { ...n1, addresses: { admin: '10.0.0.9' } });
    assert.notEqual((moved.tls as { cert: string }).cert, a.cert, 'another address needs another certificate');
  });

  it('are others after a rotation, or what a person gave', async () => {
    const before = await secrets.of([request('root', { kind: 'password', length: 40 })], n1);
    const rotated = await secrets.rotate('d/b/root', 'new');
    assert(rotated.ok && rotated.value.count === 1);
    const after = await secrets.of([request('root', { kind: 'password', length: 40 }, 1)], n1);
    assert.notEqual(after.root, before.root);
    const stale = await secrets.rotate('d/b/root', 'new');
    assert(!stale.ok, 'two who rotate at once do not do it twice');
    const own = await secrets.rotate('d/b/root', rotated.value.revision, 'correct horse');
    assert(own.ok);
    assert.equal((await secrets.of([request('root', { kind: 'password', length: 40 }, 2)], n1)).root, 'correct horse');
  });
});
