import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { render } from '../catalog/render.ts';
import type { Node } from '../model/node.ts';
import { openStore, type Store } from '../store/store.ts';
import type { BootMenu } from './boot-menu.ts';
import { decideBoot } from './boot-script.ts';
import { watchContact } from './contact.ts';
import { normalize } from './inventory.ts';
import { bootServer, type DiscoveryImage } from './server.ts';

const example = JSON.parse(readFileSync(path.join(import.meta.dirname, '../../iso-builder/discovery-image/inventory.example.json'), 'utf8')) as Record<
  string,
  unknown
> & { ports: { mac: string }[]; dmi: Record<string, string> };
const MAC = example.ports[0]!.mac;

describe('boot decision', () => {
  const node = { system: { kind: 'live' } } as Node;
  it('takes the first rule that fits', () => {
    assert.equal(decideBoot({}).target, 'discovery');
    assert.equal(decideBoot({ node }).target, 'discovery');
    assert.equal(decideBoot({ node: { ...node, system: { ...node.system!, kind: 'installed' } } }).target, 'disk');
    assert.equal(decideBoot({ node, order: { nodeId: 'a', target: 'rescue', createdAt: 0, reason: '' } }).target, 'rescue');
  });
});

describe('inventory', () => {
  it('understands what a real machine sent', () => {
    const report = normalize(example);
    assert(report.ok);
    const { inventory, system } = report.value;
    assert.equal(inventory.serial, 'PRYBAR-LAB-1');
    assert.equal(inventory.disks[0]!.byId, '/dev/disk/by-id/virtio-LAB1-DISK1');
    assert.deepEqual(inventory.nics[0]!.lldp, { system: 'lab-switch', port: 'swp1' });
    assert.equal(inventory.bmc?.address, '192.168.124.201');
    assert.deepEqual(inventory.dimms, [{ slot: 'DIMM 0', size: 2 ** 30, type: 'RAM', maker: 'QEMU' }]);
    assert.equal(system.platform, 'debian-12');
    assert.equal(system.instance, example.bootId);
  });

  it('keeps unknown fields apart, and drops those that are too large', () => {
    const report = normalize({ ...example, colour: 'blue', noise: 'x'.repeat(5000) });
    assert(report.ok);
    assert.deepEqual(report.value.inventory.extra, { colour: 'blue' });
  });

  it('takes no placeholder for a serial number and no control character into a text', () => {
    const report = normalize({ ...example, dmi: { ...example.dmi, product_serial: 'To Be Filled By O.E.M.', product_name: 'Evil\n\u001b[31mBox' } });
    assert(report.ok);
    assert.equal(report.value.inventory.serial, undefined);
    assert.equal(report.value.inventory.product, 'Evil  [31mBox');
  });

  it('names every field that is wrong', () => {
    const report = normalize({ ...example, bootId: 'x', hostKey: 'ssh-rsa AAAA', ports: [] });
    assert(!report.ok);
    assert.deepEqual(report.problems.map((p) => p.where?.pointer).sort(), ['/bootId', '/hostKey', '/ports']);
  });
});

describe('boot server', function () {
  // Each answer is a durable write or two, and disks are shared.
  this.timeout(120_000);
  let folder: string;
  let store: Store;
  let server: Server;
  let base: string;
  let image: DiscoveryImage | undefined;
  let menu: BootMenu | undefined;
  let contact: ReturnType<typeof watchContact>;

  beforeEach(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'prybar-boot-'));
    store = await openStore({ file: path.join(folder, 'facts.db') });
    await store.put(
      'network',
      'admin',
      { name: 'admin', cidr: '127.0.0.0/8', adminAddress: '127.0.0.1', interface: 'lo', range: { first: '127.0.0.2', last: '127.0.0.5' } },
      'new',
    );
    for (const name of ['kernel', 'initrd']) writeFileSync(path.join(folder, name), name.repeat(1000));
    image = { digest: 'abc', kernel: path.join(folder, 'kernel'), initrd: path.join(folder, 'initrd') };
    contact = watchContact(store, Date.now);
    server = bootServer({
      store,
      contact,
      url: 'http://admin:8080',
      discoveryImage: () => image,
      poolFolder: () => folder,
      menu: { read: () => menu, folder },
      download: () => undefined,
      publicKey: 'ssh-ed25519 AAAA prybar',
      render,
      now: Date.now,
      log: (p) => assert.fail(p.summary),
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(async () => {
    contact.stop();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await store.close();
    rmSync(folder, { recursive: true });
  });

  const script = async (mac = MAC) => (await fetch(`${base}/boot/ipxe?mac=${mac}`)).text();
  const tokenFor = async (mac = MAC) => /prybar\.token=(\S+)/.exec(await script(mac))![1]!;
  const report = (token: string, body: unknown) =>
    fetch(`${base}/boot/inventory`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
  const other = (serial: string, mac: string) => ({
    ...example,
    bootId: crypto.randomUUID(),
    ports: [{ ...example.ports[0], mac }],
    dmi: { ...example.dmi, product_serial: serial, product_uuid: crypto.randomUUID() },
  });

  it('keeps whom it turned away, until that one is taken in', async () => {
    const kept = async (count: number) => {
      const found = async () => (await store.list('refusal')).map(({ id, asked, problem: { summary } }) => `${id}, ${asked}: ${summary}`);
      // It is written after the answer.
      for (let tries = 0; tries < 100 && (await found()).length !== count; tries++) await new Promise((resolve) => setTimeout(resolve, 20));
      return found();
    };
    assert.equal((await report('made-up', example)).status, 401);
    assert.deepEqual(await kept(1), [
      'boot 127.0.0.1, POST /boot/inventory: This token is not valid (any more): it was used, is too old, or was never given out.',
    ]);
    assert.equal((await report(await tokenFor(), example)).status, 200);
    assert.deepEqual(await kept(0), []);
  });

  it('sends an unknown machine into discovery with a token of its own', async () => {
    const text = await script();
    assert.match(text, /^#!ipxe\n/);
    assert.match(text, /kernel http:\/\/admin:8080\/boot\/discovery\/abc\/kernel/);
    assert.match(text, /prybar\.url=http:\/\/admin:8080 /);
    assert.equal(Buffer.from(/prybar\.key=(\S+)/.exec(text)![1]!, 'base64url').toString(), 'ssh-ed25519 AAAA prybar');
    assert.equal((await store.get('sighting', MAC))?.stage, 'ipxe');
  });

  it('gives a machine whose loader only reads files its token when it asks, as long as it is to be discovered', async () => {
    const ask = (mac: string) => fetch(`${base}/boot/token?mac=${mac}`);
    const { token } = (await (await ask(MAC)).json()) as { token: string };
    assert.equal((await report(token, example)).status, 200);
    const [node] = (await store.list('node')).filter(({ macs }) => macs.includes(MAC));
    await store.put('node', node!.id, { ...node!, system: { ...node!.system!, kind: 'installed' } }, 'any');
    const refused = await ask(MAC);
    assert.deepEqual([refused.status, ((await refused.json()) as { title: string }).title], [409, 'This machine is not to be discovered: it is installed.']);
    assert.equal((await ask('nonsense')).status, 400);
  });

  it('hands firmware that boots over HTTP its loader, and no other file', async () => {
    assert.equal((await fetch(`${base}/boot/loader/..%2f..%2fetc%2fpasswd`)).status, 404);
    const loader = await fetch(`${base}/boot/loader/snponly.efi`);
    if (existsSync('/usr/lib/ipxe/snponly.efi')) assert.equal(Buffer.from(await loader.arrayBuffer()).toString('latin1', 0, 2), 'MZ');
    else assert.equal(loader.status, 404);
  });

  it('offers a menu at the console, for a while, to those who know its password', async () => {
    assert.doesNotMatch(await script(), /prompt/);
    menu = {
      seconds: 3,
      password: 'correct horse',
      entries: [
        { title: 'Clonezilla', kernel: 'clonezilla/vmlinuz', initrd: ['clonezilla/initrd.img'], parameters: 'boot=live' },
        { title: 'Windows PE', kernel: 'http://10.0.0.9/wimboot', initrd: ['winpe/BCD', 'winpe/boot.wim'] },
        { title: 'Live disc', iso: 'http://10.0.0.9/live.iso', firmware: 'bios' },
      ],
    };
    assert.match(await script(), /\nprompt --key m --timeout 3000 .* chain .*\/boot\/menu\?mac=/);
    const ask = async (password?: string) => (await fetch(`${base}/boot/menu?mac=${MAC}${password ? `&password=${encodeURIComponent(password)}` : ''}`)).text();
    assert.match(await ask(), /has a password[^]*\nlogin/);
    assert.match(await ask('wrong'), /is not the password/);
    const shown = await ask('correct horse');
    assert.match(shown, /\nitem entry1 Clonezilla\n/);
    assert.match(shown, /kernel http:\/\/admin:8080\/boot\/files\/clonezilla\/vmlinuz initrd=initrd.img boot=live \|\|/);
    assert.match(shown, /kernel http:\/\/10\.0\.0\.9\/wimboot {2}\|\| goto failed\ninitrd --name BCD http:\/\/admin:8080\/boot\/files\/winpe\/BCD/);
    assert.match(shown, /iseq \$\{platform\} pcbios && item entry3 Live disc/);
    // Chosen once, it starts the discovery image; the choice cannot be used again.
    const [order] = /order=[\w-]{20,}/.exec(shown)!;
    const chosen = () => fetch(`${base}/boot/ipxe?mac=${MAC}&menu=no&${order}`).then((answer) => answer.text());
    assert.match(await chosen(), /somebody chose so at its console/);
    assert.doesNotMatch(await chosen(), /somebody chose so/);
    menu = undefined;
  });

  it('lets nobody without a password order discovery of a machine that is installed', async () => {
    const { token } = (await (await fetch(`${base}/boot/token?mac=${MAC}`)).json()) as { token: string };
    await report(token, example);
    const [node] = (await store.list('node')).filter(({ macs }) => macs.includes(MAC));
    await store.put('node', node!.id, { ...node!, system: { ...node!.system!, kind: 'installed' } }, 'any');
    menu = { seconds: 3, entries: [] };
    const shown = await (await fetch(`${base}/boot/menu?mac=${MAC}`)).text();
    assert.doesNotMatch(shown, /item --key d discovery/);
    assert.match(await (await fetch(`${base}/boot/ipxe?mac=${MAC}&menu=no&order=`)).text(), /booting from disk/);
    menu = undefined;
  });

  it('keeps what a TPM measured, and what differs from the start before', async () => {
    const zeros = '0'.repeat(64);
    const start = async (bootId: string, value: string) => {
      const tpm = { registers: { 0: value.repeat(64), 9: zeros }, log: null };
      assert.equal((await report(await tokenFor(), { ...example, bootId, secureBoot: true, tpm })).status, 200);
    };
    const [first, second] = [crypto.randomUUID(), crypto.randomUUID()];
    await start(first, 'a');
    await start(first, 'a');
    await start(second, 'b');
    const [evidence] = await store.list('bootEvidence');
    assert.deepEqual(
      evidence!.starts.map(({ instance, changed, unproven }) => [instance, changed, unproven]),
      [
        [second, ['0'], ['0']],
        [first, undefined, ['0']],
      ],
    );
    assert.equal((await store.get('node', evidence!.nodeId))?.inventory?.firmware.secureBoot, true);
  });

  it('lets a machine wait while there is no image yet', async () => {
    image = undefined;
    assert.match(await script(), /sleep 10\nchain/);
  });

  it('refuses a request that could put something into the script', async () => {
    const answer = await fetch(`${base}/boot/ipxe?mac=${encodeURIComponent('52:54:00:00:00:01\nshell')}`);
    assert.equal(answer.status, 400);
  });

  it('makes a machine of a report, once for each token', async () => {
    const token = await tokenFor();
    const answer = await report(token, example);
    assert.equal(answer.status, 200);
    const { node, heartbeat } = (await answer.json()) as { node: string; heartbeat: string };
    const found = (await store.get('node', node))!;
    assert.equal(found.approved, false);
    assert.equal(found.name, 'new-prybar-lab-1');
    assert.equal(found.contact, 'up');
    const again = await report(token, example);
    assert.equal(again.status, 401);
    assert.match(await again.text(), /was used, is too old, or was never given out/);
    const beat = await fetch(`${base}/boot/heartbeat`, {
      method: 'POST',
      headers: { authorization: `Bearer ${heartbeat}`, 'content-type': 'application/json' },
      body: '{}',
    });
    assert.equal(beat.status, 200);
    assert.equal((await fetch(`${base}/boot/heartbeat`, { method: 'POST', headers: { authorization: 'Bearer forged', 'content-length': '0' } })).status, 401);
  });

  it('lets a machine in by rule, and knows it again under the same name and address', async () => {
    await store.put('approvalRule', 'lab', { id: 'lab', serials: ['PRYBAR-*'], pool: 'compute', namePrefix: 'c' }, 'new');
    const first = (await (await report(await tokenFor(), example)).json()) as { node: string; hostname: string };
    assert.equal(first.hostname, 'c1');
    const before = (await store.get('node', first.node))!;
    assert.deepEqual([before.pool, before.addresses.admin], ['compute', '127.0.0.2']);
    const second = (await (await report(await tokenFor(), { ...example, bootId: crypto.randomUUID() })).json()) as { node: string; hostname: string };
    assert.deepEqual([second.node, second.hostname], [first.node, 'c1']);
    const after = (await store.get('node', first.node))!;
    assert.notEqual(after.system!.instance, before.system!.instance);
    assert.equal(after.addresses.admin, '127.0.0.2');
  });

  it('asks a machine again that vanished in the middle of discovery', async () => {
    const lost = await tokenFor();
    assert.equal((await fetch(`${base}/boot/discovery/abc/kernel?mac=${MAC}`)).status, 200);
    // Here it loses power, and comes back with nothing.
    const token = await tokenFor();
    assert.notEqual(token, lost);
    assert.equal((await report(token, example)).status, 200);
    assert.equal((await store.list('node')).length, 1);
    assert.equal((await store.get('sighting', MAC))?.stage, 'inventory');
  });

  it('refuses a report from another machine than the one the token was for', async () => {
    const token = await tokenFor('52:54:00:00:00:99');
    const answer = await report(token, example);
    assert.equal(answer.status, 403);
    assert.equal((await store.list('node')).length, 0);
  });

  it('refuses a MAC that another machine has, and loses neither', async () => {
    await report(await tokenFor(), example);
    const answer = await report(await tokenFor(), other('OTHER', MAC));
    assert.equal(answer.status, 409);
    assert.match(await answer.text(), /belongs to new-prybar-lab-1 \(serial PRYBAR-LAB-1\).*serial OTHER/);
    const [only, ...rest] = await store.list('node');
    assert.equal(rest.length, 0);
    assert.equal(only!.serial, 'PRYBAR-LAB-1');
  });

  it('takes the first report of an installed system, also when its answer was lost, and knows it again after a rescue', async () => {
    await report(await tokenFor(), example);
    const [live] = await store.list('node');
    const id = live!.id;
    const post = (route: string, token: string) =>
      fetch(`${base}${route}`, { method: 'POST', headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' }, body: '{}' });
    const coming = { id: 'abc', deployment: 'd', role: 'os', fingerprint: 'f', platform: 'debian-12', hostKey: 'ssh-ed25519 AAAA', at: 1 };
    await store.put('installing', id, { nodeId: id, ...coming, replaces: [] }, 'new');
    await store.put('bootOrder', id, { nodeId: id, target: 'disk', createdAt: 0, reason: 'it has just been installed' }, 'new');
    await store.issueToken('abc.token', 'installation', id, Date.now() + 10_000);
    assert.equal((await post('/boot/installed', 'abd.token')).status, 401);
    const first = await post('/boot/installed', 'abc.token');
    assert.equal(first.status, 200);
    const again = (await (await post('/boot/installed', 'abc.token')).json()) as { node: string; heartbeat: string };
    assert.equal(again.node, id);
    const installed = (await store.get('node', id))!;
    assert.deepEqual(installed.system, { kind: 'installed', instance: 'abc', platform: 'debian-12', hostKey: 'ssh-ed25519 AAAA' });
    assert.equal(installed.installation!.role, 'os');
    assert.equal(await store.get('bootOrder', id), undefined);
    assert.match(await script(), /booting from disk/);

    // A person had it started into the discovery image, and then from its disk again.
    await store.put('bootOrder', id, { nodeId: id, target: 'discovery', createdAt: 0, reason: 'a person wants to look' }, 'new');
    assert.equal((await report(await tokenFor(), { ...example, bootId: crypto.randomUUID() })).status, 200);
    assert.equal((await store.get('node', id))!.system!.kind, 'live');
    assert.match(await script(), /booting from disk/, 'only a boot order leads there');
    assert.equal((await post('/boot/heartbeat', again.heartbeat)).status, 200);
    assert.equal((await store.get('node', id))!.system!.kind, 'installed');

    // A token of an installation that another one overtook.
    await store.put('installing', id, { nodeId: id, ...coming, id: 'new', replaces: [] }, 'new');
    await store.issueToken('old.token', 'installation', id, Date.now() + 10_000);
    assert.equal((await post('/boot/installed', 'old.token')).status, 409);
  });

  it('leaves a machine to a person when a rule cannot be followed', async () => {
    await store.put('approvalRule', 'all', { id: 'all', serials: ['*'], pool: 'p', namePrefix: 'n' }, 'new');
    for (let number = 1; number <= 5; number++) {
      const mac = `52:54:00:00:00:0${number}`;
      assert.equal((await report(await tokenFor(mac), other(`S${number}`, mac))).status, 200);
    }
    const nodes = await store.list('node');
    // The range holds four addresses.
    assert.deepEqual(nodes.map((n) => n.approved).filter((approved) => approved).length, 4);
    assert.equal(nodes.length, 5);
  });

  it('takes nothing of a report that is too large, and does not read it to its end', async function () {
    this.timeout(120_000);
    const token = await tokenFor();
    const status = await new Promise<number>((resolve, reject) => {
      const upload = request(
        `${base}/boot/inventory`,
        { method: 'POST', headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', 'content-length': 100_000_000 } },
        (answer) => {
          resolve(answer.statusCode!);
          upload.destroy();
        },
      );
      upload.on('error', (error: NodeJS.ErrnoException) => {
        if (error.code !== 'EPIPE' && error.code !== 'ECONNRESET') reject(error);
      });
      upload.write('x'.repeat(64_000));
    });
    assert.equal(status, 413);
    assert.equal((await store.list('node')).length, 0);
    assert.equal((await report(token, example)).status, 200, 'the token is still good');
  });

  it('answers a mistake with what is wrong, and keeps the token good', async () => {
    const token = await tokenFor();
    const broken = await report(token, '{"format": 1,');
    assert.equal(broken.status, 400);
    const wrong = await report(token, { ...example, ports: 'none' });
    assert.equal(wrong.status, 422);
    assert.match(await wrong.text(), /ports/);
    assert.equal((await report(token, example)).status, 200);
  });

  it('slows down a machine that asks too often', async () => {
    const answers: number[] = [];
    for (let times = 0; times < 70; times++) answers.push((await fetch(`${base}/boot/ipxe?mac=${MAC}`)).status);
    assert.equal(answers[0], 200);
    assert.equal(answers.at(-1), 429);
  });

  it('serves parts of files, and nothing outside its folder', async () => {
    const part = await fetch(`${base}/boot/discovery/abc/kernel`, { headers: { range: 'bytes=6-11' } });
    assert.deepEqual([part.status, await part.text()], [206, 'kernel']);
    assert.equal((await fetch(`${base}/boot/discovery/old/kernel`)).status, 404);
    assert.equal((await fetch(`${base}/pool/..%2f..%2fetc/passwd`)).status, 403);
  });

  it('gives out the installers that the site tells of, by digest, and nothing beside them', async () => {
    const installer = path.join(folder, 'installer');
    mkdirSync(path.join(installer, 'archive/dists'), { recursive: true });
    writeFileSync(path.join(installer, 'kernel'), 'a kernel');
    writeFileSync(path.join(installer, 'archive/dists/Release'), 'signed');
    const file = { sha256: 'a'.repeat(64), bytes: 8 };
    const described = { digest: '0123456789abcdef', version: '1', kernel: file, initrd: file, folder: installer };
    await store.put('site', 'admin', { stateDir: folder, bootUrl: base, installers: { 'debian-12': described } }, 'any');
    assert.equal(await (await fetch(`${base}/boot/installers/0123456789abcdef/kernel`)).text(), 'a kernel');
    // Some installers write two slashes where one would do.
    assert.equal(await (await fetch(`${base}/boot/installers/0123456789abcdef/archive//dists/Release`)).text(), 'signed');
    assert.equal((await fetch(`${base}/boot/installers/0123456789abcdef/initrd`)).status, 404);
    assert.equal((await fetch(`${base}/boot/installers/fedcba9876543210/kernel`)).status, 404);
    assert.equal((await fetch(`${base}/boot/installers/0123456789abcdef/..%2ffacts.db`)).status, 403);
  });
});
