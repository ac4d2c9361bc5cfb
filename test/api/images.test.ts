// The catalogue of images from outside the daemon: what is asked of machines, and what may go. Images are facts and small files here; what
// happens on real machines: `npm run soak -- bare-to-ready`.

import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { ImageView } from '../../core/api/contract.ts';
import { signatureHolds } from '../../core/images/images.ts';
import type { Image } from '../../core/model/image.ts';
import type { Node } from '../../core/model/node.ts';
import type { ProblemError } from '../../core/model/problem.ts';
import { openStore } from '../../core/store/store.ts';
import { type Admin, startAdmin } from '../admin.ts';

const installation = { id: 'abc', deployment: 'd', role: 'os-install', fingerprint: 'f', hostKey: '', at: 1 };
const machine = (name: string, more: Partial<Node>): Node => ({
  id: `id-${name}`,
  name,
  remote: 'ssh',
  macs: [],
  approved: true,
  pool: 'default',
  addresses: {},
  discoveredAt: 0,
  contact: 'off',
  contactAt: 0,
  ...more,
});

describe('images', function () {
  this.timeout(120_000);
  const state = mkdtempSync(path.join(tmpdir(), 'prybar-images-'));
  let admin: Admin;
  const refused = (what: Promise<unknown>, message: RegExp, status: number) =>
    assert.rejects(what, (error: ProblemError) => message.test(error.message) && error.status === status);
  const folderOf = (letter: string) => path.join(state, `images/captured-${letter.repeat(16)}`);
  const image = (name: string, letter: string, createdAt: number, captured = true): Image => {
    mkdirSync(folderOf(letter), { recursive: true });
    writeFileSync(path.join(folderOf(letter), 'disk.raw.zst'), '');
    return {
      name,
      version: `12-${letter}`,
      platform: 'debian-12',
      digest: letter.repeat(64),
      bytes: 0,
      rawBytes: 1,
      rawDigest: '',
      rootPartition: 3,
      file: path.join(folderOf(letter), 'disk.raw.zst'),
      signature: { publicKey: '', signature: '' },
      sbom: '',
      provenance: {
        recipe: '',
        sources: [],
        packages: [],
        extraPackages: [],
        ...(captured && {
          captured: { nodeId: 'id-n1', nodeName: 'n1', installation: 'abc', by: 'ann', at: createdAt, sent: '', leftOut: ['its SSH keys: 2'] },
        }),
      },
      createdAt,
    };
  };

  before(async () => {
    const store = await openStore({ file: path.join(state, 'store/facts.db') });
    const nodes = [
      machine('n1', { installation: { ...installation, platform: 'debian-12' } }),
      machine('n2', { installation: { ...installation, platform: 'rocky-9' } }),
      machine('n3', {}),
    ];
    for (const node of nodes) {
      await store.claim('name', node.name, node.id);
      await store.put('node', node.id, node, 'new');
    }
    for (const one of [image('golden', 'a', 10), image('golden', 'b', 20), image('silver', 'c', 10), image('web', 'd', 10, false)])
      await store.put('image', one.digest, one, 'new');
    // Committed by hand the usual image would be built as well.
    const body = { attributes: { image: 'silver' }, roles: {} };
    const proposal = { id: 'system.os-install', deployment: 'system', barclamp: 'os-install', draft: body, committed: body, commit: 1 };
    await store.put('proposal', proposal.id, proposal, 'new');
    await store.close();
    admin = await startAdmin(['--no-lab'], state);
  });
  after(async () => {
    await admin?.stop();
    rmSync(state, { recursive: true, force: true });
  });

  const capture = (id: string, name: string) => admin.client.call('POST /nodes/:id/capture', { params: { id }, body: { name } });

  it('are made of machines that have a system from an image, under a name that is nobody else’s', async () => {
    await refused(capture('n3', 'golden'), /Nothing is installed on n3/, 422);
    await refused(capture('admin', 'golden'), /Nothing is installed on admin/, 422);
    await refused(capture('n2', 'golden'), /only debian-12 can be captured/, 422);
    await refused(capture('n1', 'web'), /is the name of an image that is built/, 422);
    await refused(capture('n1', 'debian-12'), /is the name of an image that is built/, 422);
    const { key } = await capture('n1', 'golden');
    assert.equal(key, 'system/system-capture@id-n1');
    const [vertex] = (await admin.client.call('GET /plan', { query: { role: 'system-capture' } })).nodeRoles;
    assert.deepEqual([vertex!.key, vertex!.state], [key, 'held']);
    await refused(capture('n1', 'golden'), /is being made already/, 409);
  });

  it('are called off, and then nothing is to be done', async () => {
    const stopped = admin.cli('image', 'capture', 'n1', '--stop');
    assert.equal(stopped.status, 0, stopped.stderr);
    assert.deepEqual((await admin.client.call('GET /plan', { query: { role: 'system-capture' } })).nodeRoles, []);
    await refused(admin.client.call('DELETE /nodes/:id/capture', { params: { id: 'n1' } }), /nothing to call off/i, 409);
  });

  it('say where they come from', () => {
    const listed = admin.cli('image', 'list').stdout;
    assert.match(listed, /golden +12-b +captured from n1/);
    assert.match(listed, /web +12-d +built/);
    const shown = admin.cli('image', 'show', 'golden').stdout;
    assert.match(shown, /from +n1, asked for by ann/);
    assert.match(shown, /left out +its SSH keys: 2/);
  });

  it('are not built for other processors than those of the same name', async () => {
    const build = (name: string, architecture: 'amd64' | 'arm64') => admin.client.call('POST /images', { body: { name, architecture } });
    await refused(build('web', 'arm64'), /web is the name of an image for other processors than arm64/, 422);
    await refused(build('debian-12', 'arm64'), /debian-12 is the name of an image for other processors than arm64/, 422);
  });

  it('stay as long as a proposal names them', async () => {
    const remove = (name: string) => admin.client.call('DELETE /images/:name', { params: { name } });
    await refused(remove('silver'), /Machines are given silver 12-c by system\.os-install/, 409);
    await refused(remove('golden'), /There are 2 images called golden/, 409);
    await refused(remove('nothing'), /no image called nothing/, 404);
    await remove('web');
    assert.ok(!existsSync(folderOf('d')));
  });

  it('go when there is a newer one that is as good', async () => {
    const names = async (dryRun: boolean) => (await admin.client.call('POST /images/prune', { body: { dryRun } })).map(({ version }) => version);
    assert.deepEqual(await names(true), ['12-a']);
    assert.ok(existsSync(folderOf('a')));
    assert.deepEqual(await names(false), ['12-a']);
    assert.ok(!existsSync(folderOf('a')));
    assert.deepEqual(
      (await admin.client.call('GET /images')).map(({ version }) => version),
      ['12-b', '12-c'],
    );
    assert.ok(existsSync(folderOf('b')));
    // Without its file it is of no use.
    rmSync(folderOf('b'), { recursive: true });
    assert.deepEqual(await names(false), ['12-b']);
  });

  it('are brought as Clonezilla saved them, or refused with what is wrong', async () => {
    const folder = path.join(state, 'partimag');
    mkdirSync(folder);
    const files: Record<string, string> = {
      disk: 'sda\n',
      parts: 'sda1\n',
      'sda-pt.sf': 'label: dos\nunit: sectors\n\n/dev/sda1 : start=2048, size=20480, type=83, bootable\n',
      'sda-mbr': 'm'.repeat(512),
      'sda1.ext4-ptcl-img.gz.aa': 'first',
      'sda1.ext4-ptcl-img.gz.ab': 'second',
    };
    for (const [name, text] of Object.entries(files)) writeFileSync(path.join(folder, name), text);
    const bring = (name: string, from = folder) => admin.client.call('POST /images/import', { body: { folder: from, name } });
    await refused(bring('debian-12'), /is the name of an image that is built/, 422);
    await refused(bring('saved', '/nowhere'), /no such folder/, 422);
    writeFileSync(path.join(folder, 'sda1.xfs-ptcl-img.gz'), '');
    await refused(bring('saved'), /was saved more than once/, 422);
    rmSync(path.join(folder, 'sda1.xfs-ptcl-img.gz'));

    const { stdout, stderr, status } = admin.cli('image', 'import', folder, '--name', 'saved', '--json');
    assert.equal(status, 0, stderr);
    const brought = JSON.parse(stdout) as ImageView;
    assert.deepEqual([brought.present, brought.signed, brought.provenance.imported?.folder, brought.bytes], [true, true, folder, 512 + 11]);
    assert.equal(readFileSync(brought.file, 'utf8'), `${'m'.repeat(512)}firstsecond`);
    assert.match(admin.cli('image', 'list').stdout, /saved .* imported /);
    // What the signature is for: a description that was changed is nobody's.
    assert.equal(signatureHolds(brought), true);
    assert.equal(signatureHolds({ ...brought, pieces: { ...brought.pieces!, table: 'label: gpt\n' } }), false);
    await admin.client.call('DELETE /images/:name', { params: { name: 'saved' } });
    assert.ok(!existsSync(path.dirname(brought.file)));
  });
});
