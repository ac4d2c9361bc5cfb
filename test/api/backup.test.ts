// A site is backed up while it is being changed, and put back elsewhere: the same facts, history, secrets and people; and nothing is moved for a file
// that is no backup, or where an admin node runs.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Admin, startAdmin } from '../admin.ts';

const PASSPHRASE = 'four words nobody expects';

describe('a backup', function () {
  this.timeout(120_000);
  const folder = mkdtempSync(path.join(tmpdir(), 'prybar-backup-'));
  const key = path.join(folder, 'key');
  const second = path.join(folder, 'state');
  let admin: Admin;
  // Open to the DHCP server, as a state folder must be.
  chmodSync(folder, 0o711);
  let plain: string;
  let sealed: string;
  before(async () => {
    admin = await startAdmin();
    assert.equal(spawnSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key]).status, 0);
    await admin.client.call('POST /users', { body: { name: 'ada', role: 'admin', passphrase: PASSPHRASE } });
    await admin.client.call('POST /tenants', { body: { name: 'red' } });
    // Made when it is first asked for; its key is a secret.
    await admin.client.call('GET /certificate-authority');
    await admin.client.call('POST /webhooks', { body: { name: 'portal', url: 'https://portal.example/', events: ['*'] } });
  });
  after(async () => {
    await admin?.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  /** All that the API tells of facts, without what says when and where this one runs. */
  const facts = async ({ client }: Admin) => ({
    users: await client.call('GET /users'),
    tenants: await client.call('GET /tenants'),
    deployments: await client.call('GET /deployments'),
    proposals: await client.call('GET /proposals'),
    webhooks: (await client.call('GET /webhooks')).map(({ name, url, events }) => ({ name, url, events })),
    authority: (await client.call('GET /certificate-authority')).fingerprint,
  });

  it('is made while facts change, of one moment, for root alone', async () => {
    let going = true;
    let written = 0;
    const writing = (async () => {
      for (; going; written++) await admin.client.call('POST /deployments', { body: { name: `d${written}` } });
    })();
    const to = path.join(folder, 'plain.tar.zst');
    const made = await admin.client.call('POST /backups', { body: {} });
    going = false;
    await writing;
    assert(written > 0, 'nothing changed meanwhile');
    assert.deepEqual(await admin.client.call('GET /backups'), [made]);
    assert.equal(made.sealed, false);
    const lying = path.join(admin.state, 'backups', made.name);
    assert.equal(statSync(lying).mode & 0o777, 0o600);
    const listed = spawnSync('tar', ['--zstd', '-tf', lying], { encoding: 'utf8' }).stdout;
    for (const name of ['manifest.json', 'facts.db', 'secret.key', 'ssh-key']) assert.match(listed, new RegExp(`^${name}$`, 'm'));
    assert(!existsSync(path.join(admin.state, 'backups', 'making')));
    const { stdout, stderr, status } = admin.cli('backup', 'make', '--to', to);
    assert.equal(status, 0, stderr);
    assert.match(stdout, /keep it as you keep that/);
    assert.equal(statSync(to).mode & 0o777, 0o600);
    plain = to;
  });

  it('is sealed for a key, and refuses what is none', async () => {
    sealed = path.join(folder, 'sealed.tar.zst.age');
    const { stderr, status } = admin.cli('backup', 'make', '--to', sealed, '--seal-for', readFileSync(`${key}.pub`, 'utf8').trim());
    assert.equal(status, 0, stderr);
    assert.match(readFileSync(sealed, 'latin1').slice(0, 40), /^age-encryption.org/);
    await assert.rejects(admin.client.call('POST /backups', { body: { sealFor: `ssh-ed25519 ${'A'.repeat(60)}` } }), /could not be made/);
    const kept = await admin.client.call('GET /audit', { query: { text: '/backups' } });
    assert(
      kept.some(({ act, asked }) => act === 'POST /backups/:name/download' && JSON.stringify(asked).includes('.age')),
      'it is kept who took it',
    );
  });

  it('keeps the latest five', async () => {
    for (let count = 0; count < 5; count++) {
      // Their names are to the second.
      await new Promise((resolve) => setTimeout(resolve, 1000));
      await admin.client.call('POST /backups', { body: {} });
    }
    const all = await admin.client.call('GET /backups');
    assert.equal(all.length, 5);
    await admin.client.call('DELETE /backups/:name', { params: { name: all[0]!.name } });
    assert.equal((await admin.client.call('GET /backups')).length, 4);
    const outside = await fetch(`${admin.url}/api/v1/backups/${encodeURIComponent('../secret.key')}/download`, {
      method: 'POST',
      headers: { authorization: `Bearer ${admin.client.token}` },
    });
    assert.equal(outside.status, 404);
  });

  const restore = (file: string, state: string, ...words: string[]) => {
    const { stdout, stderr, status } = spawnSync(process.execPath, ['core/cli/prybar.ts', '--state', state, 'backup', 'restore', file, ...words], {
      encoding: 'utf8',
      env: { ...process.env, NO_COLOR: '1' },
    });
    return { stdout, stderr, status };
  };

  it('is put back elsewhere, and all is as it was', async () => {
    const before = await facts(admin);
    // What came after the backup is not in it.
    await admin.client.call('POST /tenants', { body: { name: 'late' } });
    assert.match(restore(sealed, second).stderr, /is sealed/);
    const { stdout, stderr, status } = restore(sealed, second, '--identity', key);
    assert.equal(status, 0, stderr);
    assert.match(stdout, /is as .* was/);
    const other = await startAdmin(['--no-lab'], second);
    try {
      assert.deepEqual(await facts(other), before);
      assert(readFileSync(path.join(second, 'ssh-key'), 'utf8') === readFileSync(path.join(admin.state, 'ssh-key'), 'utf8'), 'machines know this key');
      const signedIn = await fetch(`${other.url}/api/v1/session`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ user: 'ada', passphrase: PASSPHRASE }),
      });
      assert.equal(signedIn.status, 200);
      assert.equal((await other.client.call('GET /audit/check')).broken, undefined);
      assert.match(restore(plain, second, '--over').stderr, /Another admin node/);
    } finally {
      await other.stop();
    }
  });

  it('is put over what is there only when that is said, and keeps that', () => {
    assert.match(restore(plain, second).stderr, /holds the facts of an admin node already/);
    assert.equal(restore(plain, second, '--over').status, 0);
    const aside = readdirSync(second).find((name) => name.startsWith('before-restore-'));
    assert(existsSync(path.join(second, aside!, 'store/facts.db')) && existsSync(path.join(second, aside!, 'secret.key')));
  });

  it('is not believed when it is damaged, or something else', () => {
    const fresh = path.join(folder, 'fresh');
    const cut = path.join(folder, 'cut.tar.zst');
    writeFileSync(cut, readFileSync(plain).subarray(0, 2000));
    assert.match(restore(cut, fresh).stderr, /cannot be opened/);
    const other = path.join(folder, 'other.tar.zst');
    spawnSync('tar', ['--zstd', '-cf', other, '-C', folder, 'key.pub']);
    assert.match(restore(other, fresh).stderr, /no backup of an admin node/);
    assert.deepEqual(readdirSync(fresh), [], 'nothing stays of it');
  });
});
