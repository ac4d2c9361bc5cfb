// The palette on a real admin daemon with some hundred machines: found, gone to and acted upon with the keyboard alone, and by touch on a phone.

import assert from 'node:assert/strict';
import type { Route } from 'playwright-core';
import { type Admin, until } from '../admin.ts';
import { enterMachines, openSite, type Site } from './browser.ts';

describe('command palette', function () {
  this.timeout(120_000);
  let admin: Admin;
  let site: Site | undefined;
  let { page, visit, accessible, picture, complaints } = {} as Site;

  before(async function () {
    site = await openSite(this, { enter: enterMachines({ machines: 200, roles: 3 }) });
    ({ admin, page, visit, accessible, picture, complaints } = site);
    await page.getByText('row-1 rack-001').waitFor();
  });
  after(() => site?.close());

  const input = () => page.getByRole('combobox', { name: 'Go to or do' });
  const option = (name: string | RegExp) => page.getByRole('option', { name });
  const chosen = () => page.locator('[role=option][aria-selected=true]');
  /** With Ctrl-K, as all of it. */
  const type = async (words: string) => {
    // While the one before still closes, the keys would mean that.
    await input().waitFor({ state: 'detached' });
    await page.keyboard.press('Control+k');
    await input().waitFor();
    await page.keyboard.type(words);
    assert.equal(await input().inputValue(), words, 'what is typed at once is not lost');
  };
  const at = (wanted: string) =>
    until(
      () => new URL(page.url()).pathname + new URL(page.url()).search === wanted,
      60_000,
      () => `it is at ${page.url()}, not ${wanted}`,
    );

  it('opens with the keys, shows pages, and closes with them', async () => {
    await page.keyboard.press('Control+k');
    await input().waitFor();
    await option('Network').waitFor();
    await picture('palette');
    await page.keyboard.press('Escape');
    await input().waitFor({ state: 'detached' });
    await page.keyboard.press('Meta+k');
    await input().waitFor();
    await page.keyboard.press('Meta+k');
    await input().waitFor({ state: 'detached' });
  });

  it('goes to a machine by its serial, and to a page', async () => {
    await type('SN100041');
    await option(/^m00041/).waitFor();
    await page.keyboard.press('Enter');
    await at('/nodes/m00041');
    await page.getByRole('heading', { level: 1, name: 'm00041' }).waitFor();
    await type('lldp');
    await option('Switch ports').waitFor();
    await page.keyboard.press('ArrowDown');
    assert.equal(await chosen().textContent(), 'Switch ports');
    await page.keyboard.press('Enter');
    await at('/network/switches');
  });

  it('goes to a deployment, a barclamp, a role on a machine and a run', async () => {
    for (const [words, shown, wanted] of [
      ['cloud', /^cloud A cloud/, '/deployments/cloud'],
      ['step-02', /^step-02 Step 2$/, '/barclamps/step-02'],
      ['m00043 step-01', /^step-01 on m00043 cloud$/, '/nodes/m00043?show=cloud%2Fstep-01%40id-43'],
    ] as const) {
      await type(words);
      await option(shown).click();
      await at(wanted);
    }
    const [run] = await admin.client.call('GET /runs', { query: { limit: 1 } });
    await type(`run ${run!.id}`);
    await option(new RegExp(`run ${run!.id},`)).click();
    await at(`/runs/${run!.id}`);
  });

  it('keeps the keys when the page that was chosen before comes only now', async () => {
    const slow = async (route: Route) => {
      await new Promise((resolve) => setTimeout(resolve, 1000));
      await route.continue();
    };
    await page.route(/\/assets\/.*\.js$/, slow);
    await visit(admin.url);
    await page.getByRole('heading', { level: 1, name: 'Machines' }).waitFor();
    await page.keyboard.press('Control+k');
    await page.keyboard.type('activity');
    await page.keyboard.press('Enter');
    await input().waitFor({ state: 'detached' });
    await page.keyboard.press('Control+k');
    await input().waitFor();
    const words = 'a machine of row 1, letter for letter';
    await page.keyboard.type(words, { delay: 60 });
    await at('/activity');
    await page.getByRole('heading', { level: 1, name: 'Activity', includeHidden: true }).waitFor({ state: 'attached' });
    assert.equal(await input().inputValue(), words);
    await page.keyboard.press('Escape');
    await page.unroute(/\/assets\/.*\.js$/, slow);
  });

  it('does to a machine what its menu offers, and nothing that it may not', async () => {
    await type('m00041 maint');
    await option('Put into maintenance…').waitFor();
    await picture('palette-act');
    while ((await chosen().textContent()) !== 'Put into maintenance…') await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('dialog', { name: /maintenance/ });
    await dialog.getByRole('button', { name: /maintenance/i }).click();
    await dialog.waitFor({ state: 'detached' });
    assert.equal((await admin.client.call('GET /nodes/:id', { params: { id: 'm00041' } })).maintenance, true);
    await type('m00042 replace');
    const replace = option(/^Replace by a spare/);
    await replace.waitFor();
    assert.equal(await replace.getAttribute('aria-disabled'), 'true');
    await page.keyboard.press('Enter');
    assert(await input().isVisible());
    await page.keyboard.press('Escape');
  });

  it('offers what can be done to the machine whose page is open', async () => {
    await visit(`${admin.url}/nodes/m00044`);
    await page.getByRole('heading', { level: 1, name: 'm00044' }).waitFor();
    await type('retire');
    await option('Retire…').waitFor();
    await page.keyboard.press('Enter');
    await page.getByRole('dialog', { name: /Retire m00044/ }).waitFor();
    await page.keyboard.press('Control+k');
    assert.equal(await input().count(), 0, 'a dialog is not covered by another');
    await page.keyboard.press('Escape');
  });

  it('says when nothing is called so', async () => {
    await type('zebra');
    await page.getByText('Nothing is called so.').waitFor();
    await page.keyboard.press('Escape');
  });

  it('opens by its button on a phone, and takes a touch', async () => {
    await page.setViewportSize({ width: 390, height: 844 });
    await page.getByRole('button', { name: /^Go to/ }).click();
    await page.keyboard.type('health');
    await option('Health').click();
    await at('/health');
    await page.setViewportSize({ width: 1440, height: 900 });
  });

  it('is accessible while it is open, and so is its button', async () => {
    await visit(`${admin.url}/nodes/m00041`);
    await accessible('a page with the button of the palette');
    await accessible('palette', undefined, async (copy) => {
      await copy.keyboard.press('Control+k');
      await copy.keyboard.type('m00041');
      await copy.getByRole('option', { name: 'Power-cycle…' }).waitFor();
    });
  });

  it('never made the browser complain', () => assert.deepEqual(complaints, []));
});
