// Who may sign in, tokens, sessions and the audit log, on the page.

import assert from 'node:assert/strict';
import { type Admin, startAdmin } from '../admin.ts';
import { browserMissing, openBrowser, type Opened, skipWhere } from './browser.ts';

const PASSPHRASE = 'four words nobody expects';

describe('settings on the page', function () {
  this.timeout(120_000);
  let admin: Admin;
  let opened: Opened;
  let { page, visit, accessible, picture, complaints } = {} as Opened;
  before(async function () {
    skipWhere(this, browserMissing());
    admin = await startAdmin();
    opened = await openBrowser();
    ({ page, visit, accessible, picture, complaints } = opened);
    await admin.client.call('POST /users', { body: { name: 'ada', role: 'admin', passphrase: PASSPHRASE } });
    await visit(admin.url);
    complaints.splice(0);
  });
  after(async () => {
    await opened?.close();
    await admin?.remove();
  });

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

  it('shows who did what, and finds it by words', async () => {
    await visit(`${admin.url}/activity?text=users olga`);
    await page.getByText('user olga: disabled: nothing → true').waitFor();
    await picture('activity');
    await accessible('activity');
    assert.deepEqual(complaints, []);
  });
});
