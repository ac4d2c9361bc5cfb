// Looking back at a deployment on the page: one that was done, then failed with other settings, and was mended; on a real admin daemon, applied for real.

import assert from 'node:assert/strict';
import path from 'node:path';
import { type Admin, until } from '../admin.ts';
import { openSite, type Site, siteFolder } from './browser.ts';
import { commitNote, withNote } from './note-barclamp.ts';

describe('looking back on the page', function () {
  this.timeout(120_000);
  const state = siteFolder();
  let site: Site | undefined;
  let admin: Admin;
  let { page, visit, accessible, picture, complaints } = {} as Site;

  before(async function () {
    site = await openSite(this, { enter: async () => ['--barclamps', withNote(path.join(state, 'barclamps'))] }, state);
    ({ admin, page, visit, accessible, picture, complaints } = site);
    await admin.client.call('POST /deployments', { body: { name: 'desk', pools: ['admin'] } });
    await admin.client.call('POST /proposals', { body: { deployment: 'desk', barclamp: 'note' } });
    await commit(path.join(state, 'desk'), 'a first start', 'done');
    // Where no folder can be.
    await commit('/dev/null/desk', 'somewhere else', 'failed');
    await commit(path.join(state, 'desk'), 'back again', 'done');
  });
  after(() => site?.close());

  const commit = (folder: string, note: string, outcome: 'done' | 'failed') => commitNote(admin, folder, note, outcome);
  const slider = () => page.getByRole('slider', { name: 'Moment shown' });
  const words = async () => (await slider().getAttribute('aria-valuetext')) ?? '';
  const button = (name: string) => page.getByRole('button', { name, exact: true });
  const at = () => new URL(page.url()).searchParams.get('at');
  const chip = (role: string) => page.getByRole('button', { name: new RegExp(`^${role} on admin`) });

  it('is live until somebody moves the slider, by keyboard change for change', async () => {
    await visit(`${admin.url}/deployments/desk`);
    await page.getByText('All of it is done.').waitFor();
    assert.equal(await words(), 'now');
    assert.equal(await button('Now').isDisabled(), true);
    await picture('replay-live');
    await slider().focus();
    for (let presses = 0; !/1 failed/.test(await words()); presses++) {
      assert(presses < 50, `no failure is found going back: ${await words()}`);
      const before = await words();
      await page.keyboard.press('ArrowLeft');
      await until(
        async () => (await words()) !== before,
        60_000,
        () => 'the slider does not move',
      );
    }
  });

  it('shows the graph, the groups and the progress of that moment, and lets nothing be done in it', async () => {
    await page.getByText('0 of 2 node-roles done').waitFor();
    await chip('paper').getByText('failed').waitFor();
    assert.equal(await page.getByText('So far it was then.').count(), 1);
    for (const act of ['Pause', 'Pace and machines…', 'Add a barclamp…']) assert.equal(await button(act).isDisabled(), true, act);
    await chip('paper').click();
    await page.getByText(/As it was .*: nothing can be done here/).waitFor();
    const panel = page.getByRole('region', { name: 'Node-role' }).or(page.locator('.pb-panel'));
    await panel.getByText('/dev/null').first().waitFor();
    assert.equal(await button('Retry').count(), 0);
    await picture('replay-past');
    await accessible('the past of a deployment');
    await button('Close node-role panel').click();
  });

  it('can be linked to, also from the list of the whole plan', async () => {
    const then = at();
    assert(then);
    await visit(`${admin.url}/plan?deployment=desk&at=${then}`);
    await page.getByText('2 node-roles of desk').waitFor();
    const row = page.getByRole('row').filter({ hasText: 'paper' });
    await row.getByText('failed').first().waitFor();
    await row.getByText('/dev/null').first().waitFor();
    await button('Show all').click();
    assert.equal(at(), then, 'the moment is lost with the filter');
    await page.getByRole('region', { name: 'Deployment desk' }).getByText('0/2 done').waitFor();
    await accessible('the past of the plan');
    await picture('replay-plan');
  });

  it('plays all of it, faster than it was, and ends in the present', async () => {
    await visit(`${admin.url}/deployments/desk`);
    await page.getByText('All of it is done.').waitFor();
    await page.getByRole('combobox', { name: 'Speed of the replay' }).selectOption('10×');
    await page.evaluate(WATCH);
    await button('Replay').click();
    await page.getByText('past', { exact: true }).waitFor();
    await page.getByText('All of it is done.').waitFor({ timeout: 30_000 });
    assert.equal(at(), null);
    const seen = await page.evaluate<string[]>('globalThis.seen');
    for (const what of ['2 of 2', '0 of 2'])
      assert(
        seen.some((text) => text.startsWith(what)),
        `${what} was never shown, only ${seen.join(', ')}`,
      );
  });

  it('goes back to now by one button', async () => {
    await button('Previous change').click();
    await page.getByText('past', { exact: true }).waitFor();
    await button('Now').click();
    await page.getByText('All of it is done.').waitFor();
    assert.equal(at(), null);
  });

  it('says why something is not done to whoever comes to it by keyboard', async () => {
    await commit('/dev/null/desk', 'somewhere else again', 'failed');
    await visit(`${admin.url}/plan`);
    await chip('note').focus();
    const tip = page.getByRole('tooltip');
    await tip.getByText('paper on admin is failed').waitFor();
    // It comes into sight a moment after it is there.
    await until(
      async () => (await page.evaluate<string>(`getComputedStyle(document.querySelector('[role=tooltip]')).opacity`)) === '1',
      5000,
      () => 'the tip stays out of sight',
    );
    await picture('why-not-yet');
    await chip('paper').focus();
    await tip.getByText(/^directory \/dev\/null\/desk failed/).waitFor();
    await tip.getByText(/^Next: /).waitFor();
    await page.keyboard.press('Escape');
    await tip.first().waitFor({ state: 'detached' });
  });

  it('never made the browser complain', () => assert.deepEqual(complaints, []));
});

const WATCH = `globalThis.seen = [];
new MutationObserver(() => {
  const text = /\\d+ of \\d+ node-roles done/.exec(document.querySelector('.pf-v6-c-progress')?.textContent ?? '')?.[0];
  if (text && globalThis.seen.at(-1) !== text) globalThis.seen.push(text);
}).observe(document.body, { subtree: true, childList: true, characterData: true });`;
