// The page over HTTPS, as a browser that trusts the admin node's authority gets it, beside HTTP on this machine.

import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { request } from 'node:https';
import { connect } from 'node:net';
import { hostname, networkInterfaces } from 'node:os';
import type { AuthorityView } from '../../core/api/contract.ts';
import { type Admin, startAdmin } from '../admin.ts';
import { skipWhere } from '../skip-where.ts';

describe('the page over HTTPS', function () {
  this.timeout(120_000);
  let admin: Admin;
  let secure: URL;
  let authority: AuthorityView;
  before(async () => {
    admin = await startAdmin(['--no-lab', '--https', '0']);
    secure = new URL(admin.events.find(({ event }) => event === 'https')!.url!);
    authority = await admin.client.call('GET /certificate-authority');
  });
  after(async () => admin?.remove());

  type Said = { status: number; headers: IncomingHttpHeaders; body: string };
  const ask = (path: string, options: { method?: string; host?: string; headers?: Record<string, string>; body?: string; ca?: string } = {}): Promise<Said> =>
    new Promise((resolve, reject) => {
      const { host = hostname(), ca = authority.pem, body, ...rest } = options;
      // By the name that is asked for, at this machine.
      const asking = request(
        {
          host: '127.0.0.1',
          port: secure.port,
          servername: /^[\d.]+$/.test(host) ? '' : host,
          path,
          ca,
          agent: false,
          ...rest,
          headers: { host: `${host}:${secure.port}`, ...rest.headers },
        },
        (answer) => {
          let text = '';
          answer.setEncoding('utf8').on('data', (chunk: string) => {
            text += chunk;
          });
          answer.on('end', () => resolve({ status: answer.statusCode!, headers: answer.headers, body: text }));
        },
      );
      asking.on('error', reject);
      asking.end(body);
    });

  it('is trusted by who trusts the authority, by name and by address, and by nobody else', async () => {
    for (const host of [hostname(), 'localhost', '127.0.0.1']) assert.equal((await ask('/api/v1/sign-in', { host })).status, 200, host);
    await assert.rejects(ask('/api/v1/sign-in', { ca: '' }), /certificate|issuer/i);
    await assert.rejects(ask('/api/v1/sign-in', { host: 'elsewhere.example' }), /altnames/);
    assert.equal((await ask('/ca.pem')).body, authority.pem);
    assert.equal(new X509Certificate(authority.pem).fingerprint256, authority.fingerprint);
    assert.match(admin.cli('ca', 'show').stdout, new RegExp(`SHA-256 ${authority.fingerprint}[^]*update-ca-certificates`));
    assert.equal(admin.cli('ca', 'show', '--pem').stdout.trim(), authority.pem.trim());
  });

  it('keeps sessions of the two apart: a cookie over TLS is secure, and of no use without', async () => {
    const { code } = await admin.client.call('POST /sign-in-codes', { body: {} });
    const begun = await ask('/api/v1/session', { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ code }) });
    const cookie = begun.headers['set-cookie']![0]!;
    assert.match(cookie, /^__Host-prybar_session=\S+; Max-Age=43200; Path=\/; Expires=.*; HttpOnly; Secure; SameSite=Strict$/);
    const pair = cookie.split(';')[0]!;
    assert.equal((await ask('/api/v1/nodes', { headers: { cookie: pair } })).status, 200);
    assert.equal((await fetch(`${admin.url}/api/v1/nodes`, { headers: { cookie: pair } })).status, 401);
    assert.equal(
      (await fetch(`${admin.url}/api/v1/nodes`, { headers: { cookie: pair.replace('__Host-', '') } })).status,
      200,
      'it is the same session, by a name that only TLS sets',
    );
  });

  it('takes no page that came without TLS for one of its own', async () => {
    const from = (scheme: string) =>
      ask('/api/v1/session', {
        method: 'POST',
        headers: { 'content-type': 'application/json', origin: `${scheme}://${hostname()}:${secure.port}` },
        body: JSON.stringify({ code: 'not a good one' }),
      });
    assert.deepEqual([(await from('https')).status, (await from('http')).status], [401, 403]);
  });

  it('is to stay so for names, not for addresses, localhost, or without TLS', async () => {
    assert.equal((await ask('/')).headers['strict-transport-security'], 'max-age=15552000');
    for (const host of ['localhost', '127.0.0.1']) assert.equal((await ask('/', { host })).headers['strict-transport-security'], undefined, host);
    assert.equal((await fetch(admin.url)).headers.get('strict-transport-security'), null);
  });

  it('says what a browser may do with it, over both', async () => {
    const expected = {
      'content-security-policy': "default-src 'self';img-src 'self' data:;object-src 'none';frame-ancestors 'none';base-uri 'none';form-action 'self'",
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'x-powered-by': undefined,
    };
    const plain = await fetch(`${admin.url}/api/v1/sign-in`);
    const [overTls] = [await ask('/api/v1/sign-in')];
    for (const [name, value] of Object.entries(expected)) {
      assert.equal(overTls.headers[name], value, name);
      assert.equal(plain.headers.get(name) ?? undefined, value, name);
    }
    assert.equal(overTls.headers['cache-control'], 'no-store');
  });

  it('is served without TLS to nobody elsewhere', async function () {
    const address = Object.values(networkInterfaces())
      .flatMap((all) => all ?? [])
      .find(({ family, internal }) => family === 'IPv4' && !internal)?.address;
    if (!address) {
      return skipWhere(this, 'this machine has no other address');
    }
    const reached = (port: string) =>
      new Promise<boolean>((resolve) => {
        const socket = connect(Number(port), address);
        socket.once('connect', () => {
          socket.destroy();
          resolve(true);
        });
        socket.once('error', () => resolve(false));
      });
    assert.equal(await reached(new URL(admin.url).port), false);
    assert.equal(await reached(secure.port), true);
  });

  it('keeps its authority and its certificate over restarts, and prints no more links once somebody can sign in', async () => {
    assert.match(admin.link, /\/sign-in\/\S{32}$/);
    await admin.client.call('POST /users', { body: { name: 'ada', role: 'admin' } });
    await admin.stop();
    admin = await startAdmin(['--no-lab', '--https', '0'], admin.state);
    secure = new URL(admin.events.find(({ event }) => event === 'https')!.url!);
    assert.equal((await ask('/ca.pem')).body, authority.pem);
    assert.equal(admin.link, '');
    assert.match(admin.cli('sign-in').stdout, /\/sign-in\/\S{32}\n$/);
  });
});
