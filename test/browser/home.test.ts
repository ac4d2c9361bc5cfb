// A machine that calls home, on its page: it waits, is let in, shows how it is, and is refused. It calls by the script that real ones run.

import assert from 'node:assert/strict';
import { request } from 'node:https';
import path from 'node:path';
import { machineForTests, type TestMachine } from '../../core/home/machine-for-tests.ts';
import type { HomeView } from '../../core/api/contract.ts';
import { openStore } from '../../core/store/store.ts';
import { openSite, type Site } from './browser.ts';

/** Somebody without a certificate. */
const knock = (url: string): Promise<void> =>
  new Promise((resolve, reject) => {
    const asking = request(url, { method: 'POST', rejectUnauthorized: false }, (answer) => answer.resume().once('end', resolve));
    asking.once('error', reject).end();
  });

describe('a machine that calls home, on its page', function () {
  this.timeout(120_000);
  let site: Site;
  let machine: TestMachine;
  let stranger: TestMachine;
  let home: HomeView;
  before(async function () {
    site = await openSite(this, {
      async enter(state) {
        const store = await openStore({ file: path.join(state, 'store/facts.db') });
        await store.claim('name', 'n1', 'id-n1');
        const facts = { id: 'id-n1', name: 'n1', serial: 'SN-1', remote: 'ssh', macs: [], approved: true, pool: 'default', addresses: {} } as const;
        await store.put('node', 'id-n1', { ...facts, macs: [], discoveredAt: 0, contact: 'off', contactAt: 0 }, 'new');
        await store.close();
        return ['--home', '0', '--home-names', 'localhost'];
      },
    });
    home = await site.admin.client.call('GET /home');
    machine = machineForTests({ serial: 'SN-1', home: home.url!, authority: home.fingerprint });
    await machine.call();
  });
  after(async () => {
    machine?.remove();
    stranger?.remove();
    await site?.close();
  });

  const part = () => site.page.getByRole('region', { name: 'Calls home' });

  it('waits, and is let in', async () => {
    await site.visit(`${site.admin.url}/nodes/n1`);
    await part().getByText('It has no invitation.').waitFor();
    await site.accessible('a machine that calls home', 'It has no invitation.');
    await part().getByRole('button', { name: 'Let it in' }).click();
    await part().getByText('let in by').waitFor();
    assert.equal((await machine.call()).status, 0);
    await part().getByText('good until').waitFor();
    await part()
      .getByText(/Debian GNU\/Linux 12/)
      .waitFor();
    await site.picture('calls-home');
  });

  it('is refused after saying what that means', async () => {
    await part().getByRole('button', { name: 'Refuse…' }).click();
    const dialog = site.page.getByRole('dialog');
    await dialog.getByText('asks once a day').waitFor();
    await dialog.getByRole('button', { name: 'Refuse' }).click();
    await dialog.waitFor({ state: 'detached' });
    await part().getByText('refused by').waitFor();
    assert.equal((await machine.call()).status, 77);
    assert.deepEqual(site.complaints, []);
  });

  it('stands among the callers where it is no machine of the site, as do those that were turned away', async () => {
    const { page, admin } = site;
    stranger = machineForTests({ serial: 'SN-9', home: home.url!, authority: home.fingerprint });
    assert.equal((await stranger.call()).status, 75);
    await knock(`${home.url}/call`);
    await site.visit(admin.url);
    await page.getByRole('link', { name: '1 machine that calls home waits for you, 1 caller was turned away' }).click();
    const away = page.getByRole('grid', { name: 'Turned away' }).getByRole('row');
    await away.nth(1).waitFor();
    assert.match(
      (await away.nth(1).textContent()) ?? '',
      /unknown at 127\.0\.0\.1.*where machines call home, POST \/call.*The caller shows no certificate\. Have it call with/,
    );
    const caller = page.getByRole('article', { name: 'SN-9, which calls home' });
    await caller.getByText('It has no invitation.').waitFor();
    assert.equal(await page.getByRole('article').count(), 1, 'n1 stands on its own page');
    await site.accessible('callers', 'The caller shows no certificate.');
    await site.picture('callers');
    assert.match(admin.cli('node', 'refused').stdout, /127\.0\.0\.1 +unknown +home +1 .*The caller shows no certificate\./);
    await caller.getByRole('button', { name: 'Let it in' }).click();
    await caller.getByText('let in by').waitFor();
    await page.getByRole('button', { name: 'Strike 127.0.0.1 from the list' }).click();
    await away.first().waitFor({ state: 'detached' });
    assert.deepEqual(await admin.client.call('GET /refusals'), []);
    assert.deepEqual(site.complaints, []);
  });

  it('comes in by an invitation that was made here, until that is taken back, and is forgotten', async () => {
    const { page, admin } = site;
    const dialog = page.getByRole('dialog');
    const calling = page.getByRole('region', { name: 'Calling home' });
    await calling.getByText(home.fingerprint).waitFor();
    await calling.getByText('Nobody is invited').waitFor();
    await calling.getByRole('button', { name: 'Invite machines…' }).click();
    await dialog.getByLabel('Serials').fill('SN-7*, SN-8');
    await dialog.getByLabel('Machines').fill('0');
    assert(await dialog.getByRole('button', { name: 'Invite', exact: true }).isDisabled(), 'nobody at all');
    await dialog.getByLabel('Machines').fill('2');
    await dialog.getByRole('button', { name: 'Invite', exact: true }).click();
    const text = await calling.getByLabel('Text of the invitation', { exact: true }).inputValue();
    const rows = calling.getByRole('grid', { name: 'Invitations' }).getByRole('row');
    assert.match((await rows.nth(1).textContent()) ?? '', /^SN-7\*, SN-82 machines.*by console/);
    await site.picture('invitations');
    await site.accessible('invitations', undefined, (copy) => copy.getByRole('button', { name: 'Invite machines…' }).click());
    const invited = (serial: string) => machineForTests({ serial, home: home.url!, authority: home.fingerprint, invitation: text });
    const [seventh, eighth] = [invited('SN-77'), invited('SN-8')];
    try {
      assert.equal((await seventh.call()).status, 0);
      await rows.nth(1).getByText('1 machine', { exact: true }).waitFor();
      await calling.getByRole('button', { name: /^Take back the invitation for SN-7/ }).click();
      await dialog.getByText('Machines that it let in stay.').waitFor();
      await dialog.getByRole('button', { name: 'Take it back' }).click();
      await calling.getByText('Nobody is invited').waitFor();
      assert.equal((await eighth.call()).status, 75, 'it waits for a person');
      assert.equal((await seventh.call()).status, 0);
      await page.getByRole('article', { name: 'SN-77, which calls home' }).getByRole('button', { name: 'Forget…' }).click();
      await dialog.getByText('it is a stranger, and waits unless it brings an invitation').waitFor();
      await site.picture('caller-forgotten');
      await dialog.getByRole('button', { name: 'Forget' }).click();
      await page.getByRole('article', { name: 'SN-77, which calls home' }).waitFor({ state: 'detached' });
      assert.deepEqual((await admin.client.call('GET /callers', { query: {} })).map(({ serial }) => serial).sort(), ['SN-1', 'SN-8', 'SN-9']);
      assert.deepEqual(site.complaints, []);
    } finally {
      seventh.remove();
      eighth.remove();
    }
  });
});
