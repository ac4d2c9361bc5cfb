// The serial console of a machine on its page, against a real ipmi_sim: what the machine says is shown, what is typed reaches it, and the BMC is free
// again when the dialog is closed.

import assert from 'node:assert/strict';
import path from 'node:path';
import { io } from 'socket.io-client';
import type { Node } from '../../core/model/node.ts';
import type { Problem } from '../../core/model/problem.ts';
import { openStore } from '../../core/store/store.ts';
import { type Admin, until } from '../admin.ts';
import { type SerialBmc, serialBmcMissing, startSerialBmc } from '../serial-bmc.ts';
import { type Opened, openSite, type Site } from './browser.ts';

const machine = (name: string, last: string): Node => ({
  id: `id-${name}`,
  name,
  remote: 'ssh',
  macs: [`52:54:00:00:03:0${last}`],
  approved: true,
  pool: 'default',
  addresses: {},
  discoveredAt: 0,
  contact: 'off',
  contactAt: 0,
});

/** A colour that is none of the 16 of every terminal. */
const answer = (typed: string) => (typed === '!' ? '\u001b[38;2;200;120;60mCOPPER\u001b[0m' : typed.toUpperCase());

describe('the serial console on the page', function () {
  this.timeout(120_000);
  let admin: Admin;
  let serial: SerialBmc;
  let opened: Site;
  let page: Opened['page'];

  before(async function () {
    const enter = async (state: string) => {
      const store = await openStore({ file: path.join(state, 'store/facts.db') });
      for (const node of [machine('n1', '1'), machine('n2', '2')]) {
        await store.claim('name', node.name, node.id);
        await store.put('node', node.id, node, 'new');
      }
      await store.close();
    };
    opened = await openSite(this, { missing: serialBmcMissing(), enter });
    ({ admin, page } = opened);
    serial = await startSerialBmc(answer);
    await admin.client.call('PUT /nodes/:id/bmc', { params: { id: 'n1' }, body: serial.account });
  });
  after(async () => {
    await opened?.close();
    await serial?.close();
  });

  const dialog = () => page.getByRole('dialog', { name: 'Console of n1' });
  const shown = () => page.locator('.pb-console .xterm-rows').innerText();
  const shows = (text: string) =>
    until(
      async () => (await shown()).includes(text),
      60_000,
      () => `the terminal does not show ${text}`,
    );
  /** What another one is told who opens it. */
  const openElsewhere = async (): Promise<Problem[]> => {
    const socket = io(admin.url, { path: '/api/v1/live', transports: ['websocket'], extraHeaders: { authorization: `Bearer ${admin.client.token}` } });
    const problems = (await socket.timeout(20_000).emitWithAck('openConsole', 'n1')) as Problem[];
    socket.close();
    return problems;
  };

  it('loads the terminal only when it is opened, and shows what the machine answers', async () => {
    await opened.visit(`${admin.url}/nodes/n1`);
    await page.getByRole('button', { name: 'Open the console' }).waitFor();
    const loaded = () => page.evaluate<boolean>(`performance.getEntriesByType('resource').some(({ name }) => /console-dialog.*js/.test(name))`);
    assert.equal(await loaded(), false);
    await page.getByRole('button', { name: 'Open the console' }).click();
    await dialog().getByText('Open. Where nothing shows').waitFor();
    assert.equal(await loaded(), true);
    assert.equal(new URL(page.url()).search, '?console=');
    await page.keyboard.type('ls');
    await shows('LS');
    assert.deepEqual(opened.complaints, [], 'the policy holds');
  });

  it('draws the colours that the machine asks for, without a style that the policy refuses', async () => {
    await page.keyboard.type('!');
    await shows('COPPER');
    const colour = await page.evaluate<string>(
      `getComputedStyle([...document.querySelectorAll('.pb-console .xterm-rows span')].find(({ textContent }) => textContent === 'COPPER')).color`,
    );
    assert.equal(colour, 'rgb(200, 120, 60)');
    assert.deepEqual(opened.complaints, []);
    await opened.picture('console');
  });

  it('says who has it when somebody else wants it', async () => {
    const [problem] = await openElsewhere();
    assert.match(problem!.summary, /has the serial console of n1 open/);
    assert.match(problem!.next!, /Have them close it/);
  });

  it('is left by keyboard: Escape is for the machine, Ctrl+] for the page', async () => {
    await page.locator('.pb-console textarea').focus();
    await page.keyboard.press('Escape');
    await page.keyboard.press('Tab');
    await dialog().waitFor();
    assert.equal(await page.evaluate<boolean>(`document.activeElement.matches('.pb-console textarea')`), true);
    await page.keyboard.press('Control+]');
    assert.equal(await page.evaluate<string>('document.activeElement.textContent'), 'Close');
    await page.keyboard.press('Escape');
    await dialog().waitFor({ state: 'detached' });
    assert.equal(new URL(page.url()).search, '');
    assert.deepEqual(await openElsewhere(), [], 'the BMC gives it to the next one');
  });

  it('opens from a link, and has nothing that axe finds', async () => {
    await opened.visit(`${admin.url}/nodes/n1?console`);
    await dialog().getByText('Open. Where nothing shows').waitFor();
    await page.keyboard.type('again');
    await shows('AGAIN');
    // Another page of the same person does not get it meanwhile.
    await opened.accessible('console-taken', 'Have them close it');
    await dialog().getByRole('button', { name: 'Close', exact: true }).last().click();
    await dialog().waitFor({ state: 'detached' });
    await page.evaluate(`history.replaceState(null, '', '?console')`);
    await opened.accessible('console', 'Open. Where nothing shows');
  });

  it('says what to do where no BMC is known, and that it ended where the admin node went away', async () => {
    await opened.visit(`${admin.url}/nodes/n2?console`);
    await page.getByText('No way to a BMC of n2').waitFor();
    await page.getByRole('dialog').getByText('Next', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Open again' }).waitFor();
    await opened.visit(`${admin.url}/nodes/n1?console`);
    await dialog().getByText('Open. Where nothing shows').waitFor();
    assert.deepEqual(opened.complaints, []);
    await admin.stop();
    await page.getByText('The console ended.').waitFor();
  });
});
