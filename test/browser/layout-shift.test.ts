// Nothing that is read or about to be pressed moves away while live data comes in: each page is loaded anew and watched through a deployment that is
// done, fails and is mended, and through machines that change.

import path from 'node:path';
import type { Admin } from '../admin.ts';
import { openSite, type Site, siteFolder } from './browser.ts';
import { commitNote, withNote } from './note-barclamp.ts';

describe('a page while live data comes in', function () {
  this.timeout(120_000);
  const state = siteFolder();
  let site: Site | undefined;
  let admin: Admin;
  let { page, visit, still } = {} as Site;

  before(async function () {
    site = await openSite(this, { enter: async () => ['--barclamps', withNote(path.join(state, 'barclamps'))] }, state);
    ({ admin, page, visit, still } = site);
    await admin.client.call('POST /deployments', { body: { name: 'desk', pools: ['admin'] } });
    await admin.client.call('POST /proposals', { body: { deployment: 'desk', barclamp: 'note' } });
    await commitNote(admin, path.join(state, 'desk'), 'a first start', 'done');
  });
  after(() => site?.close());

  const overall = (text: string) => page.locator('.pb-head__overall', { hasText: text }).waitFor();
  const maintenance = (on: boolean) => admin.client.call('PATCH /nodes/:id', { params: { id: 'admin' }, body: { maintenance: on } });
  let changes = 0;

  for (const [name, address] of [
    ['the rack', '/'],
    ['a deployment', '/deployments/desk'],
    ['the plan', '/plan'],
    ['a machine', '/nodes/admin'],
  ] as const)
    it(`keeps its place: ${name}`, async () => {
      await visit(admin.url + address);
      await page.getByRole('heading', { level: 1 }).waitFor();
      await overall('2 of 2 node-roles done');
      await still(`${name}, as it is loaded,`);
      await commitNote(admin, '/dev/null/desk', 'somewhere else', 'failed');
      await overall('1 failed');
      await maintenance(true);
      await maintenance(false);
      await commitNote(admin, path.join(state, `desk-${++changes}`), 'back again', 'done');
      await overall('2 of 2 node-roles done');
      await still(name);
    });
});
