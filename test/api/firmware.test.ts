// Firmware from outside the daemon: files that are given to it, over HTTP and from the command line, and what it tells of machines. The machine is the
// admin node itself; its BMC is a Redfish service in a vendor's shape.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { makeAuthority } from '../../core/access/certificates.ts';
import { type FakeService, PASSWORD, shapes, startRedfish, USER } from '../../core/hardware/redfish-for-tests.ts';
import { insideOf } from '../../core/hardware/redfish-hardware-for-tests.ts';
import type { ProblemError } from '../../core/model/problem.ts';
import { type Admin, startAdmin } from '../admin.ts';

const prybar = path.resolve(import.meta.dirname, '../../core/cli/prybar.ts');

describe('firmware from outside', function () {
  this.timeout(120_000);
  const params = { id: 'admin' };
  const folder = mkdtempSync(path.join(tmpdir(), 'prybar-firmware-'));
  const file = path.join(folder, 'BIOS_2.20.0.EXE');
  const content = Buffer.alloc(3_000_000, 'firmware');
  const sha256 = createHash('sha256').update(content).digest('hex');
  let admin: Admin;
  let service: FakeService;
  before(async () => {
    writeFileSync(file, content);
    admin = await startAdmin();
    service = await startRedfish(shapes[0]!, await makeAuthority('a BMC'), insideOf(shapes[0]!));
    const body = { user: USER, password: PASSWORD, address: '127.0.0.1', protocol: 'redfish' as const, port: service.port };
    await admin.client.call('PUT /nodes/:id/bmc', { params, body });
  });
  after(async () => {
    await admin.remove();
    await service.close();
    rmSync(folder, { recursive: true });
  });
  // Not waited for in place: the service answers from this process.
  const cli = async (...args: string[]) => (await promisify(execFile)(process.execPath, [prybar, '--state', admin.state, ...args])).stdout;
  const post = (query: string, type: string, body: string) =>
    fetch(`${admin.url}/api/v1/firmware-files?${query}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${admin.client.token}`, 'content-type': type },
      body,
    });

  it('is taken in as it is, signed, and kept by its digest', async () => {
    assert.match(await cli('firmware', 'add', file), new RegExp(`BIOS_2\\.20\\.0\\.EXE is kept \\(2\\.9 MiB\\)\\..*sha256: ${sha256}`));
    const [kept, ...others] = await admin.client.call('GET /firmware-files');
    assert.deepEqual([kept!.digest, kept!.bytes, kept!.by, kept!.usedBy, others], [sha256, content.length, 'command-line', [], []]);
    assert.ok(readFileSync(kept!.file).equals(content));
    assert.match(await cli('firmware', 'files'), new RegExp(`BIOS_2\\.20\\.0\\.EXE +2\\.9 MiB +${sha256}`));
    const [entry] = await admin.client.call('GET /audit', { query: { text: 'BIOS_2.20.0.EXE' } });
    assert.deepEqual(entry!.asked, { name: 'BIOS_2.20.0.EXE', sha256 });
  });

  it('is refused where it is another file, none, or called like a path', async () => {
    const other = await post(`name=x&sha256=${'0'.repeat(64)}`, 'application/octet-stream', 'something');
    assert.equal(other.status, 422);
    assert.match(await other.text(), /instead of 0{64}/);
    assert.equal((await post('name=x', 'application/json', '{}')).status, 415);
    assert.equal((await post('name=..%2Fx', 'application/octet-stream', 'x')).status, 400);
    assert.equal((await admin.client.call('GET /firmware-files')).length, 1);
  });

  it('is told by controllers when they are asked, and side by side', async () => {
    assert.match(await cli('node', 'firmware', 'admin'), /has told nothing\. Ask it: prybar node firmware admin --read/);
    const told = await cli('node', 'firmware', 'admin', '--read');
    assert.match(told, /BIOS +2\.19\.1 +its controller/);
    assert.match(told, /No role holds it against what is accepted/);
    assert.doesNotMatch(told, /2\.15\.0/);
    const view = await admin.client.call('GET /firmware');
    assert.deepEqual([view.known, view.told, view.watched], [1, 1, 0]);
    assert.deepEqual(view.rows.find(({ component }) => component === 'BIOS')!.versions, [
      { version: '2.19.1', verdict: 'untold', count: 1, machines: ['admin'] },
    ]);
    assert.match(await cli('firmware', 'list'), /BIOS +2\.19\.1 +1 +admin/);
    const { rows } = await admin.client.call('GET /firmware', { query: { component: 'BIOS' } });
    assert.deepEqual(
      rows.map(({ component }) => component),
      ['BIOS'],
    );
    assert.match(await cli('firmware', 'list', '--with', '2.19.0'), /No machine has that/);
    assert.match(await cli('firmware', 'list', '--differing'), /Nothing differs from what is accepted/);
  });

  it('is kept while a proposal names it', async () => {
    await admin.client.call('POST /deployments', { body: { name: 'metal', summary: '' } });
    const { revision } = await admin.client.call('POST /proposals', { body: { deployment: 'metal', barclamp: 'firmware' } });
    const id = 'metal.firmware';
    const save = (attributes: Record<string, unknown>, at: number) =>
      admin.client.call('PUT /proposals/:id/draft', { params: { id }, body: { draft: { attributes, roles: {} }, revision: at } });
    const draft = await save({ components: [{ component: 'BIOS', bring: { version: '2.20.0', sha256 } }] }, revision);
    await assert.rejects(
      admin.client.call('DELETE /firmware-files/:sha256', { params: { sha256 } }),
      (error: ProblemError) => error.status === 409 && /brought to BIOS_2\.20\.0\.EXE by metal\.firmware/.test(error.message),
    );
    await save({}, draft.revision);
    const [kept] = await admin.client.call('GET /firmware-files');
    assert.match(await cli('firmware', 'remove', sha256), /It is removed/);
    assert.deepEqual([await admin.client.call('GET /firmware-files'), existsSync(kept!.file)], [[], false]);
  });
});
