// The page in Debian's Chromium, on a real admin daemon: signs in with the printed link, lets a discovered machine in, watches what becomes of it.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { normalize } from '../../core/boot/inventory.ts';
import { openStore } from '../../core/store/store.ts';
import { seedSample } from '../../core/seed.ts';
import { type Admin, until } from '../admin.ts';
import { openSite, type Site } from './browser.ts';

const example = JSON.parse(readFileSync(path.resolve(import.meta.dirname, '../../iso-builder/discovery-image/inventory.example.json'), 'utf8')) as object;

/** Two machines that were discovered and wait for a person; their network is the loopback, where nobody answers. */
async function machinesIn(state: string): Promise<void> {
  const store = await openStore({ file: path.join(state, 'store/facts.db') });
  await store.put(
    'network',
    'admin',
    { name: 'admin', cidr: '127.0.0.0/8', adminAddress: '127.0.0.1', interface: 'lo', range: { first: '127.9.9.1', last: '127.9.9.9' } },
    'new',
  );
  await seedSample(store, Date.now());
  for (const number of [1, 2]) {
    const report = normalize({ ...example, bootId: crypto.randomUUID() });
    assert(report.ok);
    const id = `n-${number}`;
    await store.put(
      'node',
      id,
      {
        id,
        name: `new-rack-${number}`,
        remote: 'ssh',
        macs: [`52:54:00:00:00:0${number}`],
        serial: `RACK-${number}`,
        approved: false,
        pool: 'default',
        addresses: { admin: `127.9.9.${number}` },
        inventory: report.value.inventory,
        system: { ...report.value.system, kind: 'installed' },
        discoveredAt: Date.now(),
        contact: 'up',
        contactAt: Date.now(),
      },
      'new',
    );
  }
  await store.close();
}

describe('page', function () {
  this.timeout(120_000);
  let admin: Admin;
  let site: Site | undefined;
  let { page, visit, accessible, picture, complaints } = {} as Site;

  before(async function () {
    site = await openSite(this, { enter: machinesIn, stranger: true });
    ({ admin, page, visit, accessible, picture, complaints } = site);
  });
  after(() => site?.close());

  it('tells a stranger how to sign in', async () => {
    await visit(admin.url);
    await page
      .getByText(/one-time sign-in link/)
      .first()
      .waitFor();
    await picture('sign-in');
    await accessible('sign-in');
    // The browser itself reports the refused request.
    complaints.splice(0);
  });

  it('signs in with the printed link and shows what there is', async () => {
    await visit(admin.link);
    // Nobody can sign in but by such a link, so a user is made first.
    await page.getByLabel('Name').fill('ada');
    await page.getByLabel('New passphrase').fill('four words nobody expects');
    await page.getByLabel('The same again').fill('four words nobody');
    await page.getByText('The two are not the same').waitFor();
    await picture('first-user');
    await accessible('first-user');
    await page.getByLabel('The same again').fill('four words nobody expects');
    await page.getByRole('button', { name: 'Make this user' }).click();
    await page.getByText('new-rack-1').first().waitFor();
    await page.getByText('new-rack-2').first().waitFor();
    await picture('overview');
    await accessible('overview');
  });

  it('fetches views that were not asked for when there is nothing else to do', async () => {
    const fetched = () => page.evaluate<string[]>("performance.getEntriesByType('resource').map(({ name }) => name)");
    await until(
      async () => (await fetched()).some((name) => /\/assets\/proposal-.*\.js$/.test(name)),
      60_000,
      () => 'the view of proposals was not fetched',
    );
    assert(!(await fetched()).some((name) => /\/assets\/code-field-/.test(name)), 'the editor is fetched though nothing is edited');
  });

  it('lets a machine in, and shows it without being loaded again', async () => {
    await page
      .getByRole('button', { name: /approve.*new-rack-1/i })
      .first()
      .click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel(/name/i).first().fill('time-1');
    await picture('approve');
    await dialog.getByRole('button', { name: /approve/i }).click();
    await page.getByText('time-1').first().waitFor();
    assert.equal((await admin.client.call('GET /nodes/:id', { params: { id: 'time-1' } })).approved, true);
  });

  it('shows what somebody else changes, by itself', async () => {
    await admin.client.call('POST /nodes/:id/approve', { params: { id: 'new-rack-2' }, body: { name: 'time-2' } });
    await page.getByText('time-2').first().waitFor({ timeout: 60_000 });
  });

  it('shows a machine, the plan with its reasons, and a run with its cause', async () => {
    await visit(`${admin.url}/nodes/time-1`);
    await page.getByText('lab-switch').first().waitFor();
    await picture('machine');
    await accessible('machine');
    await visit(`${admin.url}/plan`);
    await page.getByText('ntp-server').first().waitFor();
    await picture('plan');
    await accessible('plan');
    const [run] = await admin.client.call('GET /runs', { query: { role: 'ntp-server' } });
    await visit(`${admin.url}/runs/${run!.id}`);
    await page
      .getByText(/cannot be reached|No connection|refused/i)
      .first()
      .waitFor();
    await picture('run');
    await accessible('run');
  });

  it('edits a proposal, shows what that would change, and commits it', async () => {
    await visit(`${admin.url}/deployments/sample/ntp`);
    const editor = page.getByRole('textbox', { name: /draft|proposal|settings/i }).first();
    await editor.waitFor();
    await editor.fill('attributes:\n  maxWait: 77\nroles:\n  ntp-server:\n    - time-2\n');
    await page.getByRole('button', { name: /preview/i }).click();
    await page
      .getByText(/ntp-server/)
      .first()
      .waitFor();
    await picture('proposal');
    await accessible('proposal');
    await page
      .getByRole('button', { name: /^commit/i })
      .first()
      .click();
    await page
      .getByRole('dialog')
      .getByRole('button', { name: /^commit/i })
      .click();
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
    const { committed } = await admin.client.call('GET /proposals/:id', { params: { id: 'sample.ntp' } });
    assert.deepEqual(committed, { attributes: { maxWait: 77 }, roles: { 'ntp-server': ['time-2'] } });
  });

  it('lists what is lost before a machine is retired, and keeps it after all', async () => {
    const choose = async (act: RegExp) => {
      await page.getByRole('button', { name: 'Actions', exact: true }).click();
      await page.getByRole('menuitem', { name: act }).click();
    };
    await visit(`${admin.url}/nodes/time-1`);
    await choose(/^Retire/);
    const dialog = page.getByRole('dialog');
    await dialog
      .getByText(/^Erased: /)
      .first()
      .waitFor();
    await picture('retire');
    await accessible('retire');
    await dialog.getByRole('button', { name: 'Erase and retire' }).click();
    await page.getByText('retiring').first().waitFor();
    await choose(/^Keep it after all/);
    await dialog.getByRole('button', { name: 'Keep it' }).click();
    await page.getByText('retiring').first().waitFor({ state: 'detached' });
    assert.equal((await admin.client.call('GET /nodes/:id', { params: { id: 'time-1' } })).leaving, undefined);
  });

  it('never made the browser complain, not about the content policy either', () => assert.deepEqual(complaints, []));
});
