// Barclamps of an author come onto the page: begun with `prybar barclamp new`, packed and signed with the command line as an author does it, looked at,
// let in and upgraded in the browser; packages that are damaged, or signed by nobody who is trusted, say which file it is and what to do.

import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Admin } from '../admin.ts';
import { openSite, type Site } from './browser.ts';

describe('barclamps of authors on the page', function () {
  this.timeout(120_000);
  const home = mkdtempSync(path.join(tmpdir(), 'prybar-author-'));
  const folder = path.join(home, 'greeting');
  const key = path.join(home, 'key');
  const first = path.join(home, 'greeting-first.tar.zst');
  let admin: Admin;
  let site: Site | undefined;
  let { page, accessible, picture, complaints } = {} as Site;

  /** With its version, and the last line of what it printed. */
  function cli(...args: string[]): string {
    const { stdout, stderr, status } = admin.cli(...args);
    assert.equal(status, 0, stderr);
    return stdout;
  }
  const pack = (to: string, ...more: string[]) => cli('barclamp', 'pack', folder, '--output', to, ...more);

  before(async function () {
    site = await openSite(this);
    ({ admin, page, accessible, picture, complaints } = site);
    cli('barclamp', 'new', 'greeting', '--in', home);
    cli('barclamp', 'key', 'new', key, '--comment', 'Ada');
    pack(first, '--key', key);
  });
  after(async () => {
    await site?.close();
    rmSync(home, { recursive: true, force: true });
  });

  const dialog = () => page.getByRole('dialog');
  const button = (name: string) => dialog().getByRole('button', { name, exact: true });
  const told = (file: string) => dialog().getByRole('definition').getByText(file, { exact: true });
  const look = async (file: string) => {
    await dialog().locator('input[type=file]').setInputFiles(file);
    // It is taken a moment later.
    await dialog().getByRole('list', { name: 'Chosen: Packages' }).getByText(path.basename(file)).waitFor();
    await button('Look at it').click();
  };

  it('says of a damaged package which file it is, and of a good one from a stranger what to do', async () => {
    await page.getByRole('link', { name: 'Barclamps' }).click();
    await page.getByText('Nobody’s yet: no key is trusted.').waitFor();
    await page.getByRole('button', { name: 'Install…' }).click();
    const cutOff = path.join(home, 'cut-off.tar.zst');
    writeFileSync(cutOff, readFileSync(first).subarray(0, 900));
    await look(cutOff);
    await dialog().getByText('This is no package: it is damaged, cut off, or not packed by Prybar').waitFor();
    await told('cut-off.tar.zst').waitFor();
    await picture('barclamp-damaged');
    // Beside another one each is told by its own name.
    await look(first);
    await told('cut-off.tar.zst').waitFor();
    await dialog()
      .getByText(/greeting 0\.1\.0 is signed with the key SHA256:.*, which is not trusted here\./)
      .waitFor();
    await told('greeting-first.tar.zst').waitFor();
    await dialog().getByRole('button', { name: 'Leave out greeting-first.tar.zst' }).click();
    await dialog().getByText('greeting-first.tar.zst').waitFor({ state: 'detached' });
    // Somebody takes it away meanwhile.
    rmSync(cutOff);
    await button('Look at it').click();
    await dialog().getByText('This file cannot be read.').waitFor();
    await told('cut-off.tar.zst').waitFor();
    await dialog().getByText('choose it again').waitFor();
    await button('Cancel').click();
    complaints.splice(0);
  });

  it('installs one whose author is trusted, after showing what it would be', async () => {
    await page.getByRole('button', { name: 'Trust a key…' }).click();
    await dialog()
      .getByRole('textbox', { name: 'Public key' })
      .fill(readFileSync(`${key}.pub`, 'utf8').trim());
    await button('Trust').click();
    await page.getByRole('list', { name: 'Keys' }).getByText('Ada').waitFor();
    await page.getByRole('button', { name: 'Install…' }).click();
    await look(first);
    const effect = dialog().getByRole('list', { name: 'What would be installed' });
    await effect.getByText('greeting 0.1.0 is new.').waitFor();
    await effect.getByText('signed by a trusted key', { exact: true }).waitFor();
    await effect.getByText(/Lint found nothing when its author packed it, with Prybar \d/).waitFor();
    assert(!(await admin.client.call('GET /barclamps')).some(({ name }) => name === 'greeting'), 'only looked at');
    await picture('barclamp-install');
    await button('Install').click();
    await page.waitForURL(/\/barclamps\/greeting$/);
    await page.getByRole('region', { name: 'Lint' }).getByText('Lint found nothing').waitFor();
    await accessible('barclamp-installed', 'Lint found nothing');
  });

  it('upgrades it, says which proposals use it, and shows what its author was warned of', async () => {
    await admin.client.call('POST /deployments', { body: { name: 'demo' } });
    await admin.client.call('POST /proposals', { body: { deployment: 'demo', barclamp: 'greeting' } });
    const file = path.join(folder, 'barclamp.yml');
    writeFileSync(file, readFileSync(file, 'utf8').replace(/^version: .*$/m, 'version: 0.2.0'));
    // Nobody uses it.
    writeFileSync(path.join(folder, 'roles/greeting-server/templates/left-over.njk'), 'nothing\n');
    const second = path.join(home, 'greeting-second.tar.zst');
    pack(second, '--key', key);
    await page.getByRole('button', { name: 'Install another version…' }).click();
    await look(second);
    const effect = dialog().getByRole('list', { name: 'What would be installed' });
    await effect.getByText('greeting 0.2.0 takes the place of 0.1.0.').waitFor();
    await effect.getByText('1 proposal uses it (demo.greeting)').waitFor();
    await effect.getByText('1 warning of lint when its author packed it').waitFor();
    await picture('barclamp-upgrade');
    await button('Install').click();
    await dialog().waitFor({ state: 'detached' });
    await page.getByText('0.2.0', { exact: true }).waitFor();
    await page
      .getByRole('region', { name: 'Lint' })
      .getByText(/left-over\.njk/)
      .first()
      .waitFor();
    await picture('barclamp-installed');
  });

  it('keeps one that is used, and says by what', async () => {
    await page.getByRole('button', { name: 'Remove…' }).click();
    await button('Remove').click();
    await dialog().getByText('The proposal demo.greeting uses greeting.').waitFor();
    await button('Cancel').click();
    complaints.splice(0);
    await admin.client.call('DELETE /proposals/:id', { params: { id: 'demo.greeting' } });
    await page.getByRole('button', { name: 'Remove…' }).click();
    await button('Remove').click();
    await page.waitForURL(/\/barclamps$/);
    assert(!(await admin.client.call('GET /barclamps')).some(({ name }) => name === 'greeting'));
    await accessible('barclamps', 'Ada');
  });
});
