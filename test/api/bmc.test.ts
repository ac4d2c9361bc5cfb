// Board controllers from outside the daemon: over HTTP, socket.io and the command line. The machine is the admin node itself; its BMC is a
// Redfish service in a vendor's shape, then a real ipmi_sim.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { io, type Socket } from 'socket.io-client';
import type { ClientToServer, ServerToClient } from '../../core/api/contract.ts';
import { makeAuthority } from '../../core/access/certificates.ts';
import { type FakeService, PASSWORD, shapes, startRedfish, USER } from '../../core/hardware/redfish-for-tests.ts';
import type { Problem, ProblemError } from '../../core/model/problem.ts';
import { type Admin, startAdmin, until } from '../admin.ts';
import { serialBmcMissing, startSerialBmc } from '../serial-bmc.ts';
import { skipWhere } from '../skip-where.ts';

const prybar = path.resolve(import.meta.dirname, '../../core/cli/prybar.ts');

describe('the board controller of a machine', function () {
  this.timeout(120_000);
  const params = { id: 'admin' };
  let admin: Admin;
  let service: FakeService;
  before(async () => {
    admin = await startAdmin();
    service = await startRedfish(shapes[0]!, await makeAuthority('a BMC'));
  });
  after(async () => {
    await admin.remove();
    await service.close();
  });

  it('is a Problem while nobody knows of one, and the power is what was seen last', async () => {
    await assert.rejects(
      admin.client.call('GET /nodes/:id/sensors', { params }),
      (error: ProblemError) => /No way to a BMC of admin/.test(error.message) && error.status === 422,
    );
    assert.deepEqual(await admin.client.call('POST /nodes/:id/power', { params, body: { action: 'status' } }), { power: 'on' });
  });

  it('is asked with the account that was entered, whose password nobody is told', async () => {
    const body = { user: USER, password: PASSWORD, address: '127.0.0.1', protocol: 'redfish' as const, port: service.port };
    await admin.client.call('PUT /nodes/:id/bmc', { params, body });
    const view = await admin.client.call('GET /nodes/:id', { params });
    assert.deepEqual(view.bmc, { protocol: 'redfish', address: '127.0.0.1', port: service.port, user: USER });
    assert.equal(JSON.stringify(view).includes(PASSWORD), false);
    assert.equal((await admin.client.call('GET /nodes/:id/bmc', { params })).firmware, '7.10.30.00');
    assert.ok((await admin.client.call('GET /nodes/:id/sensors', { params })).some(({ name, value }) => name === 'CPU Temp' && value === 42));
    const events = await admin.client.call('GET /nodes/:id/bmc-events', { params, query: { limit: 2 } });
    assert.deepEqual(
      events.map(({ text }) => text),
      ['Boot 4', 'Boot 3'],
    );
    assert.deepEqual(await admin.client.call('POST /nodes/:id/power', { params, body: { action: 'on' } }), { power: 'on' });
    assert.equal(service.power(), 'on');
  });

  it('is told of on the command line', async () => {
    // Not waited for in place: the service answers from this process.
    const cli = async (...args: string[]) => (await promisify(execFile)(process.execPath, [prybar, '--state', admin.state, ...args])).stdout;
    assert.match(await cli('node', 'sensors', 'admin'), /CPU Temp +42 °C +ok/);
    assert.match(await cli('node', 'baseline', 'admin'), /Nothing was accepted of admin yet/);
    await assert.rejects(cli('node', 'baseline', 'admin', '--accept'), /never discovered/);
    assert.match(await cli('node', 'events', 'admin', '--limit', '1'), /Boot 4/);
    assert.match(await cli('node', 'bmc', 'admin'), /127\.0\.0\.1 by Redfish 1\.15\.0 as root/);
  });

  it('says where the way to it ends', async () => {
    await service.close();
    await assert.rejects(admin.client.call('GET /nodes/:id/sensors', { params }), /127\.0\.0\.1:\d+ does not answer by Redfish/);
    const refused = admin.cli('node', 'console', 'admin');
    assert.equal(refused.status, 1);
    assert.match(refused.stderr, /does not answer by Redfish/);
  });

  it('gives its serial console to who listens, and takes it back when they go', async function () {
    skipWhere(this, serialBmcMissing());
    const serial = await startSerialBmc();
    const sockets: Socket<ServerToClient, ClientToServer>[] = [];
    const listener = async () => {
      const socket: Socket<ServerToClient, ClientToServer> = io(admin.url, {
        path: '/api/v1/live',
        transports: ['websocket'],
        extraHeaders: { authorization: `Bearer ${admin.client.token}` },
      });
      sockets.push(socket);
      const problems = await new Promise<Problem[]>((resolve) => socket.emit('openConsole', 'admin', resolve));
      return { socket, problems };
    };
    try {
      await admin.client.call('PUT /nodes/:id/bmc', { params, body: serial.account });
      const first = await listener();
      assert.deepEqual(first.problems, []);
      const [entry] = await admin.client.call('GET /audit', { query: { text: 'console' } });
      assert.deepEqual([entry!.outcome, entry!.asked], ['done', { id: 'admin' }], 'who has had a console is kept');
      let heard = '';
      const answered = new Promise<void>((resolve) =>
        first.socket.on('said', (bytes) => {
          heard += Buffer.from(bytes).toString();
          if (heard.includes('LS')) resolve();
        }),
      );
      first.socket.emit('typed', Buffer.from('ls'));
      await answered;
      assert.match((await listener()).problems[0]!.summary, /Somebody at the admin node has the serial console of admin open/);
      first.socket.close();
      await until(
        async () => (await listener()).problems.length === 0,
        60_000,
        () => 'it was not taken back',
      );
    } finally {
      for (const socket of sockets) socket.close();
      await serial.close();
    }
  });

  it('is looked for anew when it is to be forgotten', async () => {
    assert.match(admin.cli('node', 'bmc', 'admin', '--forget').stdout, /is forgotten/);
    assert.equal((await admin.client.call('GET /nodes/:id', { params })).bmc?.user, 'admin');
  });
});
