// Which way a machine is switched: found by what answers, kept as a fact, looked for again; and what happens where there is no BMC.

import assert from 'node:assert/strict';
import { createSocket, type Socket } from 'node:dgram';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { freePort } from './free-port-for-tests.ts';
import { makeAuthority } from '../access/certificates.ts';
import { chassisFolder, startBmc } from '../lab/bmc.ts';
import type { BmcAccess, Node } from '../model/node.ts';
import { ok } from '../model/problem.ts';
import { hostNamespace } from '../network/namespace.ts';
import { openStore, type Store } from '../store/store.ts';
import { accountsMade } from './bmc-access.ts';
import { bmcFor } from './find-bmc.ts';
import { ipmiBmc } from './ipmi.ts';
import { watchHandRequests } from './hand-requests.ts';
import { type FakeService, PASSWORD, shapes, startRedfish, USER } from './redfish-for-tests.ts';
import { powerStatus, switchPower, type Switching } from './switch.ts';
import { magicPacket } from './wake-on-lan.ts';

const node: Node = {
  id: 'n1',
  name: 'n1',
  remote: 'ssh',
  macs: ['52:54:00:00:00:01'],
  serial: 'SERIAL1',
  approved: true,
  pool: 'default',
  addresses: {},
  discoveredAt: 1,
  contact: 'off',
  contactAt: 1,
};

describe('switching a machine', function () {
  this.timeout(120_000);
  let folder: string;
  let store: Store;
  let service: FakeService;
  let certificate: { key: string; cert: string };
  let told: string[];
  let switching: Switching;
  const access: BmcAccess = { id: 'rack', protocol: 'redfish', serials: ['SERIAL*'], address: '127.0.0.1', user: USER, secret: 'good' };
  const enter = async (changed: Partial<BmcAccess> = {}) => store.put('bmcAccess', 'rack', { ...access, port: service.port, ...changed }, 'any');

  before(async () => {
    certificate = await makeAuthority('a BMC');
  });
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'prybar-switch-'));
    store = await openStore({ file: path.join(folder, 'facts.db') });
    service = await startRedfish(shapes[0]!, certificate);
    told = [];
    const secrets: Record<string, string> = { good: PASSWORD, bad: 'wrong', ipmi: 'secret-1234' };
    switching = {
      store,
      secrets: { get: async (name) => secrets[name] },
      madeAccounts: () => [],
      namespace: hostNamespace,
      now: () => 1000,
      async tellSystem(_node, order) {
        told.push(order);
        return ok(undefined);
      },
    };
  });
  afterEach(async () => {
    await service.close();
    await store.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('goes by its BMC, and remembers how', async () => {
    await enter();
    assert.deepEqual(await switchPower(node, 'on', switching), ok('on'));
    assert.equal(service.power(), 'on');
    const contact = await store.get('bmcContact', 'n1');
    assert.deepEqual([contact?.protocol, contact?.certificate], ['redfish', service.certificate]);
    // What is remembered is not looked for: only this order's own questions.
    const before = service.asked.length;
    assert.deepEqual(await powerStatus(node, switching), ok('on'));
    assert.equal(service.asked.slice(before).filter((line) => line.startsWith('POST')).length, 1);
  });

  it('looks for it again when it fell silent, and still believes only the certificate that it showed', async () => {
    await enter();
    assert.ok((await powerStatus(node, switching)).ok);
    const { port } = service;
    await service.close();
    assert.equal((await powerStatus(node, switching)).ok, false);
    const silent = await store.get('bmcContact', 'n1');
    assert.deepEqual([silent?.protocol, silent?.certificate], [undefined, service.certificate]);
    service = await startRedfish(shapes[0]!, await makeAuthority('somebody else'));
    await enter();
    assert.notEqual(port, undefined);
    const other = await powerStatus(node, switching);
    assert.match(other.ok ? '' : other.problems[0]!.summary, /another certificate/);
    assert.equal(service.asked.length, 0);
    await store.remove('bmcContact', 'n1');
    assert.ok((await powerStatus(node, switching)).ok);
  });

  it('says that the password is wrong, not that nobody answers', async () => {
    await enter({ secret: 'bad' });
    const refused = await switchPower(node, 'on', switching);
    assert.deepEqual(refused.ok || refused.problems.map((p) => [p.where?.node, /does not accept the user/.test(p.summary)]), [['n1', true]]);
  });

  it('finds the cipher suite that a BMC takes, and gives it a wrong password once only', async function () {
    if (!existsSync('/usr/bin/ipmi_sim') || !existsSync('/usr/bin/ipmitool')) return this.skip();
    await mkdir(chassisFolder(folder));
    await writeFile(path.join(chassisFolder(folder), 'power'), '0');
    await writeFile(path.join(chassisFolder(folder), 'boot'), 'none');
    const place = { address: '127.0.0.1', port: await freePort(), user: 'admin', password: 'secret-1234' };
    const lan = { netmask: '255.0.0.0', mac: '52:54:00:00:00:01', guid: '3'.repeat(32), guestPort: await freePort(), serialPort: await freePort() };
    const sim = await startBmc('switch', folder, { ...place, ...lan }, (argv) => argv);
    try {
      const up = ipmiBmc(place, { namespace: hostNamespace(), retries: 1 });
      for (let tries = 0; tries < 5 && !(await up.status()).ok; tries++);
      await enter({ protocol: 'ipmi', port: place.port, user: 'admin', secret: 'bad' });
      const commands: string[] = [];
      const watched = { ...hostNamespace(), command: (argv: string[]) => (commands.push(argv.join(' ')), argv) };
      switching = { ...switching, namespace: () => watched };
      const refused = await powerStatus(node, switching);
      assert.match(refused.ok ? '' : refused.problems.at(-1)!.summary, /does not accept the user/);
      // ipmi_sim does not know suite 17, which is asked for before any password is looked at.
      assert.deepEqual(
        commands.map((line) => / -C (\d+) /.exec(line)?.[1]),
        ['17', '3'],
      );
      await enter({ protocol: 'ipmi', port: place.port, user: 'admin', secret: 'ipmi' });
      assert.deepEqual(await powerStatus(node, switching), ok('off'));
      assert.equal((await store.get('bmcContact', 'n1'))?.cipherSuite, 3);
      commands.length = 0;
      assert.deepEqual(await powerStatus(node, switching), ok('off'));
      assert.equal(commands.length, 1);
    } finally {
      await sim.kill();
    }
  });

  it('uses the account that a role has made as soon as that works, and the entered one until then', async () => {
    await enter();
    let password = 'not set yet';
    // The same controller by the account's own id; its port comes from the test, as a role does not publish one.
    const made = () =>
      accountsMade({ address: '127.0.0.1', user: USER, secret: 'password' }, 'system/bmc', 0, async () => password).map((account) => ({
        ...account,
        port: service.port,
        protocol: 'redfish' as const,
      }));
    switching = { ...switching, madeAccounts: made };
    assert.ok((await bmcFor(node, switching)).ok);
    assert.match((await store.get('bmcContact', 'n1'))!.account, /^rack /);
    password = PASSWORD;
    // Not asked for again at once: a BMC locks out who errs too often.
    assert.ok((await bmcFor(node, switching)).ok);
    assert.match((await store.get('bmcContact', 'n1'))!.account, /^rack /);
    switching = { ...switching, now: () => 3600_000 };
    assert.ok((await bmcFor(node, switching)).ok);
    assert.match((await store.get('bmcContact', 'n1'))!.account, /^system\/bmc /);
  });

  it('tells the system of a machine without a BMC, and asks somebody where none answers', async () => {
    const up: Node = { ...node, contact: 'up', system: { kind: 'live', instance: 'a', platform: 'debian-12' } };
    assert.deepEqual(await switchPower(up, 'cycle', switching), ok('on'));
    assert.deepEqual(await switchPower(up, 'off', switching), ok('off'));
    assert.deepEqual(told, ['reboot', 'poweroff']);
    assert.deepEqual(await switchPower(node, 'on', switching), ok('asked'));
    assert.deepEqual((await store.get('handRequest', 'n1'))?.action, 'on');
  });

  it('asks until the machine shows that it was done', async () => {
    const stored = await store.put('node', 'n1', node, 'new');
    assert.ok(stored.ok);
    const watch = watchHandRequests(store, (problem) => assert.fail(problem.summary));
    try {
      await switchPower(node, 'on', switching);
      await store.put('node', 'n1', { ...node, pool: 'other' }, 'any');
      await settled();
      assert.ok(await store.get('handRequest', 'n1'));
      await store.put('node', 'n1', { ...node, contact: 'up', contactAt: 2000 }, 'any');
      await until(async () => !(await store.get('handRequest', 'n1')));
      const live: Node = { ...node, contact: 'silent', contactAt: 1, system: { kind: 'live', instance: 'a', platform: 'debian-12' } };
      await switchPower(live, 'cycle', switching);
      await store.put('node', 'n1', live, 'any');
      await settled();
      assert.ok(await store.get('handRequest', 'n1'));
      await store.put('node', 'n1', { ...live, contact: 'up', contactAt: 1, system: { ...live.system!, instance: 'b' } }, 'any');
      await until(async () => !(await store.get('handRequest', 'n1')));
    } finally {
      await watch.stop();
    }
  });

  it('calls a machine over the network that listens while it is off', async function () {
    const heard = await listen();
    if (!heard) return this.skip();
    try {
      await store.put(
        'network',
        'admin',
        { name: 'admin', cidr: '127.0.0.0/8', adminAddress: '127.0.0.1', interface: 'lo', range: { first: '127.0.0.2', last: '127.0.0.9' } },
        'new',
      );
      const packet = new Promise<Buffer>((resolve) => heard.once('message', resolve));
      assert.deepEqual(await switchPower({ ...node, wakesOnLan: true }, 'on', switching), ok('asked'));
      assert.deepEqual(await packet, magicPacket('52:54:00:00:00:01'));
      assert.equal((await packet).length, 102);
    } finally {
      heard.close();
    }
  });
});

/** On the port that is called; undefined where this may not be listened on, or somebody else does. */
function listen(): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const socket = createSocket('udp4');
    socket.once('error', () => resolve(undefined));
    socket.bind(9, '127.255.255.255', () => resolve(socket));
  });
}

const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 100));

async function until(true_: () => Promise<boolean>): Promise<void> {
  for (let waited = 0; waited < 3000; waited += 20) {
    if (await true_()) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  assert.fail('it did not come to that within 3 s');
}
