// The Hardware view on a real admin daemon: empty, then with machines whose firmware and baselines were written before it starts, and a file that was
// given to it.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import path from 'node:path';
import { hardwareOf } from '../../core/model/baseline.ts';
import type { FirmwarePart, FirmwareRule } from '../../core/model/firmware.ts';
import { openStore } from '../../core/store/store.ts';
import { enterSite } from '../many-machines.ts';
import { openSite, type Site, siteFolder } from './browser.ts';

const MACHINES = 12;
const rules: FirmwareRule[] = [
  { component: 'BIOS', accept: ['2.20.*'] },
  { component: 'Integrated*', accept: ['7.*'] },
];
const part = (name: string, version: string): FirmwarePart => ({ name, version, told: 'controller', updateable: true });

describe('the hardware on the page', function () {
  this.timeout(120_000);
  const state = siteFolder();
  let site: Site;
  afterEach(() => site?.close());

  async function enter(): Promise<void> {
    await enterSite(state, path.join(state, 'barclamps'), { machines: MACHINES, roles: 1 });
    const store = await openStore({ file: path.join(state, 'store/facts.db') });
    const nodes = (await store.list('node')).filter(({ approved }) => approved).toSorted((a, b) => (a.name < b.name ? -1 : 1));
    const body = { attributes: { components: rules }, roles: { firmware: nodes.map(({ name }) => name) } };
    await store.put(
      'proposal',
      'cloud.firmware',
      { id: 'cloud.firmware', deployment: 'cloud', barclamp: 'firmware', draft: body, committed: body, commit: 1 },
      'new',
    );
    for (const [index, node] of nodes.entries()) {
      // The last four are behind, and one says something that no rule speaks of.
      const parts = [
        part('BIOS', index < 7 ? '2.20.1' : '2.19.0'),
        part('Integrated Remote Access Controller', '7.10.30.00'),
        part(`Backplane - ${node.macs[0]}`, '4.35'),
      ];
      await store.put('firmwareReading', node.id, { nodeId: node.id, readAt: Date.now(), parts, rules }, 'new');
    }
    const [first, second, third] = nodes;
    const accepted = hardwareOf({ ...first!.inventory!, memory: 2 ** 30, cpu: { ...first!.inventory!.cpu, sockets: 4 } });
    await store.put('baseline', first!.id, { id: first!.id, scope: 'node', nodeName: first!.name, at: 1, hardware: accepted }, 'new');
    await store.put('baseline', third!.id, { id: third!.id, scope: 'node', nodeName: third!.name, at: 1, hardware: hardwareOf(third!.inventory!) }, 'new');
    // The first reads at half the speed of the others.
    const burntIn = nodes.slice(0, 6).map((node, index) => {
      const measure = { what: 'sda', measure: 'reading', group: 'disk ssd reading', value: index === 0 ? 260 : 520 + index, unit: 'MB/s' };
      const results = JSON.stringify({ measured: [measure], skipped: index === 0 ? [{ what: 'memory', reason: 'it does not count its errors' }] : [] });
      const of = { deployment: 'cloud', role: 'burn-in', nodeId: node.id, nodeName: node.name, key: `cloud/burn-in@${node.id}` };
      return { of, results };
    });
    const begun = burntIn.map(({ of }) => ({ ...of, mode: 'apply' as const, fingerprint: 'f', startedAt: Date.now() - 60_000 }));
    const ids = await store.startRuns(begun);
    await store.endRuns(burntIn.map(({ results }, index) => ({ id: ids[index]!, endedAt: Date.now(), outcome: 'done' as const, outputs: { results } })));
    await store.put('hardwareReading', second!.id, { nodeId: second!.id, at: 1, comparison: {} }, 'new');
    await store.close();
  }

  it('says what to do where nothing is known yet', async function () {
    site = await openSite(this);
    const { page, accessible, picture, admin, complaints } = site;
    await page.getByRole('link', { name: 'Hardware' }).click();
    await page.getByRole('heading', { name: 'No machine has told its firmware yet' }).waitFor();
    await picture('hardware-empty');
    await accessible('hardware-empty', 'No machine has told its firmware yet');
    await page.getByRole('tab', { name: 'Differences' }).click();
    await page.getByRole('heading', { name: 'No machine differs from what was accepted' }).waitFor();
    await page.waitForURL(/\/hardware\/differences$/);
    await page.getByRole('tab', { name: 'Files' }).click();
    await page.getByText('prybar firmware add FILE').waitFor();

    // One that is not what its vendor says, and one that is.
    const dialog = page.getByRole('dialog');
    const content = Buffer.alloc(3_000_000, 'firmware');
    const digest = createHash('sha256').update(content).digest('hex');
    const choose = (buffer: Buffer) =>
      dialog.locator('input[type=file]').setInputFiles({ name: 'BIOS_2.20.1.EXE', mimeType: 'application/octet-stream', buffer });
    await page.getByRole('button', { name: 'Give it a file…' }).click();
    assert(await dialog.getByRole('button', { name: 'Send' }).isDisabled(), 'no file yet');
    await choose(content.subarray(1));
    await dialog.getByText('BIOS_2.20.1.EXE 3 MB').waitFor();
    await dialog.getByLabel('SHA-256').fill(digest.toUpperCase());
    await dialog.getByRole('button', { name: 'Send' }).click();
    await dialog.getByText(new RegExp(`What arrived has the SHA-256 [0-9a-f]{64} instead of ${digest}`)).waitFor();
    await dialog.getByText('Nothing of it was kept. Send it again.').waitFor();
    assert.deepEqual(await admin.client.call('GET /firmware-files'), []);
    await picture('firmware-file-refused');
    complaints.splice(0);
    await choose(content);
    await dialog.getByRole('button', { name: 'Send' }).click();
    await dialog.waitFor({ state: 'detached' });
    const row = page.getByRole('grid', { name: 'Files with firmware' }).getByRole('row').filter({ hasText: 'BIOS_2.20.1.EXE' });
    await row.getByText(digest).waitFor();
    assert.match((await row.textContent()) ?? '', /3 MB.*by console/);
    await accessible('hardware-files', 'by console', (copy) => copy.getByRole('button', { name: 'Give it a file…' }).click());
    await picture('hardware-files');
    await page.getByRole('button', { name: 'Remove BIOS_2.20.1.EXE' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
    await page.getByRole('heading', { name: 'The admin node keeps no files with firmware' }).waitFor();
    assert.deepEqual(await admin.client.call('GET /firmware-files'), []);
    assert.deepEqual(complaints, []);
  });

  it('shows versions side by side, what is not accepted first, and leads to the machines', async function () {
    site = await openSite(this, { enter }, state);
    const { page, visit, accessible, picture, admin, complaints } = site;
    await visit(`${admin.url}/hardware`);
    const rows = page.getByRole('grid', { name: 'Firmware' }).getByRole('row');
    await rows.nth(3).waitFor();
    const texts = await rows.allTextContents();
    assert.equal(texts.length, 4, texts.join('\n'));
    assert.match(texts[1]!, /Dell PowerEdge R7525.*BIOS.*2\.20\.1.*accepted.*7 machines.*2\.19\.0.*not accepted.*4 machines/);
    assert.match(texts.find((text) => text.includes('Backplane'))!, /Backplane4\.3511 machines/, 'no MAC keeps machines apart, and no rule speaks of it');
    await picture('hardware');
    await accessible('hardware', 'Of 11 machines something is known');
    await page.getByRole('button', { name: '4 machines with BIOS 2.19.0' }).click();
    const behind = rows.nth(1).getByRole('link');
    await behind.nth(3).waitFor();
    assert.equal(await behind.count(), 4);
    await page.getByRole('button', { name: 'Not accepted (1)' }).click();
    await rows.nth(2).waitFor({ state: 'detached' });
    await page.getByRole('textbox', { name: 'Find firmware' }).fill('no such thing');
    await page.keyboard.press('Enter');
    await page.getByText('Nothing here has “no such thing” in it.').waitFor();
    assert.match(admin.cli('firmware', 'list', '--differing').stdout, /Dell PowerEdge R7525 +BIOS +2\.19\.0 +not accepted +4 +m000/);

    await page.getByRole('tab', { name: 'Differences (2)' }).click();
    const differences = page.getByRole('grid', { name: 'Differences' }).getByRole('row');
    await differences.nth(2).waitFor();
    assert.match((await differences.nth(1).textContent()) ?? '', /m00001.*the processors are 2 × EPYC.* and were 4 × EPYC.*memory is about 512 GiB/);
    assert.match((await differences.nth(2).textContent()) ?? '', /m00002.*nothing was accepted yet/);
    await picture('hardware-differences');
    await accessible('hardware-differences', 'nothing was accepted yet');
    await differences.nth(1).getByRole('link', { name: 'm00001' }).click();
    await page.waitForURL(/\/nodes\/m00001$/);
    const own = page.getByRole('grid', { name: 'Firmware' }).getByRole('row');
    await own.filter({ hasText: 'BIOS' }).waitFor();
    assert.match((await own.filter({ hasText: 'BIOS' }).textContent()) ?? '', /2\.20\.1.*accepted/);
    await accessible('machine-firmware', '2.20.1');
    const burnIn = page.getByRole('region', { name: 'Burn-in' });
    assert.match((await burnIn.getByRole('row').nth(1).textContent()) ?? '', /sda reading260 MB\/s522.5 MB\/s far below the others/);
    await burnIn.getByText('5 others of its make and model to compare it with.').waitFor();
    await burnIn.getByText('memory was skipped: it does not count its errors').waitFor();
    await burnIn.scrollIntoViewIfNeeded();
    await picture('machine-burn-in');
    // One that was never burnt in has nothing to show of it.
    await visit(`${admin.url}/nodes/m00012`);
    await page.getByRole('region', { name: 'Disks' }).waitFor();
    assert.equal(await burnIn.count(), 0);
    assert.deepEqual(complaints, []);
  });
});
