// A link to anything: opened by who is not signed in yet, to what was renamed meanwhile, and to what is not there any more.

import assert from 'node:assert/strict';
import path from 'node:path';
import type { Admin } from '../admin.ts';
import { openSite, type Site, siteFolder } from './browser.ts';
import { commitNote, withNote } from './note-barclamp.ts';
import { enterSite } from '../many-machines.ts';

describe('links', function () {
  this.timeout(120_000);
  const state = siteFolder();
  let site: Site | undefined;
  let admin: Admin;
  let { page, visit, accessible, complaints } = {} as Site;

  before(async function () {
    const enter = async () => {
      const barclamps = withNote(path.join(state, 'barclamps'));
      await enterSite(state, barclamps, { machines: 12, roles: 1 });
      return ['--barclamps', barclamps];
    };
    site = await openSite(this, { enter }, state);
    ({ admin, page, visit, accessible, complaints } = site);
    await admin.client.call('POST /deployments', { body: { name: 'desk', pools: ['admin'] } });
    await admin.client.call('POST /proposals', { body: { deployment: 'desk', barclamp: 'note' } });
    await commitNote(admin, path.join(state, 'first'), 'a first start', 'done');
    await commitNote(admin, path.join(state, 'second'), 'somewhere else', 'done');
  });
  after(() => site?.close());

  const heading = (name: string) => page.getByRole('heading', { level: 1, name });

  it('lead to what they are about after signing in, by a code or by name', async () => {
    await admin.client.call('POST /users', { body: { name: 'ada', role: 'admin', passphrase: 'four words nobody expects' } });
    const context = await page.context().browser()!.newContext();
    const other = await context.newPage();
    const wanted = `${admin.url}/runs?deployment=desk`;
    try {
      await other.goto(wanted);
      await other.getByRole('button', { name: /one-time link instead/ }).click();
      await other.getByLabel('Sign-in link or code').fill(admin.cli('sign-in').stdout.trim().split(/\s+/).at(-1)!);
      await other.getByLabel('Sign-in link or code').press('Enter');
      await other.getByRole('heading', { level: 1, name: 'Runs' }).waitFor();
      assert.equal(other.url(), wanted);
      await context.clearCookies();
      // Where a provider that did not know who that is sends people.
      await other.goto(`${admin.url}/sign-in?refused=no-role`);
      await other.getByLabel('Name').fill('ada');
      await other.getByLabel('Passphrase').fill('four words nobody expects');
      await other.getByLabel('Passphrase').press('Enter');
      await other.getByRole('heading', { level: 1, name: 'Machines' }).waitFor();
    } finally {
      await context.close();
    }
  });

  it('stay with a machine that is let in or renamed under another name', async () => {
    await visit(`${admin.url}/nodes/new-sn5`);
    await page.getByRole('button', { name: /^Approve/ }).click();
    await page.getByRole('dialog').getByRole('textbox', { name: 'Name' }).fill('let-in');
    await page.keyboard.press('Enter');
    await page.waitForURL(/nodes\/let-in$/);
    await heading('let-in').waitFor();
    await admin.client.call('PATCH /nodes/:id', { params: { id: 'let-in' }, body: { name: 'again' } });
    await page.waitForURL(/nodes\/again$/);
    await heading('again').waitFor();
    complaints.splice(0);
  });

  it('say of what is not there what may have become of it, and where to go on', async () => {
    for (const [address, said, on] of [
      ['/nodes/gone', 'There is no machine called gone', 'All machines'],
      ['/runs/99999', 'There is no run 99999', 'All runs'],
      ['/runs/abc', 'There is no run “abc”', 'All runs'],
      ['/deployments/gone', 'There is no deployment called gone', 'All deployments'],
      ['/deployments/desk/gone', 'There is no proposal of gone in desk', 'All deployments'],
      ['/barclamps/gone', 'There is no barclamp called gone', 'All barclamps'],
    ] as const) {
      await visit(admin.url + address);
      await page.getByRole('heading', { level: 1 }).waitFor();
      await page.getByRole('heading', { level: 2, name: said }).waitFor();
      await page.getByRole('link', { name: on }).waitFor();
    }
    await visit(`${admin.url}/nodes/again`);
    await heading('again').waitFor();
    await admin.client.call('DELETE /nodes/:id', { params: { id: 'again' } });
    await page.getByRole('heading', { level: 2, name: 'There is no machine called again' }).waitFor();
    assert.equal(await page.getByRole('button', { name: 'Actions', exact: true }).count(), 0);
    await accessible('a machine that is gone', 'There is no machine called again');
    // The browser itself tells of each answer that nothing is there.
    complaints.splice(0);
  });

  it('open what a commit changed, compared with another', async () => {
    await visit(`${admin.url}/deployments/desk/note`);
    await page.getByRole('button', { name: /^Commit 2,/ }).click();
    await page.waitForURL(/commit=2$/);
    await page.getByRole('combobox', { name: 'Compare commit 2 with' }).selectOption('compared with nothing');
    await page.waitForURL(/commit=2&with=0$/);
    await visit(page.url());
    assert.equal(await page.getByRole('combobox', { name: 'Compare commit 2 with' }).inputValue(), '0');
    await visit(`${admin.url}/deployments/desk/note?commit=9`);
    await page.getByText('There is no commit 9 of it.').waitFor();
  });

  it('never made the browser complain', () => assert.deepEqual(complaints, []));
});
