// Who may sign in and how, tokens, sessions, tenants, webhooks and the audit log, on the page.

import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Admin } from '../admin.ts';
import { startProvider } from '../open-id-provider.ts';
import { openSite, type Site } from './browser.ts';

const PASSPHRASE = 'four words nobody expects';

describe('settings on the page', function () {
  this.timeout(120_000);
  let admin: Admin;
  let site: Site | undefined;
  let { page, visit, accessible, picture, complaints } = {} as Site;
  before(async function () {
    site = await openSite(this, { stranger: true, enter: async () => ['--webhooks-to', '127.0.0.0/8'] });
    ({ admin, page, visit, accessible, picture, complaints } = site);
    await admin.client.call('POST /users', { body: { name: 'ada', role: 'admin', passphrase: PASSPHRASE } });
    await visit(admin.url);
    complaints.splice(0);
  });
  after(() => site?.close());

  it('signs in with a name and a passphrase, and says when it is wrong', async () => {
    await page.getByLabel('Name').fill('Ada');
    await page.getByLabel('Passphrase').fill('another one than hers');
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.getByText('The name or the passphrase is wrong.').waitFor();
    complaints.splice(0);
    await picture('sign-in-by-name');
    await page.getByLabel('Passphrase').fill(PASSPHRASE);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.getByRole('link', { name: 'Activity' }).waitFor();
  });

  it('adds a user, and keeps one out', async () => {
    await visit(`${admin.url}/settings/users`);
    await page.getByRole('button', { name: /add a user/i }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Name').fill('olga');
    await dialog.getByLabel('Role').selectOption('operator');
    await dialog.getByLabel('New passphrase').fill(PASSPHRASE);
    await dialog.getByLabel('The same again').fill(PASSPHRASE);
    await dialog.getByRole('button', { name: 'Add', exact: true }).click();
    await page.getByRole('button', { name: 'Disable olga' }).click();
    await page.getByText('operator, disabled').waitFor();
    assert.equal((await admin.client.call('GET /users')).find(({ name }) => name === 'olga')?.disabled, true);
    await page.getByRole('button', { name: 'Disable ada' }).click();
    await page.getByText('ada is the only admin of the site.').waitFor();
    complaints.splice(0);
    await picture('settings-users');
    await accessible('settings-users');
  });

  it('gives a user another passphrase, which ends the sessions, and a link that signs in once', async () => {
    const { client } = admin;
    const another = 'quite another handful of words';
    const sessionsOf = async (name: string) => (await client.call('GET /sessions', { query: { all: true } })).filter(({ user }) => user === name).length;
    await client.call('PATCH /users/:name', { params: { name: 'olga' }, body: { disabled: false } });
    const signIn = (body: object) =>
      fetch(`${admin.url}/api/v1/session`, { method: 'POST', headers: { 'content-type': 'application/json', origin: admin.url }, body: JSON.stringify(body) });
    assert.equal((await signIn({ user: 'olga', passphrase: PASSPHRASE })).ok, true);
    assert.equal(await sessionsOf('olga'), 1);
    const dialog = page.getByRole('dialog');
    await page.getByRole('button', { name: 'Passphrase of olga' }).click();
    await dialog.getByText('all sessions of olga end. API tokens stay.').waitFor();
    await dialog.getByLabel('New passphrase').fill(another);
    await dialog.getByLabel('The same again').fill(another);
    await dialog.getByRole('button', { name: 'Set the passphrase' }).click();
    await dialog.waitFor({ state: 'detached' });
    assert.equal(await sessionsOf('olga'), 0);
    assert.equal((await signIn({ user: 'olga', passphrase: another })).ok, true);
    await page.getByRole('button', { name: 'Passphrase of ada' }).click();
    await dialog.getByText('all sessions of ada end, also this one.').waitFor();
    await dialog.getByRole('button', { name: 'Cancel' }).click();

    await page.getByRole('button', { name: 'Sign-in link for olga' }).click();
    await dialog.getByText('Whoever opens it is signed in as olga').waitFor();
    await dialog.getByRole('button', { name: 'Make the link' }).click();
    const link = await page.getByLabel('Sign-in link for olga', { exact: true }).inputValue();
    await picture('settings-users-link');
    await accessible('settings-users-passphrase', undefined, (copy) => copy.getByRole('button', { name: 'Passphrase of olga' }).click());
    assert.equal(link.startsWith(`${admin.url}/sign-in/`), true, link);
    const code = link.split('/').at(-1)!;
    const answers = [(await signIn({ code })).ok, (await signIn({ code })).status];
    assert.deepEqual(answers, [true, 401], 'it is good once');
    assert((await client.call('GET /sessions', { query: { all: true } })).some(({ user, how }) => user === 'olga' && how === 'link'));
  });

  it('makes a token that is shown once and works, and revokes it', async () => {
    await visit(`${admin.url}/settings/tokens`);
    await page.getByRole('button', { name: /make a token/i }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Name').fill('ci');
    await dialog.getByLabel('Scopes').fill('nodes:read');
    await dialog.getByRole('button', { name: 'Make', exact: true }).click();
    const text = await page.getByLabel('Text of the token ci').inputValue();
    assert.equal((await fetch(`${admin.url}/api/v1/nodes`, { headers: { authorization: `Bearer ${text}` } })).status, 200);
    await picture('settings-tokens');
    await accessible('settings-tokens');
    await page.getByRole('button', { name: 'Revoke ci' }).click();
    await page.getByText('There is none.').waitFor();
    assert.equal((await fetch(`${admin.url}/api/v1/nodes`, { headers: { authorization: `Bearer ${text}` } })).status, 401);
  });

  it('shows who is signed in, and how to trust the page', async () => {
    await visit(`${admin.url}/settings`);
    await page.getByText('ada, this browser').waitFor();
    await picture('settings-sessions');
    await accessible('settings-sessions');
    await visit(`${admin.url}/settings/trust`);
    await page.getByText((await admin.client.call('GET /certificate-authority')).fingerprint).waitFor();
    await picture('settings-trust');
    await accessible('settings-trust');
  });

  it('begins a tenant, gives it a machine, and renames it', async () => {
    await visit(`${admin.url}/settings/tenants`);
    await page.getByText('Nobody shares this site').waitFor();
    await accessible('settings-no-tenants', 'Nobody shares this site');
    await page.getByRole('button', { name: 'Begin a tenant…' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Name').fill('red');
    await dialog.getByLabel('Who that is').fill('The red team');
    await dialog.getByRole('button', { name: 'Begin', exact: true }).click();
    await page.getByRole('gridcell', { name: 'The red team' }).waitFor();
    // It gets a deployment, a person and a token, which follow to its new name.
    await admin.client.call('POST /deployments', { body: { name: 'shop', tenant: 'red' } });
    await admin.client.call('PATCH /users/:name', { params: { name: 'olga' }, body: { tenant: 'red', disabled: false } });
    await page.getByRole('gridcell', { name: '1 deployment' }).waitFor();
    await picture('settings-tenants');
    await accessible('settings-tenants');
    await page.getByRole('button', { name: /^Remove red/ }).click();
    await dialog.getByRole('button', { name: 'Remove', exact: true }).click();
    await dialog.getByText('To red still belong shop, olga.').waitFor();
    complaints.splice(0);
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    await page.getByRole('button', { name: /^Rename red/ }).click();
    await dialog.getByLabel('Name').fill('crimson');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('gridcell', { name: 'crimson', exact: true }).waitFor();
    assert.equal((await admin.client.call('GET /users')).find(({ name }) => name === 'olga')?.tenant, 'crimson');
    assert.equal((await admin.client.call('GET /deployments')).find(({ name }) => name === 'shop')?.tenant, 'crimson');
    await admin.client.call('PATCH /users/:name', { params: { name: 'olga' }, body: { tenant: null } });
  });

  // What is gone is asked for once more before the page knows that: a 404, which has come when another page is there.
  const overlook404 = async (): Promise<void> => {
    await visit(`${admin.url}/settings/tokens`);
    await page.getByRole('tab', { name: 'API tokens', selected: true }).waitFor();
    const others = complaints.splice(0).filter((text) => !/\b404\b/.test(text));
    complaints.push(...others);
  };

  it('tries a provider and says what is wrong with it before it is kept', async () => {
    const provider = await startProvider(`${admin.url}/api/v1/openid/callback`);
    try {
      await visit(`${admin.url}/settings/openid`);
      await page.locator('#openid-issuer').fill(provider.issuer);
      await page.locator('#openid-client').fill('prybar');
      await page.getByLabel('Secret of the client').fill('not the right one');
      await page.getByLabel('Group 1', { exact: true }).fill('ops');
      await page.getByLabel('Role of group 1').selectOption('operator');
      await page.getByRole('button', { name: 'Test the connection' }).click();
      await page.getByText('The provider does not accept the client with this secret.').waitFor();
      await picture('settings-openid-wrong');
      await page.getByLabel('Secret of the client').fill('a secret of the client');
      await page.getByText('This was found before you changed something.').waitFor();
      await page.getByRole('button', { name: 'Test the connection' }).click();
      await page.getByText('The connection works.').waitFor();
      await page.getByRole('button', { name: 'Save' }).click();
      await page.getByText('It is saved: people find it on the sign-in page.').waitFor();
      const kept = await admin.client.call('GET /openid');
      assert.deepEqual([kept.issuer, kept.clientId, kept.roles, kept.secret], [provider.issuer, 'prybar', { ops: 'operator' }, true]);
      await picture('settings-openid');
      await accessible('settings-openid', 'What people may do');
      await page.getByRole('button', { name: 'Remove…' }).click();
      await page.getByRole('dialog').getByRole('button', { name: 'Remove', exact: true }).click();
      await page.getByText('Nobody signs in here through a provider yet.').waitFor();
      await overlook404();
    } finally {
      provider.close();
    }
  });

  it('adds a webhook, shows its secret once, tests it, and shows what it was told', async () => {
    let status = 204;
    const receiver = createServer((request, response) => {
      request.resume();
      response.writeHead(status).end();
    });
    await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
    try {
      await visit(`${admin.url}/settings/webhooks`);
      await page.getByText('Nobody is told anything').waitFor();
      await accessible('settings-no-webhooks', 'Nobody is told anything');
      await page.getByRole('button', { name: 'Add a webhook…' }).click();
      const dialog = page.getByRole('dialog');
      await dialog.getByLabel('Name').fill('portal');
      await dialog.getByLabel('Address').fill('http://127.0.0.1:1/');
      await dialog.getByLabel('Also').fill('node.exploded');
      await dialog.getByRole('button', { name: 'Add', exact: true }).click();
      await dialog.getByText('Nothing is called node.exploded.').waitFor();
      complaints.splice(0);
      await dialog.getByLabel('Also').fill('');
      await dialog.getByLabel('Address').fill(`http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`);
      await dialog.getByRole('button', { name: 'Add', exact: true }).click();
      assert.match(await page.getByLabel('Secret of portal').inputValue(), /^whsec_/);
      await picture('settings-webhook-made');
      await page.getByRole('button', { name: 'Test portal' }).click();
      await page.getByText('taken', { exact: true }).waitFor();
      status = 500;
      await page.getByRole('button', { name: 'Test portal' }).click();
      await page.getByText('waits', { exact: true }).waitFor();
      await page.getByText('answered 500', { exact: true }).first().waitFor();
      await visit(page.url());
      await page.getByText('webhook.test').first().waitFor();
      assert.equal(await page.getByLabel('Secret of portal').count(), 0, 'it is shown once');
      await picture('settings-webhooks');
      await accessible('settings-webhooks', 'Became of it');
      await page.getByRole('button', { name: /^Remove portal/ }).click();
      await dialog.getByRole('button', { name: 'Remove', exact: true }).click();
      await page.getByText('Nobody is told anything').waitFor();
      await overlook404();
    } finally {
      receiver.close();
      receiver.closeAllConnections();
    }
  });

  it('makes a backup, and hands it out', async () => {
    await visit(`${admin.url}/settings/backup`);
    await page.getByText('There is no backup').waitFor();
    await accessible('settings-no-backup', 'There is no backup');
    await page.getByRole('button', { name: 'Make a backup…' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Make', exact: true }).click();
    await page.getByText('The latest is not sealed').waitFor();
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: /^Download/ }).click()]);
    assert.match(download.suggestedFilename(), /^prybar-.*\.tar\.zst$/);
    const [made] = await admin.client.call('GET /backups');
    assert.equal(statSync(await download.path()).size, made!.bytes);
    await picture('settings-backup');
    await accessible('settings-backup', 'The latest is not sealed');
  });

  it('checks the log: says what to note down, and finds out what was noted down and is not there', async () => {
    await visit(`${admin.url}/activity`);
    const dialog = page.getByRole('dialog');
    await page.getByRole('button', { name: 'Check the log…' }).click();
    await dialog.getByRole('button', { name: 'Check', exact: true }).click();
    await page.getByText(/^Success alert:\d+ records, each fits the one before\.$/).waitFor();
    const head = await page.getByLabel('Head of the log', { exact: true }).inputValue();
    assert.match(admin.cli('audit', 'verify', '--expect', head).stdout, /each fits the one before/);
    await picture('activity-checked');
    await accessible('activity-check', undefined, (copy) => copy.getByRole('button', { name: 'Check the log…' }).click());
    await page.getByRole('button', { name: 'Check the log…' }).click();
    await dialog.getByLabel('Head that was noted down').fill('7');
    assert(await dialog.getByRole('button', { name: 'Check', exact: true }).isDisabled(), 'that is no head');
    const [number] = head.split(':');
    await dialog.getByLabel('Head that was noted down').fill(`${number}:${'0'.repeat(64)}`);
    await dialog.getByRole('button', { name: 'Check', exact: true }).click();
    await page.getByText(`Record ${number} of the audit log does not fit: it is another one than was noted down.`).waitFor();
    await page.getByText('Trust what is before it; compare with a backup from then.').waitFor();
    await picture('activity-broken');
  });

  it('shows who did what, and finds it by words', async () => {
    await visit(`${admin.url}/activity?text=users olga`);
    await page.getByText('user olga: disabled: nothing → true').waitFor();
    await page.getByText('Give a user another role or tenant, or switch it off and on').first().waitFor();
    await page.getByText(/^user olga: nothing → name: olga, role: \w+/).waitFor();
    await picture('activity');
    await accessible('activity');
    assert.deepEqual(complaints, []);
  });
});
