// What a person does by the page alone, on a real admin daemon: begins a deployment, looks what it would change, commits, watches it, finds out what
// drifted or stopped working, works beside somebody else, replaces a secret, cancels a run, and takes it all away again. A barclamp for the admin
// node itself is applied for real, so each step is also looked for on the disk.

import assert from 'node:assert/strict';
import { appendFileSync, existsSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { Page } from 'playwright-core';
import type { ProposalView } from '../../core/api/contract.ts';
import type { ProposalBody } from '../../core/model/proposal.ts';
import { type Admin, until } from '../admin.ts';
import { draftText, openSite, type Site, siteFolder } from './browser.ts';
import { withNote } from './note-barclamp.ts';

describe('acts on the page', function () {
  this.timeout(120_000);
  const state = siteFolder();
  const folder = path.join(state, 'desk');
  const note = path.join(folder, 'note');
  const key = 'desk/note@admin';
  let admin: Admin;
  let site: Site | undefined;
  let { page, visit, accessible, picture, complaints } = {} as Site;

  before(async function () {
    site = await openSite(this, { enter: async () => ['--barclamps', withNote(path.join(state, 'barclamps'))] }, state);
    ({ admin, page, visit, accessible, picture, complaints } = site);
  });
  after(() => site?.close());

  const button = (name: string | RegExp, where: Pick<Page, 'getByRole'> = page) => where.getByRole('button', { name });
  const dialog = () => page.getByRole('dialog');
  const body = (attributes: Record<string, unknown>): ProposalBody => ({ attributes: { folder, ...attributes }, roles: { note: ['admin'] } });
  const yaml = (attributes: Record<string, unknown>) =>
    `attributes:\n${Object.entries(body(attributes).attributes)
      .map(([name, value]) => `  ${name}: ${JSON.stringify(value)}\n`)
      .join('')}roles:\n  note:\n    - admin\n`;
  const present = () => admin.client.call('GET /proposals/:id', { params: { id: 'desk.note' } });
  const save = async (draft: ProposalBody): Promise<ProposalView> =>
    admin.client.call('PUT /proposals/:id/draft', { params: { id: 'desk.note' }, body: { revision: (await present()).revision, draft } });
  const nodeRole = async () => (await admin.client.call('GET /plan', { query: {} })).nodeRoles.find((one) => one.key === key);
  const settled = (missing: string) =>
    until(
      async () => (await nodeRole())?.state === 'done',
      20_000,
      () => missing,
    );

  it('begins a deployment and a proposal in it', async () => {
    await visit(`${admin.url}/deployments`);
    await button('New deployment…').click();
    await dialog().getByRole('textbox', { name: 'Name' }).fill('Not a name');
    assert.equal(await button('Begin', dialog()).isDisabled(), true);
    await dialog().getByRole('textbox', { name: 'Name' }).fill('desk');
    await dialog().getByRole('textbox', { name: 'Pools' }).fill('admin');
    await button('Begin', dialog()).click();
    await page.getByRole('heading', { level: 1, name: 'desk' }).waitFor();
    await button('Add a barclamp…').click();
    await dialog().getByRole('radio', { name: 'note' }).check();
    await button('Begin the proposal', dialog()).click();
    await page.getByRole('heading', { level: 1, name: 'note in desk' }).waitFor();
    assert.deepEqual((await present()).draft, { attributes: {}, roles: {} });
  });

  it('writes machines that the barclamp suggests into the draft when asked to', async () => {
    await page.getByText('note on admin').waitFor();
    await accessible('suggestion');
    await button('Write them into the draft').click();
    assert.match(await draftText(page), /roles:\n {2}note:\n {4}- admin/);
    await page.getByText('not saved').waitFor();
    assert.deepEqual((await present()).draft.roles, {}, 'before somebody saves it');
  });

  it('shows what a commit leads to, and asks the machine for the lines', async () => {
    await page.locator('#draft').fill(yaml({ text: 'first words' }));
    await button('Save and preview').click();
    await page.getByText('Predicted time').waitFor();
    const steps = page.getByRole('list', { name: 'Critical path' }).getByRole('listitem');
    assert.deepEqual(
      (await steps.allTextContents()).map((step) => /^(paper|note) on admin/.exec(step)?.[1]),
      ['paper', 'note'],
    );
    await button('Ask the machines').click();
    await button(/^admin \d resource/).click();
    await page.getByText(folder).first().waitFor();
    assert.equal(existsSync(folder), false, 'asking changed something');
    await picture('preview');
    await accessible('preview');
  });

  it('commits, and shows how far it is until all is done', async () => {
    await button(/^Commit…/).click();
    await button('Commit', dialog()).click();
    await dialog().waitFor({ state: 'hidden' });
    await visit(`${admin.url}/deployments/desk`);
    await page.getByText('All of it is done.').waitFor({ timeout: 20_000 });
    assert.equal(readFileSync(note, 'utf8'), 'first words\nsigned nobody\n');
    const milestones = page.getByRole('list', { name: 'Milestones' });
    assert.match((await milestones.textContent()) ?? '', /There is paper.*reached.*The note can be read.*reached/s);
    await picture('deployment');
    await accessible('deployment');
  });

  it('shows the program of a node-role with stars for its secrets, when it is opened', async () => {
    const asked: string[] = [];
    page.on('request', (request) => {
      if (request.url().includes('/program')) asked.push(request.url());
    });
    await visit(`${admin.url}/plan?show=${encodeURIComponent(key)}`);
    await button('The program that applies it').waitFor();
    assert.deepEqual(asked, [], 'before somebody wants to see it');
    await button('The program that applies it').click();
    const program = page.getByRole('group', { name: 'Program of note on admin' });
    await program.waitFor();
    const text = (await program.textContent()) ?? '';
    assert.match(text, /^#!\/bin\/sh/);
    assert(text.includes(path.join(folder, 'seal')), text);
    assert.equal(text.includes(readFileSync(path.join(folder, 'seal'), 'utf8').trim()), false, 'the page shows the secret');
    assert.equal(text.trimEnd(), admin.cli('recipe', 'print', 'note', '--node', 'admin').stdout.trimEnd());
    await picture('program');
    await accessible('program', undefined, async (copy) => {
      await copy.getByRole('button', { name: 'The program that applies it' }).click();
      await copy.getByRole('group', { name: 'Program of note on admin' }).waitFor();
    });
  });

  it('finds drift when asked, shows its lines, and brings the file back', async () => {
    appendFileSync(note, 'scribbled by somebody\n');
    await visit(`${admin.url}/plan?show=${encodeURIComponent(key)}`);
    await button('Check for drift').click();
    await page.getByText('-scribbled by somebody').waitFor({ timeout: 20_000 });
    await picture('drift');
    await accessible('drift');
    await button('Apply again…').click();
    await button('Apply again', dialog()).click();
    await until(
      () => !readFileSync(note, 'utf8').includes('scribbled'),
      20_000,
      () => 'the scribble is still there',
    );
    await settled('it was not applied again');
  });

  it('says everywhere what does not work, with the cause', async () => {
    rmSync(note);
    await visit(admin.url);
    await page.getByText('1 node-role not working').waitFor({ timeout: 20_000 });
    await picture('failing');
    await accessible('failing');
    await visit(`${admin.url}/nodes/admin`);
    await page.getByText('the note is there failed').waitFor();
    await visit(`${admin.url}/health`);
    await page.getByText('the note is there failed').first().waitFor();
    await picture('health');
    await accessible('health');
    await admin.client.call('POST /node-roles/:key/retry', { params: { key } });
    await page.getByText(/^(All \d+ that are probed work|The one that is probed works)\./).waitFor({ timeout: 20_000 });
  });

  it('puts the drafts of two people together, and shows what each changed', async () => {
    await visit(`${admin.url}/deployments/desk/note`);
    await page.locator('#draft').fill(yaml({ text: 'mine' }));
    await save(body({ text: 'first words', signed: 'them' }));
    const theirs = page.getByRole('region', { name: 'They changed' });
    await theirs.getByText('+  signed: them').waitFor({ timeout: 60_000 });
    await picture('two-editors');
    await accessible('two-editors');
    await button('Put both together').click();
    await theirs.waitFor({ state: 'hidden' });
    assert.deepEqual((await present()).draft, body({ text: 'mine', signed: 'them' }));
    assert.match(await draftText(page), /text: mine\n {2}signed: them/);
  });

  it('goes back to an earlier commit, as a draft', async () => {
    await button(/^Commit 1/).click();
    await button('Make it the draft…').click();
    await dialog().getByText('-  signed: them').waitFor();
    await button('Make it the draft', dialog()).click();
    await dialog().waitFor({ state: 'hidden' });
    assert.deepEqual((await present()).draft, body({ text: 'first words' }));
  });

  it('lists secrets without their values, and replaces one', async () => {
    const before = readFileSync(path.join(folder, 'seal'), 'utf8').trim();
    await visit(`${admin.url}/secrets`);
    await button(/^Replace desk\/note\/seal/).waitFor();
    assert.equal((await page.content()).includes(before), false, 'the page shows the secret');
    await picture('secrets');
    await accessible('secrets');
    await button(/^Replace desk\/note\/seal/).click();
    await dialog().getByText('note on admin').waitFor();
    await button('Replace', dialog()).click();
    await until(
      () => readFileSync(path.join(folder, 'seal'), 'utf8').trim() !== before,
      20_000,
      () => 'the machine still has the old one',
    );
    await button(/^Set a password desk\/note\/seal/).click();
    await dialog().getByLabel('New password').fill('my own words');
    await dialog().getByLabel('Once more').fill('my own words');
    await button('Set the password', dialog()).click();
    await dialog().waitFor({ state: 'hidden' });
    await until(
      () => readFileSync(path.join(folder, 'seal'), 'utf8').trim() === 'my own words',
      20_000,
      () => 'the machine has another one',
    );
  });

  it('cancels a run that takes too long, and says what that leaves', async () => {
    await settled('the password is not everywhere');
    const { revision } = await save(body({ text: 'first words', slow: true }));
    await admin.client.call('POST /proposals/:id/commit', { params: { id: 'desk.note' }, body: { revision } });
    const running = await until(
      async () => (await admin.client.call('GET /runs', { query: { key, outcome: 'running' } }))[0],
      20_000,
      () => 'no run began',
    );
    await visit(`${admin.url}/runs/${running.id}`);
    await button('Cancel this run…').click();
    await button('Cancel the run', dialog()).click();
    await page.getByText('cancelled', { exact: true }).first().waitFor({ timeout: 20_000 });
    await button('Retry').waitFor();
    assert.equal((await admin.client.call('GET /runs/:id', { params: { id: running.id } })).outcome, 'cancelled');
  });

  it('pauses, paces and resumes a deployment', async () => {
    const desk = async () => (await admin.client.call('GET /deployments')).find(({ name }) => name === 'desk')!;
    await visit(`${admin.url}/deployments/desk`);
    await button('Pause').click();
    await button('Resume').waitFor();
    assert.equal((await desk()).paused, true);
    await button('Pace and machines…').click();
    await dialog().getByRole('textbox', { name: 'At once' }).fill('2');
    await dialog().getByRole('combobox', { name: 'Look for drift' }).selectOption('2h');
    await button('Save', dialog()).click();
    await dialog().waitFor({ state: 'hidden' });
    assert.deepEqual(
      { ...(await desk()), revision: 0 },
      { name: 'desk', summary: '', pools: ['admin'], paused: true, atOnce: 2, driftEvery: '2h', revision: 0 },
    );
    await button('Resume').click();
    await button('Pause').waitFor();
  });

  it('puts a machine into maintenance and takes it out again', async () => {
    await visit(`${admin.url}/nodes/admin`);
    for (const [item, act, wanted] of [
      ['Put into maintenance…', 'Put into maintenance', true],
      ['Take out of maintenance…', 'Take out of maintenance', false],
    ] as const) {
      await button('Actions').click();
      await page.getByRole('menuitem', { name: item }).click();
      await button(act, dialog()).click();
      await dialog().waitFor({ state: 'hidden' });
      assert.equal((await admin.client.call('GET /nodes/:id', { params: { id: 'admin' } })).maintenance, wanted);
      await page
        .getByRole('list', { name: 'What happened' })
        .getByText(wanted ? 'Put into maintenance' : 'Taken out of maintenance')
        .waitFor();
    }
    await page.getByRole('list', { name: 'What happened' }).getByRole('link', { name: 'note' }).first().waitFor();
    await accessible('machine');
  });

  it('finds words in the logs, and runs by outcome and deployment', async () => {
    await visit(`${admin.url}/runs`);
    const search = page.getByRole('textbox', { name: 'Find lines in the logs' });
    await search.fill('writing slowly');
    await search.press('Enter');
    await page.getByRole('list', { name: 'Lines found' }).getByText('slowly').first().waitFor();
    await picture('log-search');
    await accessible('log-search');
    await visit(`${admin.url}/runs?deployment=desk`);
    await page.getByRole('combobox', { name: 'Only with the outcome' }).selectOption('cancelled');
    await page.waitForURL(/outcome=cancelled/);
    const rows = page.getByRole('grid', { name: 'Runs' }).locator('tbody tr');
    await until(
      async () => (await rows.count()) === 1,
      60_000,
      () => 'there is not one cancelled run',
    );
  });

  it('shows the catalogue, and what an author says of a barclamp', async () => {
    await visit(`${admin.url}/barclamps`);
    await page.getByRole('link', { name: 'note' }).first().click();
    await page.getByText('A note that anybody can read.').waitFor();
    await page.getByRole('cell', { name: 'the reader' }).waitFor();
    await picture('barclamp');
    await accessible('barclamp');
  });

  it('keeps every page in reach at phone width', async () => {
    await page.setViewportSize({ width: 390, height: 844 });
    await visit(admin.url);
    const link = page.getByRole('link', { name: 'Secrets' });
    await link.waitFor({ state: 'hidden' });
    await button('Pages').click();
    await link.click();
    await page.getByRole('heading', { level: 1, name: 'Secrets' }).waitFor();
    await link.waitFor({ state: 'hidden' });
    await visit(`${admin.url}/settings/trust`);
    // The tabs find out how much room they have when they are drawn.
    await until(
      async () => ((await page.getByRole('tab', { name: 'HTTPS' }).boundingBox())?.x ?? 390) < 390,
      20_000,
      () => 'the part that is open cannot be seen',
    );
    await page.getByRole('tab', { name: 'HTTPS' }).click();
    await page.getByRole('menuitem', { name: 'Webhooks' }).click();
    await page.waitForURL('**/settings/webhooks');
    await page.getByRole('tab', { name: 'Webhooks' }).waitFor();
    await page.setViewportSize({ width: 1440, height: 900 });
  });

  it('takes a proposal away, after saying what that undoes', async () => {
    await visit(`${admin.url}/deployments/desk`);
    await button(/^Remove note/).click();
    const undone = dialog().getByRole('list', { name: 'Will be undone' });
    await undone.waitFor();
    assert.deepEqual((await undone.getByRole('listitem').allTextContents()).sort(), ['note on admin', 'paper on admin']);
    await button('Remove and undo 2', dialog()).click();
    await dialog().waitFor({ state: 'hidden' });
    await page.getByText('It has no proposal yet.').waitFor();
    await until(
      () => !existsSync(folder),
      20_000,
      () => 'the folder is still there',
    );
  });

  it('never made the browser complain', () => assert.deepEqual(complaints, []));
});
