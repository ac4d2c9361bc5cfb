// Orders of servers, clones of deployments, what a TPM measured, and differences from accepted hardware, on a real admin daemon whose machines are facts
// that were written before it starts: nobody has to answer for what is tested here.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { hardwareOf } from '../../core/model/baseline.ts';
import type { Inventory } from '../../core/model/inventory.ts';
import type { MeasuredStart } from '../../core/model/measured-boot.ts';
import type { Node } from '../../core/model/node.ts';
import type { Order } from '../../core/model/order.ts';
import { openStore } from '../../core/store/store.ts';
import { type Admin, startAdmin } from '../admin.ts';
import { browserMissing, openBrowser, type Opened } from './browser.ts';
import { skipWhere } from '../skip-where.ts';

const GiB = 2 ** 30;
const hour = 3600_000;

const inventory = (memory: number): Inventory => ({
  cpu: { model: 'EPYC', sockets: 1, cores: 16, threads: 32, architecture: 'x86_64' },
  memory,
  disks: [{ name: 'nvme0n1', byId: '/dev/disk/by-id/wwn-1', size: 960e9, kind: 'nvme', removable: false }],
  nics: [{ name: 'enp1s0', mac: '52:54:00:00:00:01', speed: 25_000, pciPath: '0000:01:00.0', up: true }],
  firmware: { kind: 'uefi' },
  vendor: 'Dell',
  product: 'R7525',
});
const machine = (name: string, pool: string, memory = 64 * GiB): Node => ({
  id: `id-${name}`,
  name,
  remote: 'ssh',
  macs: [],
  approved: true,
  pool,
  addresses: {},
  system: { kind: 'installed', instance: name, platform: 'debian-12' },
  inventory: inventory(memory),
  discoveredAt: 0,
  contact: 'up',
  contactAt: Date.now(),
});

describe('orders, clones and measured starts on the page', function () {
  this.timeout(120_000);
  const state = mkdtempSync(path.join(tmpdir(), 'prybar-orders-'));
  let admin: Admin;
  let opened: Opened;
  let { page, visit, accessible, picture, complaints } = {} as Opened;

  async function enter(): Promise<void> {
    const store = await openStore({ file: path.join(state, 'store/facts.db') });
    const now = Date.now();
    for (const node of [machine('web1', 'shop'), machine('web2', 'shop'), ...['s1', 's2', 's3'].map((name) => machine(name, 'spare'))]) {
      await store.put('node', node.id, node, 'new');
      await store.claim('name', node.name, node.id);
    }
    // Paused, so that nobody goes and looks for machines that are not there.
    const propose = async (deployment: string, attributes: Record<string, unknown>, roles: Record<string, string[]>) => {
      await store.put('deployment', deployment, { name: deployment, summary: `The ${deployment}`, pools: [deployment], paused: true }, 'new');
      const id = `${deployment}.ntp`;
      const body = { attributes, roles };
      await store.put('proposal', id, { id, deployment, barclamp: 'ntp', draft: body, committed: body, commit: 1 }, 'new');
      await store.appendCommit({ proposalId: id, commit: 1, body, note: '', at: now });
    };
    await propose('shop', {}, { 'ntp-server': ['web1', 'web2'] });
    await propose('office', { upstreams: ['web1'] }, {});

    const request = { count: 1, pool: 'spare', roles: [], settings: {}, keys: ['ssh-ed25519 AAAA ada'], console: false };
    const server = {
      nodeId: 'id-gone',
      name: 'gone1',
      path: 'fast' as const,
      allocatedAt: now - hour + 2000,
      installedAt: now - hour + 2000,
      readyAt: now - hour + 61_000,
    };
    const order: Order = {
      id: 'aa11bb22cc',
      by: 'ada',
      at: now - hour,
      digest: '',
      request,
      deployment: 'order-aa11bb22cc',
      servers: [{ ...server, sealed: '-----BEGIN AGE ENCRYPTED FILE-----' }],
      allocatedAt: server.allocatedAt,
      readyAt: server.readyAt,
      leaving: { at: now - 1000, erase: true },
      endedAt: now,
    };
    await store.put('order', order.id, order, 'new');

    const start = (instance: string, at: number, more: Partial<MeasuredStart>): MeasuredStart => ({
      instance,
      at,
      registers: { 0: 'ab'.repeat(32), 4: instance.repeat(64).slice(0, 64) },
      events: [{ register: 4, type: 0x80000003, name: 'EV_EFI_BOOT_SERVICES_APPLICATION', digest: 'cd'.repeat(32), text: 'shimx64.efi' }],
      log: '',
      unproven: [],
      ...more,
    });
    const starts = [start('2', now, { changed: ['4'] }), start('1', now - hour, { unproven: ['7'] })];
    await store.put('bootEvidence', 'id-web1', { nodeId: 'id-web1', starts }, 'new');
    // It was accepted with twice the memory.
    await store.put(
      'baseline',
      'id-web1',
      { id: 'id-web1', scope: 'node', nodeName: 'web1', at: now - hour, by: 'ada', hardware: hardwareOf(inventory(128 * GiB)) },
      'new',
    );
    await store.close();
  }

  before(async function () {
    skipWhere(this, browserMissing());
    await enter();
    admin = await startAdmin(['--no-lab'], state);
    opened = await openBrowser();
    ({ page, visit, accessible, picture, complaints } = opened);
    await visit(admin.link);
    await page.getByText('Not now').click();
    await page.getByRole('link', { name: 'Orders' }).waitFor();
  });
  after(async () => {
    await opened?.close();
    await admin?.stop();
    rmSync(state, { recursive: true, force: true });
  });

  const button = (name: string | RegExp, within = page.locator('body')) => within.getByRole('button', { name });
  const dialog = () => page.getByRole('dialog');

  it('shows orders with the times of their steps', async () => {
    await page.getByRole('link', { name: 'Orders' }).click();
    const rows = page.getByRole('grid', { name: 'Orders' }).getByRole('row');
    await rows.filter({ hasText: 'aa11bb22cc' }).first().waitFor();
    assert.match((await rows.filter({ hasText: 'aa11bb22cc' }).first().textContent()) ?? '', /released1 of 1spareada.*1 min 01 s/);
    await visit(`${admin.url}/orders?order=aa11bb22cc`);
    await page.getByRole('grid', { name: 'Servers of aa11bb22cc' }).getByText('had its system already').waitFor();
    assert.equal(await page.getByLabel('Sealed credentials of gone1').inputValue(), '-----BEGIN AGE ENCRYPTED FILE-----');
  });

  it('orders servers, says what an order waits for, and cancels it', async () => {
    await button('Order servers…').click();
    await dialog().locator('#order-pool').selectOption('spare');
    await dialog().locator('#order-where').fill('memory >= a lot');
    await button('Order', dialog()).last().click();
    await dialog().getByText('/where').waitFor();
    complaints.splice(0);
    await picture('order-wrong');
    await dialog().locator('#order-where').fill('memory >= 1TiB');
    await dialog().locator('#order-count').fill('2');
    await button('Order', dialog()).last().click();
    await page.getByText('2 more free machines are needed in the pool spare').waitFor();
    await picture('orders');
    await accessible('orders', '2 more free machines are needed');
    const [placed] = await admin.client.call('GET /orders');
    assert.deepEqual([placed!.state, placed!.request.count, placed!.request.where], ['waiting', 2, 'memory >= 1TiB']);
    await button(new RegExp(`^Cancel ${placed!.id}`)).click();
    await button('Cancel the order', dialog()).click();
    await page.getByText('cancelled', { exact: true }).waitFor();
  });

  it('clones a deployment after showing what that would be, and puts the clone into its place', async () => {
    await visit(`${admin.url}/deployments/shop`);
    await button('Clone…').click();
    await dialog().locator('#clone-pool').selectOption('spare');
    await button('Show what it would be', dialog()).click();
    const pairs = dialog().getByRole('list', { name: 'Machines that stand for others' }).getByRole('listitem');
    await pairs.nth(1).waitFor();
    assert.deepEqual(await pairs.allTextContents(), ['s1 stands for web1', 's2 stands for web2']);
    await picture('clone');
    assert.equal(
      (await admin.client.call('GET /deployments')).some(({ name }) => name === 'shop-2'),
      false,
      'nothing was made yet',
    );
    await button('Make the clone', dialog()).click();
    await page.getByRole('heading', { level: 1, name: 'shop-2' }).waitFor();
    await admin.client.call('PATCH /deployments/:name', { params: { name: 'shop-2' }, body: { paused: true } });
    await page.getByText('shop-2 does not work yet').waitFor();
    await picture('clone-of');
    await accessible('clone-of', 'shop-2 does not work yet');
    await button('Put it into the place of shop…').click();
    await dialog().getByText('office.ntp').waitFor();
    assert.match((await dialog().getByRole('list', { name: 'Settings that change' }).textContent()) ?? '', /web1.*s1/);
    assert.equal(await button('Put it there', dialog()).isDisabled(), true, 'it is not known to work');
    await dialog().getByLabel('Do it all the same').check();
    await picture('clone-promote');
    await button('Put it there', dialog()).click();
    await button('Put shop back…').waitFor();
    const upstreams = async () => (await admin.client.call('GET /proposals/:id', { params: { id: 'office.ntp' } })).committed!.attributes.upstreams;
    assert.deepEqual(await upstreams(), ['s1']);
    await visit(`${admin.url}/deployments/shop`);
    await page.getByText('it has taken the place of this one').waitFor();
    await page.getByRole('list', { name: 'Clones of shop' }).getByRole('link', { name: 'shop-2' }).click();
    await button('Put shop back…').click();
    await dialog().getByLabel('Do it all the same').check();
    await button('Put shop back', dialog()).click();
    await button('Put it into the place of shop…').waitFor();
    assert.deepEqual(await upstreams(), ['web1']);
  });

  it('shows what the TPM of a machine measured, and that a start was another one', async () => {
    await visit(`${admin.url}/nodes/web1`);
    const part = page.getByRole('region', { name: 'Measured starts' });
    await part.getByText('other register 4').waitFor();
    await part.getByText('log proven').waitFor();
    await button('2 registers, 1 event', part).click();
    await part.getByText('shimx64.efi').waitFor();
    await button('1 start before', part).click();
    await part.getByText('log does not lead to register 7').waitFor();
    await part.scrollIntoViewIfNeeded();
    await picture('measured-starts');
    await accessible('measured-starts', 'other register 4');
    await visit(`${admin.url}/nodes/web2`);
    await page.getByText('Nothing is known of how it started').waitFor();
  });

  it('shows how a machine differs from what was accepted, and accepts it as it is', async () => {
    await visit(`${admin.url}/nodes/web1`);
    const part = page.getByRole('region', { name: 'Accepted hardware' });
    const differences = part.getByRole('list', { name: 'Differences from what was accepted' }).getByRole('listitem');
    await differences.first().waitFor();
    assert.deepEqual(await differences.allTextContents(), ['memory is about 64 GiB and was about 128 GiB']);
    await part.scrollIntoViewIfNeeded();
    await picture('baseline');
    await button('Accept as it is now', part).click();
    await part.getByText('No difference.').waitFor();
    assert.deepEqual((await admin.client.call('GET /nodes/:id/baseline', { params: { id: 'web1' } })).differences, []);
  });

  it('never made the browser complain', () => assert.deepEqual(complaints, []));
});
