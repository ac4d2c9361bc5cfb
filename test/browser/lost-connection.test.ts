// A network between the page and the admin node that breaks: the page says since when it is not live, keeps what somebody was writing, and when the
// network is back shows what happened meanwhile without being loaded again.

import assert from 'node:assert/strict';
import { cpSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import path from 'node:path';
import { until } from '../admin.ts';
import { draftText, enterMachines, openSite, type Site } from './browser.ts';

/** Passes bytes on, until it is cut: then what is open ends and nothing new gets through. */
async function openWire(port: number): Promise<{ port: number; cut(): void; mend(): void; close(): void }> {
  let whole = true;
  const open = new Set<Socket>();
  const server = createServer((near) => {
    if (!whole) return void near.destroy();
    const far = connect(port, '127.0.0.1');
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(one);
      one.on('error', () => other.destroy()).on('close', () => open.delete(one));
      one.pipe(other);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const cut = () => {
    whole = false;
    for (const one of open) one.destroy();
  };
  return {
    port: (server.address() as AddressInfo).port,
    cut,
    mend() {
      whole = true;
    },
    close() {
      cut();
      server.close();
    },
  };
}

describe('a page that loses its connection', function () {
  this.timeout(120_000);
  let site: Site | undefined;
  let wire: Awaited<ReturnType<typeof openWire>> | undefined;
  let { admin, page, visit, picture } = {} as Site;
  let url = '';
  const live = () => page.getByText('live', { exact: true }).waitFor();
  const notLive = () => page.getByText(/The connection to the admin node was lost at/).waitFor();
  /** Gone when the page is loaded again. */
  const mark = () => page.evaluate('window.notLoadedAgain = true');
  const marked = () => page.evaluate<boolean>('window.notLoadedAgain === true');

  before(async function () {
    site = await openSite(this, {
      enter: async (state) => {
        const args = await enterMachines({ machines: 3, roles: 1 })(state);
        cpSync(path.resolve(import.meta.dirname, '../../barclamps/ntp'), path.join(state, 'barclamps', 'ntp'), { recursive: true });
        return args;
      },
    });
    ({ admin, page, visit, picture } = site);
    await admin.client.call('POST /proposals', { body: { deployment: 'cloud', barclamp: 'ntp' } });
    wire = await openWire(Number(new URL(admin.url).port));
    url = `http://127.0.0.1:${wire.port}`;
  });
  after(async () => {
    wire?.close();
    await site?.close();
  });

  it('says since when, and that it tries to come back', async () => {
    await visit(url);
    await page.getByRole('link', { name: 'm00001' }).first().waitFor();
    await live();
    await mark();
    wire!.cut();
    await notLive();
    await page.getByText('not live', { exact: true }).waitFor();
    await page.getByRole('link', { name: 'm00001' }).first().waitFor();
    await picture('not-live');
  });

  it('shows what happened meanwhile when it is back, and is not loaded again for it', async () => {
    await admin.client.call('PATCH /nodes/:id', { params: { id: 'm00001' }, body: { name: 'renamed' } });
    wire!.mend();
    await live();
    await page.getByRole('link', { name: 'renamed' }).first().waitFor();
    await page.getByText(/The connection to the admin node was lost at/).waitFor({ state: 'detached' });
    assert(await marked());
  });

  it('keeps what is being written, says that it was not saved, and saves it later', async () => {
    await visit(`${url}/deployments/cloud/ntp`);
    await page.locator('#draft').waitFor();
    await live();
    await mark();
    wire!.cut();
    await notLive();
    await page.getByRole('spinbutton', { name: 'Patience' }).fill('77');
    await page.getByRole('button', { name: 'Save and preview' }).click();
    await page.getByText('The admin node does not answer.').first().waitFor();
    await picture('not-saved');
    wire!.mend();
    await live();
    assert(await marked());
    assert.match(await draftText(page), /maxWait: 77/);
    await page.getByRole('button', { name: 'Save and preview' }).click();
    const kept = await until(
      async () => {
        const { draft } = await admin.client.call('GET /proposals/:id', { params: { id: 'cloud.ntp' } });
        return draft?.attributes.maxWait;
      },
      60_000,
      () => 'no draft was saved',
    );
    assert.equal(kept, 77);
  });
});
