// Somebody who has never read the docs, from the one-time link to a converged deployment on blank machines, by the page alone: every step is what
// stands on the page, pressed in Chromium. Behind it is a real admin daemon with its virtual rack. Only the last look is past the page: whether
// the clocks really follow one another.

import assert from 'node:assert/strict';
import { missingParts } from '../../core/lab/program.ts';
import { problem, type Problem } from '../../core/model/problem.ts';
import { browserMissing, openBrowser, type Opened } from '../browser/browser.ts';
import { MINUTE, RackForTests } from './rack-for-tests.ts';
import { type Counts, type Step, takeSteps } from './steps.ts';

/** How many steps passed and failed. Problems say why it cannot run here. */
export async function soakWalk(tell: (line: string) => void): Promise<Counts | { problems: Problem[] }> {
  const missing = await missingParts(['/usr/lib/ipxe/qemu/pxe-virtio.rom']);
  const browser = browserMissing();
  if (missing.length || browser) return { problems: [...missing, ...(browser ? [problem(browser)] : [])] };
  const rack = new RackForTests();
  let opened: Opened | undefined;
  let { page, visit, picture, accessible } = {} as Opened;

  const button = (name: string | RegExp) => page.getByRole('button', { name });
  const field = (name: string) => page.getByRole('dialog').getByRole('textbox', { name });
  const step = (title: string) => page.locator('.pb-guide__step', { has: page.getByRole('heading', { name: title }) });
  const is = (title: string, word: string, timeout = MINUTE) => step(title).locator('h3').getByText(word, { exact: true }).waitFor({ timeout });
  const press = (name: string | RegExp) => page.getByRole('dialog').getByRole('button', { name }).click();
  const progress = () => page.getByRole('region', { name: 'Progress' });
  const allDone = () =>
    progress()
      .getByText('All of it is done.')
      .waitFor({ timeout: 10 * MINUTE });

  const approve = async (name: string) => {
    const first = button(/^Approve /).first();
    await first.waitFor({ timeout: 10 * MINUTE });
    const [, found] = /^Approve (.*)…$/.exec((await first.textContent())!)!;
    await first.click();
    await field('Name').fill(name);
    await field('Pool').fill('clocks');
    await press('Approve');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    // Its button goes a moment after the dialog: whoever presses that again would name the same machine anew.
    await button(`Approve ${found}`).first().waitFor({ state: 'detached' });
  };

  const steps: Step[] = [
    [
      'the one-time link leads to a first user, who is signed in',
      async () => {
        await rack.start('--no-lab', '--machines', '2');
        opened = await openBrowser();
        ({ page, visit, picture, accessible } = opened);
        await visit(rack.admin.link);
        await page.getByRole('textbox', { name: 'Name' }).fill('ada');
        for (const secret of await page.locator('input[type=password]').all()) await secret.fill('plum-otter-lantern-42');
        await button('Make this user').click();
        await is('Serve a network', 'up to you');
      },
    ],
    [
      'the guide on the empty page starts a virtual rack and serves its network',
      async () => {
        await button('Start a virtual rack').click();
        await is('Say who is let in', 'done', 10 * MINUTE);
        // Whoever wants to look at each machine before it is let in drops the rule that the virtual rack brings.
        await button('Drop the rule lab').click();
        await is('Serve a network', 'done', 10 * MINUTE);
      },
    ],
    [
      'nobody else answers in it',
      async () => {
        await button('Ask the network').click();
        await is('See who else answers', 'done');
        await picture('walk-guide');
      },
    ],
    [
      'both machines boot, are found, and are approved by name into a pool',
      async () => {
        for (const name of ['n1', 'n2']) await approve(name);
        await page.getByRole('link', { name: 'n2' }).first().waitFor();
      },
    ],
    [
      'a deployment is begun from the guide, and ntp added to it',
      async () => {
        await page.keyboard.press('Control+k');
        await page.keyboard.type('first run');
        await page.keyboard.press('Enter');
        await is('Switch the first machine on', 'done');
        await button('New deployment…').click();
        await field('Name').fill('clocks');
        await field('Pools').fill('clocks');
        await press('Begin');
        await button('Add a barclamp…').click();
        await page.getByRole('dialog').getByRole('radio', { name: /^ntp / }).check();
        await press('Begin the proposal');
        await page.waitForURL(/\/deployments\/clocks\/ntp$/);
      },
    ],
    [
      'a wrong setting is refused at its field, with what it may be',
      async () => {
        const patience = page.getByRole('spinbutton', { name: 'Patience' });
        await patience.fill('5');
        await page.locator('#setting-attributes-maxWait-help').getByText(/10/).waitFor();
        await patience.fill('60');
      },
    ],
    [
      'a machine is dragged onto ntp-server, the preview says what becomes of both, and it is committed',
      async () => {
        await page.getByRole('checkbox', { name: /^n1/ }).dragTo(page.getByRole('region', { name: 'Role ntp-server' }));
        await button('Take ntp-server off n1').waitFor();
        await button('Save and preview').click();
        await page
          .getByText(/ntp-client/)
          .last()
          .waitFor();
        await picture('walk-preview');
        await button('Commit…').click();
        await press(/^Commit/);
        await page.getByRole('dialog').waitFor({ state: 'detached' });
      },
    ],
    [
      'it turns green on the page',
      async () => {
        await page.getByRole('link', { name: 'clocks' }).first().click();
        await progress().waitFor();
        await allDone();
        await picture('walk-done');
        await accessible('a deployment that is done', 'All of it is done.');
      },
    ],
    [
      'and one clock follows the other',
      async () => {
        const address = (await rack.machine('n1'))!.addresses.admin!;
        await rack.until(async () => (await rack.inside('n2', 'chronyc -n sources')).includes(`^* ${address}`), 2 * MINUTE);
      },
    ],
    [
      'a machine that was switched off is told of with what to do, and goes on when that was done',
      async () => {
        await page.keyboard.press('Control+k');
        await page.keyboard.type('n2 off');
        await page.getByRole('option', { name: 'Switch off…' }).click();
        await press('Switch off');
        await page.getByRole('dialog').waitFor({ state: 'detached' });
        await progress()
          .getByText(/It goes no further|not by itself/)
          .waitFor({ timeout: 2 * MINUTE });
        const client = (await rack.nodeRole('ntp-client', 'n2'))!;
        const [why] = client.whyNot;
        assert(why?.next, `nobody is told what to do about: ${why?.what ?? client.state}`);
        await visit(`${rack.admin.url}/nodes/n2?show=${encodeURIComponent(client.key)}`);
        await page.getByText(why.what).first().waitFor();
        await page.getByText(why.next).first().waitFor();
        await picture('walk-off');
        await page.keyboard.press('Control+k');
        await page.keyboard.type('switch on');
        await page.getByRole('option', { name: 'Switch on' }).click();
        // Not the cross in its corner, which is called so, too.
        await page.getByRole('dialog').getByText('Close', { exact: true }).click();
        await visit(`${rack.admin.url}/deployments/clocks`);
        await progress().waitFor();
        await allDone();
      },
    ],
  ];
  try {
    const counts = await takeSteps(steps, tell);
    if (counts.failed) await picture?.('walk-failed').catch(() => {});
    return counts;
  } finally {
    await opened?.close();
    await rack.stop();
  }
}
