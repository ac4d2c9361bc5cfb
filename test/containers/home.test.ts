// A machine is prepared to be sent away, and calls home: a container with systemd, the role with no settings but an invitation, and the admin node
// that prepares it as its home. The only thing between them is a pipe from the rack's network to the port at home.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { type Namespace, openNamespace } from '../../core/network/namespace.ts';
import { type Admin, startAdmin, until } from '../admin.ts';
import { containersMissing, inContainer } from './boxes-for-tests.ts';
import { skipWhere } from '../skip-where.ts';

describe('a machine that is sent away', function () {
  this.timeout(10 * 60_000);
  const state = mkdtempSync(path.join(tmpdir(), 'prybar-sent-away-'));
  let admin: Admin;
  let rack: Namespace;
  let pipe: net.Server;

  before(async function () {
    skipWhere(this, containersMissing());
    for (const name of ['call-home', 'container-ready', 'provisioner', 'os-install', 'wipe', 'capture'])
      cpSync(path.resolve(import.meta.dirname, '../../barclamps', name), path.join(state, 'barclamps', name), { recursive: true });
    admin = await startAdmin(['--no-lab', '--home', '0', '--home-names', '192.168.124.10', '--barclamps', path.join(state, 'barclamps')], state);
    await promisify(execFile)(process.execPath, ['core/cli/prybar.ts', '--state', state, 'lab', 'up', '--containers', '1']);
    await until(
      async () => (await admin.client.call('GET /nodes')).some((n) => n.totals.done && n.id !== 'admin'),
      180_000,
      () => admin.story(),
    );
    const port = Number(new URL((await admin.client.call('GET /home')).url!).port);
    const network = (await admin.client.call('GET /networks')).find(({ name }) => name === 'admin')!;
    const opened = await openNamespace(network.namespace!);
    assert(opened.ok);
    rack = opened.value;
    pipe = net.createServer((from) => {
      const to = net.connect(port, '127.0.0.1');
      from.pipe(to).pipe(from);
      for (const socket of [from, to]) socket.on('error', () => {});
    });
    await rack.listen(pipe, network.adminAddress, port);
  });
  after(async () => {
    pipe?.close();
    await rack?.close();
    await admin?.stop();
    rmSync(state, { recursive: true, force: true });
  });

  const box = (code: string) => inContainer(admin, 'box-1', code);
  const log = () => box('journalctl -u prybar-call-home -o cat --no-pager | tail -n 20');
  const called = async (wanted: (state: string) => boolean) => {
    let said = '';
    return until(
      async () => {
        const found = (await admin.client.call('GET /callers')).find((caller) => wanted(caller.state));
        if (!found) said = await log().catch(String);
        return found;
      },
      180_000,
      () => `${said}\n${admin.story()}`,
      500,
    );
  };

  it('waits for somebody at its first call, and is let in by the invitation that its role gets', async () => {
    await admin.client.call('POST /deployments', { body: { name: 'sealed', pools: ['containers'] } });
    await admin.commit('sealed', 'call-home', { attributes: {}, roles: { 'call-home': ['box1'] } });
    const first = await called((state) => state === 'waiting');
    assert.match(first.waits!, /Its invitation is not known here/);
    assert.match(admin.cli('home', 'invite', '--into', 'sealed/call-home/invitation').stdout, /for one machine, and set as sealed\/call-home\/invitation/);
    const found = await called((state) => state === 'well' || state === 'ailing');
    assert.equal(found.id, first.id);
    assert.match(found.health.os, /Debian GNU\/Linux 12/);
    // It says so when the answer has come back.
    const said = /Somebody at home has to decide: [^]*Registered at https:\/\/192\.168\.124\.10:\d+ as /;
    let lines = '';
    await until(
      async () => said.test((lines = await log())),
      180_000,
      () => lines,
      500,
    );
  });

  it('keeps its key to itself, and calls when it starts again', async () => {
    assert.equal((await box('stat -c %a /var/lib/prybar/call-home/key.pem /etc/prybar-call-home/invitation')).trim(), '600\n600');
    const before = await called(() => true);
    await box('systemctl restart prybar-call-home');
    const after = await until(
      async () => {
        const now = await called(() => true);
        return now.lastAt > before.lastAt && now;
      },
      180_000,
      () => 'it did not call again',
    );
    assert.deepEqual([after.id, after.certificate], [before.id, before.certificate]);
  });

  it('is told that it is refused, and leaves nothing behind with its role', async () => {
    admin.cli('home', 'refuse', (await called(() => true)).serial, '--reason', 'it stays here');
    await box('systemctl restart prybar-call-home');
    await until(
      async () => /Home does not take it: It is refused: it stays here/.test(await log()),
      180_000,
      () => 'it was not told',
    );
    await admin.commit('sealed', 'call-home', { attributes: {}, roles: {} });
    await until(
      async () => (await box('ls -d /var/lib/prybar/call-home /etc/prybar-call-home /usr/local/sbin/prybar-call-home 2>/dev/null || true')) === '',
      180_000,
      () => admin.story(),
      300,
    );
  });
});
