// An order from a program's side where nothing is there yet: it is placed, waits, and takes the blank machine that is discovered meanwhile; that gets
// a system and a role, and is opened by the orderer's key and nobody's passphrase but theirs. A receiver is told of each step. Given back, it is
// erased and forgotten.

import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { OrderView } from '../../core/api/contract.ts';
import { missingParts } from '../../core/lab/program.ts';
import { problem, type Problem } from '../../core/model/problem.ts';
import { webhookReceiver } from '../webhook-receiver.ts';
import { MINUTE, RackForTests } from './rack-for-tests.ts';
import { type Counts, type Step, takeSteps } from './steps.ts';

/** How many steps passed and failed. Problems say why it cannot run here. */
export async function soakOrders(tell: (line: string) => void): Promise<Counts | { problems: Problem[] }> {
  const missing = await missingParts(['/usr/share/OVMF/OVMF_CODE_4M.fd', '/usr/lib/ipxe/qemu/pxe-virtio.rom']);
  if (spawnSync('age', ['--version']).status !== 0)
    missing.push(problem('There is no age, which reads what is sealed.', {}, 'Install it: apt-get install age'));
  if (missing.length) return { problems: missing };
  const rack = new RackForTests();
  const own = mkdtempSync(path.join(tmpdir(), 'prybar-orderer-'));
  const key = path.join(own, 'portal');
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'portal', '-f', key]);
  const publicKey = readFileSync(`${key}.pub`, 'utf8').trim();
  let secret: string | undefined;
  const { server, heard, refused } = webhookReceiver(() => secret);
  let order: OrderView;

  const wish = {
    pool: 'spare',
    where: 'memory >= 512MiB',
    names: 'web-{n}',
    roles: ['ntp-server'],
    keys: [publicKey],
    console: true,
    sealFor: publicKey,
  };
  const place = async (body: unknown): Promise<{ status: number; text: string }> => {
    const answer = await fetch(`${rack.admin.url}/api/v1/orders`, {
      method: 'POST',
      headers: { authorization: `Bearer ${rack.admin.client.token}`, 'content-type': 'application/json', 'idempotency-key': '"cart-17"' },
      body: JSON.stringify(body),
    });
    return { status: answer.status, text: await answer.text() };
  };
  const look = async (): Promise<OrderView> => (order = await rack.admin.client.call('GET /orders/:id', { params: { id: order.id } }));
  const reaches = (so: () => boolean, minutes: number) =>
    rack.until(async () => {
      await look();
      // What fails once is tried again by itself.
      if (order.failed && Date.now() - order.failed.at > 3 * MINUTE) throw new Error(JSON.stringify(order.problems));
      return so();
    }, minutes * MINUTE);
  const asOrderer = (command: string): Promise<string> => rack.insideAs(order.servers[0]!.addresses!.admin!, key, path.join(own, 'known'), command);

  const steps: Step[] = [
    [
      'a server is ordered while no machine is there, and the order waits',
      async () => {
        await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
        await rack.start('--machines', '1', '--firmware', 'uefi', '--webhooks-to', '127.0.0.1');
        const { client } = rack.admin;
        // Before it has started: whatever is discovered is nobody's yet.
        const id = 'lab';
        await client.call('PUT /approval-rules/:id', { params: { id }, body: { serials: ['PRYBAR-LAB-*'], pool: 'spare', namePrefix: 'spare-' } });
        const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
        ({ secret } = await client.call('POST /webhooks', { body: { name: 'portal', url, events: ['order.*'] } }));
        const placed = await place(wish);
        assert.equal(placed.status, 200, placed.text);
        order = JSON.parse(placed.text) as OrderView;
        assert.deepEqual([order.state, order.missing], ['waiting', 1]);
      },
    ],
    [
      'sent again it is the same order, and nothing else goes by its key',
      async () => {
        assert.equal((JSON.parse((await place(wish)).text) as OrderView).id, order.id);
        const other = await place({ ...wish, count: 2 });
        assert.equal(other.status, 422);
        assert.match(other.text, /Something else was ordered with the key cart-17/);
        assert.equal((await rack.admin.client.call('GET /orders')).length, 1);
      },
    ],
    [
      'the blank machine that is discovered becomes its own',
      async () => {
        await reaches(() => order.servers.length === 1, 20);
        assert.deepEqual(
          order.servers.map(({ name, path: way }) => [name, way]),
          [['web-1', 'cold']],
        );
      },
    ],
    [
      'it gets a system and its role, without a hand',
      async () => {
        await reaches(() => order.state === 'ready', 60);
        const [one] = order.servers;
        const seconds = (from: number, to: number): string => `${Math.round((to - from) / 1000)} s`;
        tell(
          `       ordered → allocated ${seconds(order.at, one!.allocatedAt)} → installed ${seconds(one!.allocatedAt, one!.installedAt!)} → ready ${seconds(one!.installedAt!, one!.readyAt!)}`,
        );
      },
    ],
    [
      "the orderer's key opens it, under the host key that the order names",
      async () => {
        const [one] = order.servers;
        assert(one?.hostKey, 'the order does not say what its host key is');
        writeFileSync(path.join(own, 'known'), `${one.addresses!.admin} ${one.hostKey}\n`);
        assert.equal(await asOrderer('hostname'), 'web-1');
        assert.equal(await asOrderer('systemctl is-active chrony ssh'), 'active\nactive');
        assert.equal(await asOrderer('systemctl --failed --plain --no-legend'), '');
        assert.match(await asOrderer('findmnt -no SOURCE /'), /^\/dev\/vda/);
      },
    ],
    [
      'what is sealed for the orderer is the passphrase of its console, and stands nowhere in clear',
      async () => {
        const text = execFileSync('age', ['--decrypt', '--identity', key], { input: order.servers[0]!.sealed!, encoding: 'utf8' });
        const { passphrase, user } = JSON.parse(text) as { passphrase: string; user: string };
        assert.equal(user, 'root');
        const hash = (await asOrderer('getent shadow root')).split(':')[1]!;
        const made = execFileSync('perl', ['-e', 'print crypt($ENV{P}, $ENV{H})'], { env: { P: passphrase, H: hash }, encoding: 'utf8' });
        assert.equal(made, hash);
        const seen = JSON.stringify([order, await rack.admin.client.call('GET /runs', { query: { role: 'handover' } }), rack.admin.events, heard]);
        assert(!seen.includes(passphrase), 'it stands somewhere in clear');
      },
    ],
    [
      'the receiver was told of each step, signed',
      async () => {
        const told = () => heard.map(({ type }) => type).filter((type) => type !== 'order.failed');
        await rack.until(async () => told().includes('order.ready'), MINUTE);
        assert.deepEqual(told(), ['order.placed', 'order.allocated', 'order.server-installed', 'order.server-ready', 'order.ready']);
        assert.deepEqual(refused, []);
      },
    ],
    [
      'given back, its disk is erased and certified, and nothing of it is left',
      async () => {
        const { deployment } = order;
        await rack.prybar('order', 'release', order.id, '--yes');
        await rack.until(async () => (await look()).state === 'released', 30 * MINUTE);
        assert.equal((await rack.admin.client.call('GET /certificates')).length, 1);
        assert.equal(order.servers[0]!.sealed, undefined);
        await rack.blank('PRYBAR-LAB-1');
        assert(!(await rack.machines()).some(({ name, pool }) => name === 'web-1' || pool === deployment));
        await rack.until(async () => heard.some(({ type }) => type === 'order.released'), MINUTE);
      },
    ],
  ];
  try {
    return await takeSteps(steps, tell);
  } finally {
    await rack.stop();
    server.close();
    server.closeAllConnections();
    rmSync(own, { recursive: true, force: true });
  }
}
