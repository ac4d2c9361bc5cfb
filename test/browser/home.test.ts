// A machine that calls home, on its page: it waits, is let in, shows how it is, and is refused. It calls by the script that real ones run.

import assert from 'node:assert/strict';
import path from 'node:path';
import { machineForTests, type TestMachine } from '../../core/home/machine-for-tests.ts';
import { openStore } from '../../core/store/store.ts';
import { openSite, type Site } from './browser.ts';

describe('a machine that calls home, on its page', function () {
  this.timeout(120_000);
  let site: Site;
  let machine: TestMachine;
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
    const home = await site.admin.client.call('GET /home');
    machine = machineForTests({ serial: 'SN-1', home: home.url!, authority: home.fingerprint });
    await machine.call();
  });
  after(async () => {
    machine?.remove();
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
});
