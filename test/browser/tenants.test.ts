// A deployment is given to a tenant on the page: what that undoes is said first, and only admins of the site are offered it. What others are refused
// by the admin node is tested with the API.

import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import type { Admin } from '../admin.ts';
import { enterMachines, openSite, type Site } from './browser.ts';

const PASSPHRASE = 'four words nobody expects';

describe('tenants on the page', function () {
  this.timeout(120_000);
  let admin: Admin;
  let site: Site | undefined;
  let { page, visit, accessible, picture, complaints } = {} as Site;

  before(async function () {
    site = await openSite(this, { enter: enterMachines({ machines: 4, roles: 1 }) });
    ({ admin, page, visit, accessible, picture, complaints } = site);
    await admin.client.call('POST /tenants', { body: { name: 'red' } });
    await admin.client.call('PATCH /nodes/:id', { params: { id: 'm00001' }, body: { tenant: 'red' } });
    for (const [name, role, tenant] of [
      ['vera', 'viewer'],
      ['olga', 'operator'],
      ['rita', 'admin', 'red'],
    ] as const)
      await admin.client.call('POST /users', { body: { name, role, passphrase: PASSPHRASE, ...(tenant && { tenant }) } });
  });
  after(() => site?.close());

  const dialog = () => page.getByRole('dialog');
  const give = (on: Page = page) => on.getByRole('button', { name: 'Give to a tenant…' });

  /** The page of the deployment as somebody else sees it who signs in with a passphrase. */
  async function seenBy(name: string, look: (their: Page) => Promise<void>): Promise<void> {
    const context = await page.context().browser()!.newContext();
    const their = await context.newPage();
    await their.goto(`${admin.url}/deployments/cloud`);
    await their.getByLabel('Name').fill(name);
    await their.getByLabel('Passphrase').fill(PASSPHRASE);
    await their.getByRole('button', { name: 'Sign in', exact: true }).click();
    await their.getByRole('heading', { level: 1, name: 'cloud' }).waitFor();
    await look(their);
    await context.close();
  }
  const nobodyElse = async (their: Page) => {
    await their.getByRole('heading', { level: 2, name: 'Proposals' }).waitFor();
    await their.getByRole('button', { name: 'Replay' }).waitFor();
    assert.equal(await give(their).count(), 0);
  };

  it('offers those who may only look nothing that changes something', async () => {
    const places = ['/', '/nodes/m00002', '/plan', '/deployments', '/deployments/cloud', '/barclamps', '/network/addresses', '/network/leases'];
    const more = ['/network/verification', '/network/callers', '/hardware', '/images', '/secrets', '/orders', '/activity', '/guide', '/settings/sessions'];
    // What asks something first says so by its dots; what acts at once is named here.
    const acts = /…$|^(Pause|Resume|Retry|Save draft|Actions|Choose|Accept|Ask|Try|Approve|Switch o)/;
    const own = ['Change my passphrase…', 'Sign out everywhere else…', 'Make a token…'];
    await seenBy('vera', async (their) => {
      const wrong: string[] = [];
      for (const place of [...places, ...more]) {
        await their.goto(`${admin.url}${place}`);
        await their.getByRole('heading', { level: 1 }).waitFor();
        await their.waitForLoadState('networkidle');
        const names = await their.locator('main button').evaluateAll((all) => all.map((one) => (one as unknown as { innerText: string }).innerText.trim()));
        wrong.push(...names.filter((name) => acts.test(name) && !own.includes(name)).map((name) => `${place}: ${name}`));
      }
      assert.deepEqual(wrong, []);
    });
  });

  it('gives a deployment to one, after saying which machines lose what they have from it', async () => {
    await visit(`${admin.url}/deployments/cloud`);
    await give().click();
    assert(await dialog().getByRole('button', { name: 'Give', exact: true }).isDisabled(), 'it is whose it is');
    await dialog().getByLabel('Whose it is').selectOption('red');
    await dialog().getByText('3 machines not of red: what cloud did on them is undone').waitFor();
    await dialog().getByText('m00002, m00003, m00004. Give them to red first').waitFor();
    await picture('give-deployment');
    await dialog().getByRole('button', { name: 'Give', exact: true }).click();
    await dialog().waitFor({ state: 'detached' });
    await page.getByText('of red', { exact: true }).waitFor();
    assert.equal((await admin.client.call('GET /deployments')).find(({ name }) => name === 'cloud')?.tenant, 'red');
    await accessible('deployment of a tenant', 'of red');
  });

  it('is offered to nobody but admins of the site', async () => {
    for (const name of ['vera', 'olga', 'rita']) await seenBy(name, nobodyElse);
  });

  it('takes it back, and the tenant sees it no more', async () => {
    await give().click();
    await dialog().getByLabel('Whose it is').selectOption("the site's own");
    await dialog().getByText('People of red do not see it any more.').waitFor();
    await dialog().getByRole('button', { name: 'Give', exact: true }).click();
    await page.getByText('of red', { exact: true }).waitFor({ state: 'detached' });
    await seenBy('rita', (their) => their.getByText('There is no deployment called cloud').waitFor());
  });

  it('never made the browser complain', () => assert.deepEqual(complaints, []));
});
