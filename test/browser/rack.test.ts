// The rack view with some hundred machines on a real admin daemon: found by the filter, grouped, chosen, changed many at a time, and followed live.

import assert from 'node:assert/strict';
import { type Admin, until } from '../admin.ts';
import { enterMachines, openSite, type Site } from './browser.ts';

const MACHINES = 300;

describe('rack view', function () {
  this.timeout(120_000);
  let admin: Admin;
  let site: Site | undefined;
  let { page, visit, accessible, picture, complaints } = {} as Site;

  before(async function () {
    site = await openSite(this, { enter: enterMachines({ machines: MACHINES, roles: 4 }) });
    ({ admin, page, visit, accessible, picture, complaints } = site);
    await page.getByText('row-1 rack-001').waitFor();
  });
  after(() => site?.close());

  const filter = () => page.getByRole('combobox', { name: 'Filter machines' });
  const found = (words: string | RegExp) =>
    page
      .getByRole('status')
      .getByText(words, { exact: true })
      .or(page.locator('[role=status]', { hasText: words }))
      .first()
      .waitFor();
  const button = (name: string | RegExp) => page.getByRole('button', { name });
  const dialog = () => page.getByRole('dialog');

  it('shows racks of tiles, and draws only what is in sight', async () => {
    await found(`${MACHINES + 1} machines`);
    assert((await page.getByRole('listitem').count()) < MACHINES, 'all of them are drawn');
    await picture('rack');
    await accessible('rack');
  });

  it('completes what a filter may ask, and finds by it', async () => {
    await filter().fill('sta');
    await page.getByRole('option', { name: /^state:/ }).waitFor();
    await picture('rack-filter');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.getByRole('option', { name: 'failed' }).click();
    assert.equal(await filter().inputValue(), 'state:failed');
    const all = await admin.client.call('GET /rack', { query: {} });
    const failed = all.machines.filter((machine) => machine.totals.failed).length;
    await found(`${failed} of ${MACHINES + 1}`);
    await page.waitForURL(/q=state%3Afailed/);
  });

  it('loses no letter of what is typed while the address follows', async () => {
    await filter().fill('');
    await filter().pressSequentially('pool:compute memory>=64GiB row', { delay: 110 });
    assert.equal(await filter().inputValue(), 'pool:compute memory>=64GiB row');
    await page.waitForURL(/row$/);
    assert.equal(await filter().inputValue(), 'pool:compute memory>=64GiB row');
  });

  it('says where a filter cannot be read', async () => {
    await filter().fill('state:broken');
    await page.getByText(/state is never "broken", but one of .* \(at character 7\)/).waitFor();
    await accessible('rack with a wrong filter');
  });

  it('opens what a link says', async () => {
    await visit(`${admin.url}/?q=pool%3Astorage%20disks.hdd%3E%3D12&by=switch`);
    await page.getByRole('heading', { level: 2, name: 'leaf-004a' }).waitFor();
    assert.equal(await filter().inputValue(), 'pool:storage disks.hdd>=12');
  });

  it('moves many machines at once, after saying what that does to each', async () => {
    await visit(`${admin.url}/?q=rack%3Arack-002`);
    await page.getByRole('heading', { level: 2, name: 'row-1 rack-002' }).waitFor();
    await button('Choose').click();
    await page.getByRole('checkbox', { name: /^m00041/ }).click();
    await page.getByRole('checkbox', { name: /^m00044/ }).click({ modifiers: ['Shift'] });
    await page.getByText('4 machines chosen').waitFor();
    await button('More').click();
    await page.getByRole('menuitem', { name: 'Move to a pool…' }).click();
    await dialog().getByRole('textbox', { name: 'Pool' }).fill('gpu');
    const effects = dialog().getByRole('list', { name: 'What it will do' }).getByRole('listitem');
    await effects.nth(3).waitFor();
    assert.match((await effects.first().textContent()) ?? '', /m00041 moves from compute to gpu; roles that it has by its pool are undone/);
    await picture('rack-bulk');
    await accessible('rack, choosing');
    await dialog().getByRole('button', { name: 'Move to a pool: 4 machines' }).click();
    await dialog().getByText('4 of 4 done.').waitFor();
    await dialog().getByRole('button', { name: 'Close' }).first().click();
    const { machines } = await admin.client.call('GET /rack', { query: {} });
    assert.deepEqual(
      machines
        .filter((machine) => machine.pool === 'gpu')
        .map(({ name }) => name)
        .sort(),
      ['m00041', 'm00042', 'm00043', 'm00044'],
    );
  });

  it('shows as a table, and what somebody else changes', async () => {
    await visit(`${admin.url}/?q=pool%3Agpu`);
    await button('Table').click();
    await page.getByRole('grid', { name: 'Machines' }).getByRole('link', { name: 'm00041' }).waitFor();
    await picture('rack-table');
    await accessible('rack as a table');
    await admin.client.call('PATCH /nodes/:id', { params: { id: 'm00050' }, body: { pool: 'gpu' } });
    await page.getByRole('grid', { name: 'Machines' }).getByRole('link', { name: 'm00050' }).waitFor({ timeout: 60_000 });
  });

  it('says of a number in the plan why some of them are not done', async () => {
    await visit(`${admin.url}/plan`);
    const role = page.getByRole('region', { name: 'Role step-04' });
    await role.getByRole('link', { name: /^blocked/ }).focus();
    const tip = page.getByRole('tooltip');
    await tip
      .getByText(/step-03 on m\d+ is (failed|blocked)/)
      .first()
      .waitFor();
    await tip.getByText(/^and \d+ more$/).waitFor();
    await picture('why-some');
  });

  it('tells the plan by machines, and what a role on one is given', async () => {
    await visit(`${admin.url}/plan`);
    await button('Machines').click();
    const find = page.getByRole('textbox', { name: 'Find machines' });
    await find.fill('m0004');
    await find.press('Enter');
    const machines = page.getByRole('grid', { name: 'Node-roles by machine' });
    const row = machines.getByRole('row').filter({ has: page.getByRole('link', { name: 'm00044', exact: true }) });
    await row.getByRole('button').first().click();
    const inside = page.getByRole('grid', { name: 'Node-roles', exact: true });
    await inside.getByRole('button', { name: 'step-01' }).waitFor();
    assert.equal(await find.inputValue(), 'm0004', 'the words stay while a row is opened');
    await picture('plan-machines');
    await accessible('the plan by machines');
    await inside.getByRole('button', { name: 'step-01' }).click();
    await button('What it is given').click();
    await page
      .getByRole('region', { name: 'What it is given' })
      .getByText(/^settings:/)
      .waitFor();
    await page.keyboard.press('Escape');
    await visit(`${admin.url}/plan`);
    await button('Picture').click();
    await page.getByRole('region', { name: 'Role step-04' }).waitFor();
  });

  it('sends only what changed to who has the rest', async () => {
    const first = await admin.client.call('GET /rack', { query: {} });
    assert(first.whole);
    await admin.client.call('PATCH /nodes/:id', { params: { id: 'm00051' }, body: { rack: 'corner' } });
    await admin.client.call('DELETE /nodes/:id', { params: { id: 'm00052' } });
    const next = await admin.client.call('GET /rack', { query: { epoch: first.epoch, since: first.seq } });
    assert.equal(next.whole, false);
    assert.deepEqual(
      next.machines.map(({ name, rack }) => [name, rack]),
      [['m00051', 'corner']],
    );
    assert.deepEqual(next.left, ['id-52']);
    assert((await admin.client.call('GET /rack', { query: { epoch: 'another start', since: first.seq } })).whole);
  });

  it('keeps a filter under a name', async () => {
    await visit(`${admin.url}/?q=pool%3Agpu`);
    await button('Saved filters').click();
    await page.getByRole('menuitem', { name: 'Save this filter…' }).click();
    await dialog().getByRole('textbox', { name: 'Name' }).fill('Graphics');
    await dialog().getByRole('button', { name: 'Save' }).click();
    await visit(admin.url);
    await button('Saved filters').click();
    await page.getByRole('menuitem', { name: /^Graphics/ }).click();
    await until(
      async () => (await filter().inputValue()) === 'pool:gpu',
      60_000,
      () => 'the filter is not there',
    );
  });

  it('never made the browser complain', () => assert.deepEqual(complaints, []));
});
