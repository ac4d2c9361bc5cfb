// Acts on an installed machine by the page: installed anew and looked at from outside, each after its losses were read. The machine is facts only:
// nobody has to answer for what is looked at here. Only a board controller answers, a Redfish service in a vendor's shape.

import assert from 'node:assert/strict';
import path from 'node:path';
import { makeAuthority } from '../../core/access/certificates.ts';
import { type FakeService, PASSWORD, shapes, startRedfish, USER } from '../../core/hardware/redfish-for-tests.ts';
import type { Node } from '../../core/model/node.ts';
import { openStore } from '../../core/store/store.ts';
import { type Admin, until } from '../admin.ts';
import { openSite, type Site } from './browser.ts';

const installed: Node = {
  id: 'id-n1',
  name: 'n1',
  remote: 'ssh',
  macs: ['52:54:00:00:02:01'],
  approved: true,
  pool: 'default',
  addresses: {},
  installation: { id: 'i1', deployment: 'web', role: 'os-install', fingerprint: 'a.b.c', platform: 'debian-12', hostKey: 'ssh-ed25519 AAAA', at: 5 },
  system: { kind: 'installed', instance: 'i1', platform: 'debian-12' },
  discoveredAt: 0,
  contact: 'off',
  contactAt: 0,
};

describe('acts on a machine by the page', function () {
  this.timeout(120_000);
  let admin: Admin;
  let opened: Site;
  let service: FakeService | undefined;

  before(async function () {
    const enter = async (state: string) => {
      const store = await openStore({ file: path.join(state, 'store/facts.db') });
      const body = { attributes: {}, roles: { 'os-install': ['n1'] } };
      await store.claim('name', 'n1', installed.id);
      await store.put('node', installed.id, installed, 'new');
      await store.put('deployment', 'web', { name: 'web', summary: '', pools: ['default'] }, 'new');
      await store.put(
        'proposal',
        'web.os-install',
        { id: 'web.os-install', deployment: 'web', barclamp: 'os-install', draft: body, committed: body, commit: 1 },
        'new',
      );
      const captures = { attributes: {}, roles: {} };
      await store.put(
        'proposal',
        'system.capture',
        { id: 'system.capture', deployment: 'system', barclamp: 'capture', draft: captures, committed: captures, commit: 1 },
        'new',
      );
      await store.close();
    };
    opened = await openSite(this, { enter });
    admin = opened.admin;
    await opened.visit(`${admin.url}/nodes/n1`);
    await opened.page.getByRole('heading', { level: 1, name: 'n1' }).waitFor();
  });
  after(async () => {
    await opened?.close();
    await service?.close();
  });

  const choose = async (item: string) => {
    await opened.page.getByRole('button', { name: 'Actions' }).click();
    await opened.page.getByRole('menuitem', { name: item }).click();
    const dialog = opened.page.getByRole('dialog');
    await dialog.waitFor();
    return dialog;
  };

  it('is given an account of its board controller, which is tried at once, and looks for it anew', async () => {
    const { page } = opened;
    service = await startRedfish(shapes[0]!, await makeAuthority('a BMC'));
    const part = page.getByRole('region', { name: 'Board controller' });
    await part.getByText('None is known.').waitFor();
    await part.getByRole('button', { name: 'Enter an account…' }).click();
    const dialog = page.getByRole('dialog');
    const enter = async (password: string): Promise<void> => {
      await dialog.getByLabel('User').fill(USER);
      await dialog.getByLabel('Password').fill(password);
      await dialog.getByLabel('Address').fill('127.0.0.1');
      await dialog.getByLabel('Protocol').selectOption('redfish');
      await dialog.getByLabel('Port').fill(String(service!.port));
    };
    await enter('not the right one');
    await opened.picture('bmc-account');
    await dialog.getByRole('button', { name: 'Enter and try it' }).click();
    await dialog.waitFor({ state: 'detached' });
    await part
      .getByText(/does not accept/)
      .first()
      .waitFor();
    opened.complaints.splice(0);
    await part.getByRole('button', { name: 'Another account…' }).click();
    await enter(PASSWORD);
    await dialog.getByRole('button', { name: 'Enter and try it' }).click();
    await part.getByText('CPU Temp').waitFor();
    await part.getByText(`127.0.0.1 as ${USER}`).waitFor();
    await opened.picture('board-controller');
    await opened.accessible('board-controller', 'Look for it anew…', (copy) => copy.getByRole('button', { name: 'Another account…' }).click());
    await part.getByRole('button', { name: 'Look for it anew…' }).click();
    await dialog.getByText('the accounts themselves stay').waitFor();
    await dialog.getByRole('button', { name: 'Look for it anew' }).click();
    await dialog.waitFor({ state: 'detached' });
    // What answered is forgotten, and with it nothing that was entered.
    assert.equal((await admin.client.call('GET /nodes/:id', { params: { id: 'n1' } })).bmc?.user, USER);
  });

  it('has an image made of it after saying what is left out, and calls it off', async () => {
    const capture = async () => (await admin.client.call('GET /nodes/:id', { params: { id: 'n1' } })).capture?.name;
    const dialog = await choose('Make an image of it…');
    await dialog.getByText('what it serves stops for some minutes').waitFor();
    await dialog.getByLabel('Name of the image').fill('debian-12');
    await dialog.getByRole('button', { name: 'Start it anew and make the image' }).click();
    await dialog.getByText('debian-12 is the name of an image that is built.').waitFor();
    opened.complaints.splice(0);
    await dialog.getByLabel('Name of the image').fill('golden');
    await opened.picture('capture');
    await dialog.getByRole('button', { name: 'Start it anew and make the image' }).click();
    await dialog.waitFor({ state: 'detached' });
    await opened.page.getByText('golden, asked for by').waitFor();
    await opened.page.getByRole('region', { name: 'Node-roles' }).getByText('system-capture').waitFor();
    assert.equal(await capture(), 'golden');
    await choose('Call off its image…');
    await dialog.getByText('asked for golden; nothing of it is kept.').waitFor();
    await opened.picture('capture-called-off');
    await dialog.getByRole('button', { name: 'Call it off' }).click();
    await dialog.waitFor({ state: 'detached' });
    await opened.page.getByText('golden, asked for by').waitFor({ state: 'detached' });
    assert.equal(await capture(), undefined);
  });

  it('installs it anew after naming the system that is lost', async () => {
    const dialog = await choose('Install anew…');
    await dialog.getByText('Lost: the system debian-12').waitFor();
    await dialog.getByRole('radio', { name: 'By os-install in web' }).waitFor();
    await opened.picture('install-anew');
    await dialog.getByRole('button', { name: 'Install anew' }).click();
    await dialog.waitFor({ state: 'detached' });
    const [vertex] = (await admin.client.call('GET /plan', { query: { role: 'os-install' } })).nodeRoles;
    assert.equal(vertex!.state, 'held', 'it is to be written over, and is off');
  });

  it('starts it into the discovery image after naming what stops', async () => {
    const dialog = await choose('Start for rescue…');
    await dialog.getByText('what it serves stops until you end this').waitFor();
    await dialog.getByRole('button', { name: 'Start for rescue' }).click();
    await dialog.waitFor({ state: 'detached' });
    const asked = await until(
      async () => (await admin.client.call('GET /nodes/:id', { params: { id: 'n1' } })).maintenance,
      60_000,
      () => 'it is not in maintenance',
    );
    assert.equal(asked, true);
    assert.deepEqual(opened.complaints, []);
  });
});
