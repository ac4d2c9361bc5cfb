// Machines are given roles on the page: dragged, or by keyboard; what the number or a conflict breaks is said before they are dropped. Settings are
// changed in the form and in the text, which are the same draft, and what is wrong stands at its field.

import assert from 'node:assert/strict';
import { cpSync } from 'node:fs';
import path from 'node:path';
import { type Admin, until } from '../admin.ts';
import { draftText, enterMachines, openSite, type Site } from './browser.ts';

describe('deployment on the page', function () {
  this.timeout(120_000);
  let admin: Admin;
  let site: Site | undefined;
  let { page, visit, accessible, picture, complaints } = {} as Site;

  before(async function () {
    site = await openSite(this, {
      enter: async (state) => {
        const args = await enterMachines({ machines: 12, roles: 1 })(state);
        cpSync(path.resolve(import.meta.dirname, '../../barclamps/ntp'), path.join(state, 'barclamps', 'ntp'), { recursive: true });
        return args;
      },
    });
    ({ admin, page, visit, accessible, picture, complaints } = site);
    await admin.client.call('POST /proposals', { body: { deployment: 'cloud', barclamp: 'ntp' } });
    await visit(`${admin.url}/deployments/cloud/ntp`);
    await draft().waitFor();
  });
  after(() => site?.close());

  const draft = () => page.locator('#draft');
  const machine = (name: string) => page.getByRole('checkbox', { name: new RegExp(`^${name}`) });
  const server = () => page.getByRole('region', { name: 'Role ntp-server' });
  const reads = (pattern: RegExp) =>
    until(
      async () => pattern.test(await draftText(page)),
      60_000,
      () => `the text does not have ${String(pattern)}`,
    );

  it('takes a machine that is dragged onto a role into the text', async () => {
    await machine('m00001').dragTo(server());
    await reads(/roles:\n {2}ntp-server:\n {4}- m00001\n/);
    await server().getByRole('button', { name: 'Take ntp-server off m00001' }).waitFor();
  });

  it('gives several by keyboard, and says first what their number breaks', async () => {
    for (const name of ['m00002', 'm00004', 'm00006']) {
      await machine(name).focus();
      await page.keyboard.press('Space');
    }
    await server().getByText('4 machines, and at most 3 are allowed.').waitFor();
    await picture('roles');
    await machine('m00006').focus();
    await page.keyboard.press('Space');
    await server()
      .getByRole('button', { name: /^Give to 2 chosen machines/ })
      .focus();
    await page.keyboard.press('Enter');
    await reads(/- m00001\n {4}- m00002\n {4}- m00004\n/);
    await accessible('roles of a proposal');
  });

  it('keeps comments while the form changes settings, and the form follows the text', async () => {
    await draft().fill(`attributes:\n  maxWait: 60 # seconds, as agreed\nroles:\n  ntp-server:\n    - m00001 # near the antenna\n`);
    const patience = page.getByRole('spinbutton', { name: 'Patience' });
    assert.equal(await patience.inputValue(), '60');
    await patience.fill('90');
    await page.getByRole('checkbox', { name: 'Set the clock' }).uncheck();
    await reads(/maxWait: 90 # seconds, as agreed\n {2}setClock: false\nroles:\n {2}ntp-server:\n {4}- m00001 # near the antenna\n/);
    await page.getByRole('button', { name: 'Add to Upstream servers' }).click();
    await page.getByRole('textbox', { name: 'Upstream servers 1' }).fill('time.example');
    await reads(/upstream:\n {4}- time\.example\n/);
    await page.getByRole('button', { name: 'Remove Upstream servers 1' }).click();
    await reads(/upstream: \[\]\n/);
  });

  it('says at the field what its schema refuses, and at the text what the machines do not fit', async () => {
    await page.getByRole('spinbutton', { name: 'Patience' }).fill('5');
    await page.locator('#setting-attributes-maxWait-help').getByText(/10/).waitFor();
    await draft().fill('attributes: {}\nroles:\n  ntp-server:\n    - nobody\n');
    await page.getByText('There is no machine called nobody.').first().waitFor();
    // Marked in the text too: at its line, and under the name.
    await page.locator('.cm-lint-marker-error').waitFor();
    await page.locator('.cm-lintRange-error').getByText('nobody', { exact: true }).waitFor();
    await picture('form');
    await accessible('form with what is wrong');
  });

  it('chooses machines by a rule', async () => {
    await draft().fill('attributes: {}\nroles: {}\n');
    await server()
      .getByRole('button', { name: /Choose by a rule/ })
      .click();
    await server().getByRole('textbox', { name: 'How many' }).fill('3');
    await server().getByRole('textbox', { name: 'With' }).fill('memory >= 64GiB');
    await reads(/ntp-server:\n {4}count: 3\n {4}where: memory >= 64GiB\n/);
    await page.getByRole('button', { name: 'Save and preview' }).click();
    await page.getByText(/3 of \d+ machines that fit/).waitFor();
  });

  it('never made the browser complain', () => assert.deepEqual(complaints, []));
});
