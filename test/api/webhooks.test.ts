// A program elsewhere is told what happens here: a real receiver that checks signatures, is away for a while, and sends us elsewhere.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { ProblemError } from '../../core/model/problem.ts';
import type { Telling } from '../../core/model/webhook.ts';
import { openStore } from '../../core/store/store.ts';
import { type Admin, startAdmin, until } from '../admin.ts';

describe('webhooks', function () {
  this.timeout(120_000);
  const state = mkdtempSync(path.join(tmpdir(), 'prybar-webhooks-'));
  const heard: { path: string; headers: IncomingHttpHeaders; body: string; telling: Telling }[] = [];
  let admin: Admin;
  let server: Server;
  let url: string;
  let port: number;
  let answer: { status: number; headers?: Record<string, string> } = { status: 204 };
  const listen = async () => {
    server = createServer((request, response) => {
      let body = '';
      request.setEncoding('utf8').on('data', (text: string) => (body += text));
      request.on('end', () => {
        heard.push({ path: request.url!, headers: request.headers, body, telling: JSON.parse(body) as Telling });
        response.writeHead(answer.status, answer.headers).end('a secret of whoever answers');
      });
    });
    await new Promise<void>((resolve) => server.listen(port ?? 0, '127.0.0.1', resolve));
    ({ port } = server.address() as AddressInfo);
    url = `http://127.0.0.1:${port}`;
  };
  // Not in step with us, so that the receiver can answer meanwhile.
  const ask = (name: string) =>
    new Promise<{ status: unknown; stderr: string }>((resolve) =>
      execFile(process.execPath, ['core/cli/prybar.ts', '--state', state, 'webhook', 'test', name], (error, _stdout, stderr) =>
        resolve({ status: error ? error.code : 0, stderr }),
      ),
    );
  const away = () => new Promise<unknown>((resolve) => (server.close(resolve), server.closeAllConnections()));
  const refused = (what: Promise<unknown>, message: RegExp, status: number) =>
    assert.rejects(what, (error: ProblemError) => message.test(error.message) && error.status === status);
  const add = (name: string, to: string, ...events: string[]) => admin.client.call('POST /webhooks', { body: { name, url: to, events } });
  const deliveries = (name: string) => admin.client.call('GET /webhooks/:name/deliveries', { params: { name } });
  const told = (type: string, seconds = 10) =>
    until(
      () => heard.find(({ telling }) => telling.type === type),
      seconds * 1000,
      () => `${type} was not told: ${JSON.stringify(heard)}`,
    );

  before(async () => {
    const store = await openStore({ file: path.join(state, 'store/facts.db') });
    await store.claim('name', 'n1', 'id-n1');
    const node = {
      id: 'id-n1',
      name: 'n1',
      remote: 'ssh' as const,
      macs: ['52:54:00:00:00:01'],
      approved: false,
      pool: 'default',
      addresses: {},
      discoveredAt: 0,
    };
    await store.put('node', 'id-n1', { ...node, contact: 'off', contactAt: 0 }, 'new');
    await store.close();
    await listen();
    admin = await startAdmin(['--no-lab', '--webhooks-to', '127.0.0.1'], state);
  });
  after(async () => {
    await admin?.stop();
    await away();
    rmSync(state, { recursive: true, force: true });
  });

  it('are refused where nobody may be told, or nothing is called so', async () => {
    await refused(add('a', 'http://127.0.0.2/', '*'), /the admin node itself/, 422);
    await refused(add('a', 'http://169.254.169.254/latest/meta-data', '*'), /on the same cable/, 422);
    await refused(add('a', 'file:///etc/passwd', '*'), /no address of a web server/, 422);
    await refused(add('a', url, 'node.exploded'), /Nothing is called node.exploded/, 422);
    await refused(admin.client.call('POST /webhooks', { body: { name: 'a', url, events: ['*'], secret: 'whsec_short' } }), /no secret/, 422);
    assert.deepEqual(await admin.client.call('GET /webhooks'), []);
  });

  it('say what happens, signed, and never show their secret again', async () => {
    const added = admin.cli('webhook', 'add', 'portal', `${url}/hook`, '--event', 'node.*', '--json');
    assert.equal(added.status, 0, added.stderr);
    const { secret } = JSON.parse(added.stdout) as { secret: string };
    assert.deepEqual(await ask('portal'), { status: 0, stderr: '' });
    // Nothing that was so before is news.
    assert.deepEqual(
      heard.map(({ telling }) => telling.type),
      ['webhook.test'],
    );
    await admin.client.call('POST /nodes/:id/approve', { params: { id: 'n1' }, body: { name: 'web1' } });
    const { headers, body, telling } = await told('node.approved');
    assert.equal((telling.data.node as { name: string }).name, 'web1');
    const key = Buffer.from(secret.replace('whsec_', ''), 'base64');
    const signed = createHmac('sha256', key)
      .update(`${String(headers['webhook-id'])}.${String(headers['webhook-timestamp'])}.${body}`)
      .digest('base64');
    assert.equal(headers['webhook-signature'], `v1,${signed}`);
    assert.equal(headers['webhook-id'], telling.id);
    assert(Math.abs(Number(headers['webhook-timestamp']) - Date.now() / 1000) < 30);
    const list = JSON.stringify([await admin.client.call('GET /webhooks'), await deliveries('portal')]);
    assert(!list.includes(secret) && !list.includes('a secret of whoever answers'));
  });

  it('keep their secret out of the audit log, and where they go to themselves and admins', async () => {
    const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
    await admin.client.call('POST /webhooks', { body: { name: 'chat', url: `${url}/only-who-knows-this-may-post`, events: ['*'], secret } });
    const { text } = await admin.client.call('POST /tokens', { body: { name: 'reader', role: 'operator', scopes: ['audit:read'] } });
    const read = async (authorization: string, query = '') => (await fetch(`${admin.url}/api/v1/audit${query}`, { headers: { authorization } })).text();
    const all = await read(`Bearer ${admin.client.token}`);
    assert(all.includes('only-who-knows-this-may-post') && all.includes('"secret":"***"'), all);
    assert(!all.includes(secret), all);
    // The command line's own acts it may read: the token is of its.
    assert.match(await read(`Bearer ${text}`), /POST \/webhooks/);
    await admin.client.call('POST /users', { body: { name: 'olga', role: 'operator' } });
    const { code } = await admin.client.call('POST /sign-in-codes', { body: { user: 'olga' } });
    const headers = { 'content-type': 'application/json', 'sec-fetch-site': 'same-origin' };
    const begun = await fetch(`${admin.url}/api/v1/session`, { method: 'POST', headers, body: JSON.stringify({ code }) });
    const cookie = begun.headers.getSetCookie()[0]!.split(';')[0]!;
    const olga = async (query: string) => (await fetch(`${admin.url}/api/v1/audit${query}`, { headers: { cookie } })).text();
    assert(!(await olga('?limit=1000')).includes('only-who-knows'));
    assert.match(await olga('?limit=1000'), /POST \/session/);
    assert.equal(await olga('?text=only-who-k'), '[]', 'nor can it be guessed, word by word');
    await admin.client.call('DELETE /webhooks/:name', { params: { name: 'chat' } });
  });

  it('wait for a receiver that is away, also over a restart, and tell it once', async () => {
    await away();
    await admin.client.call('DELETE /nodes/:id', { params: { id: 'web1' } });
    const failed = await until(
      async () => (await deliveries('portal')).find(({ telling, attempts }) => telling.type === 'node.forgotten' && attempts.length > 0),
      60_000,
      () => 'nothing was tried',
    );
    assert.deepEqual([failed.state, failed.attempts[0]!.status], ['waiting', undefined]);
    assert.match(failed.attempts[0]!.problem!.summary, /could not be told/);
    assert.match(admin.cli('webhook', 'list').stdout, /portal .* 1 .*no answer/);
    await admin.stop();
    heard.length = 0;
    await listen();
    admin = await startAdmin(['--no-lab', '--webhooks-to', '127.0.0.1'], state);
    const { telling } = await told('node.forgotten', 15);
    assert.equal(telling.id, failed.id);
    await until(
      async () => (await deliveries('portal')).every(({ state }) => state === 'delivered'),
      60_000,
      () => 'it is not known as delivered',
    );
    assert.equal(heard.length, 1);
  });

  it('follow nobody elsewhere, and stop when told to be gone for good', async () => {
    heard.length = 0;
    answer = { status: 302, headers: { location: `${url}/elsewhere` } };
    assert.match((await ask('portal')).stderr, /portal answered 302/);
    answer = { status: 410 };
    assert.match((await ask('portal')).stderr, /portal answered 410/);
    assert.deepEqual(
      heard.map((one) => one.path),
      ['/hook', '/hook'],
    );
    assert((await admin.client.call('GET /webhooks'))[0]!.gone);
  });

  it('leave nothing behind when they are removed', async () => {
    assert.equal(admin.cli('webhook', 'remove', 'portal').status, 0);
    await until(
      async () => !(await admin.client.call('GET /webhooks')).length,
      60_000,
      () => 'it is still there',
    );
    await admin.stop();
    const store = await openStore({ file: path.join(state, 'store/facts.db') });
    const left = await Promise.all((['webhook', 'delivery', 'told'] as const).map((kind) => store.list(kind)));
    assert.deepEqual([left.flat(), await store.get('secret', 'webhook portal')], [[], undefined]);
    await store.close();
  });
});
