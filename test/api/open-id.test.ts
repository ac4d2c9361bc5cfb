// Signing in through a real OpenID provider on this machine: what it says of people decides what they may do here, and nobody gets in who did not
// come from it.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { SessionView } from '../../core/api/contract.ts';
import { type Admin, startAdmin } from '../admin.ts';
import { type Person, startProvider } from '../open-id-provider.ts';

describe('sign-in through OpenID Connect', function () {
  this.timeout(120_000);
  let admin: Admin;
  let provider: Awaited<ReturnType<typeof startProvider>>;
  before(async () => {
    admin = await startAdmin();
    provider = await startProvider(`${admin.url}/api/v1/openid/callback`);
    const { stdout, status, stderr } = await setUp('--role', 'ops=operator', 'all=viewer', 'boss=admin', '--tenant-claim', 'tenant', '--label', 'Example SSO');
    assert.equal(status, 0, stderr);
    assert.match(stdout, /sends people back to http:\/\/127.0.0.1:\d+\/api\/v1\/openid\/callback/);
  });
  after(async () => {
    provider?.server.close();
    provider?.server.closeAllConnections();
    await admin?.remove();
  });

  const setUp = async (...words: string[]) => {
    // The command line then changes all but the secret, which stays.
    await admin.client.call('PUT /openid', {
      body: {
        issuer: provider.issuer,
        clientId: 'prybar',
        clientSecret: 'a secret of the client',
        roles: { ops: 'operator', all: 'viewer', boss: 'admin' },
        tenantClaim: 'tenant',
        label: 'Example SSO',
      },
    });
    return admin.cli('openid', 'set', '--issuer', provider.issuer, '--client', 'prybar', ...words);
  };

  /** Follows redirects as a browser does, with cookies by host and port; stops before `until`. */
  const browser = () => {
    const jars = new Map<string, Map<string, string>>();
    const go = async (start: string, until?: (url: URL) => boolean): Promise<URL> => {
      let url = new URL(start);
      for (let hops = 0; hops < 12; hops++) {
        if (until?.(url)) return url;
        const jar = jars.get(url.origin) ?? new Map<string, string>();
        jars.set(url.origin, jar);
        const answer = await fetch(url, { redirect: 'manual', headers: { cookie: [...jar].map(([name, value]) => `${name}=${value}`).join('; ') } });
        for (const line of answer.headers.getSetCookie()) {
          const [, name, value] = /^([^=]+)=([^;]*)/.exec(line)!;
          jar.set(name!, value!);
        }
        const next = answer.headers.get('location');
        if (!next) return url;
        url = new URL(next, url);
      }
      throw new Error('redirected without end');
    };
    const session = async (): Promise<SessionView | undefined> => {
      const jar = jars.get(admin.url) ?? new Map<string, string>();
      const answer = await fetch(`${admin.url}/api/v1/session`, { headers: { cookie: [...jar].map(([name, value]) => `${name}=${value}`).join('; ') } });
      return answer.ok ? ((await answer.json()) as SessionView) : undefined;
    };
    return { go, session, jars };
  };
  const begin = () => `${admin.url}/api/v1/openid/begin`;
  const atDoor = (url: URL) => url.origin === admin.url && !url.pathname.startsWith('/api/');
  const come = async (id: string, person: Person) => {
    provider.people[id] = person;
    provider.present.id = id;
    const visitor = browser();
    const end = await visitor.go(begin(), atDoor);
    return { ...visitor, end: `${end.pathname}${end.search}` };
  };

  it('is offered, and its settings keep the secret to themselves', async () => {
    assert.deepEqual(await (await fetch(`${admin.url}/api/v1/sign-in`)).json(), { passphrase: false, openId: { label: 'Example SSO' } });
    const shown = admin.cli('openid', 'show', '--json').stdout;
    assert(!shown.includes('a secret of the client'));
    assert.equal((JSON.parse(shown) as { secret: boolean }).secret, true);
  });

  it('is tried before it is kept, and says what is wrong with it', async () => {
    const redirect = `${admin.url}/api/v1/openid/callback`;
    const tried = async (more: object) => admin.client.call('POST /openid/test', { body: { redirect, ...more } });
    const kept = await tried({});
    assert.deepEqual(kept.problems, []);
    assert.equal(kept.good.length, 4, kept.good.join(' '));
    const at = async (more: object) => (await tried(more)).problems.map(({ where }) => where?.pointer);
    assert.deepEqual(await at({ clientSecret: 'another one' }), ['/clientSecret']);
    assert.deepEqual(await at({ clientId: 'nobody' }), ['/clientId', '/clientSecret']);
    assert.deepEqual(await at({ redirect: 'http://127.0.0.1:1/elsewhere' }), ['/clientId']);
    assert.deepEqual(await at({ scopes: ['profile', 'shoe-size'] }), ['/scopes']);
    const issuer = provider.issuer.replace('127.0.0.1', 'localhost');
    const [misnamed] = (await tried({ issuer })).problems;
    assert.match(misnamed!.summary, /calls itself by another name/);
    assert.match((await tried({ issuer: `${provider.issuer}/realms/none` })).problems[0]!.summary, /no OpenID provider at/);
    assert.match((await tried({ issuer: 'http://127.0.0.1:2' })).problems[0]!.summary, /Nobody answers at 127.0.0.1:2/);
    assert.match((await tried({ issuer: 'https://nobody.invalid' })).problems[0]!.summary, /Nobody knows the name nobody.invalid/);
    // Beside this process, which is the provider.
    const { stdout } = await promisify(execFile)(process.execPath, ['core/cli/prybar.ts', '--state', admin.state, 'openid', 'test']);
    assert.match(stdout, /accepts the client and its secret/);
    const wrong = admin.cli('openid', 'test', '--issuer', 'http://127.0.0.1:2');
    assert.equal(wrong.status, 1);
    assert.match(wrong.stderr, /Nobody answers/);
  });

  it('lets people in with the highest role that their groups mean', async () => {
    const { end, session } = await come('1001', { preferred_username: 'Grace', groups: ['all', 'ops', 'unknown'], tenant: 'site' });
    assert.equal(end, '/');
    const { acts, ...grace } = (await session())!;
    assert.deepEqual(grace, { user: 'grace', role: 'operator', passphrase: false, firstUser: false });
    assert(acts.includes('POST /deployments') && !acts.includes('POST /users'), 'what an operator may');
    const again = await come('1001', { preferred_username: 'grace.h', groups: ['all'], tenant: 'site' });
    assert.deepEqual((await again.session())?.user, 'grace', 'the same person by another name');
    assert.equal((await again.session())?.role, 'viewer', 'with what the provider says now');
    assert.equal((await session())?.role, 'viewer', 'also where it was signed in before');
  });

  it('puts people into the tenant that is claimed, and lets nobody in without one', async () => {
    await admin.client.call('POST /tenants', { body: { name: 'red' } });
    const red = await come('1002', { preferred_username: 'rosa', groups: ['boss'], tenant: 'red' });
    const { acts, ...rosa } = (await red.session())!;
    assert.deepEqual(rosa, { user: 'rosa', role: 'admin', tenant: 'red', passphrase: false, firstUser: false });
    assert(acts.includes('PATCH /nodes/:id') && !acts.includes('POST /users'), 'what an admin of a tenant may');
    assert.equal((await come('1003', { preferred_username: 'x', groups: ['boss'], tenant: 'green' })).end, '/sign-in?refused=no-tenant');
    assert.equal((await come('1003', { preferred_username: 'x', groups: ['boss'] })).end, '/sign-in?refused=no-tenant');
  });

  it('refuses those without a role, those who are disabled, and names that are taken or stand for no person', async () => {
    const none = await come('1004', { preferred_username: 'nina', groups: ['others', 'toString'], tenant: 'site' });
    assert.equal(none.end, '/sign-in?refused=no-role');
    assert.equal(await none.session(), undefined);
    await admin.client.call('PATCH /users/:name', { params: { name: 'rosa' }, body: { disabled: true } });
    assert.equal((await come('1002', provider.people['1002']!)).end, '/sign-in?refused=disabled');
    for (const taken of ['grace', 'console', 'command-line'])
      assert.equal((await come('1005', { preferred_username: taken, groups: ['boss'], tenant: 'site' })).end, '/sign-in?refused=name-taken', taken);
  });

  it('takes an answer only in the browser that asked, once, and unchanged', async () => {
    provider.people['1006'] = { preferred_username: 'olga', groups: ['ops'], tenant: 'site' };
    provider.present.id = '1006';
    const returns = (url: URL) => url.pathname === '/api/v1/openid/callback';
    const honest = browser();
    const back = await honest.go(begin(), returns);
    // Somebody else is made to open the link: signed in as olga without knowing.
    const victim = browser();
    assert.match((await victim.go(back.href, atDoor)).search, /refused=failed/);
    const forged = new URL(back);
    forged.searchParams.set('state', 'another');
    assert.match((await honest.go(forged.href, atDoor)).search, /refused=failed/);
    assert.match((await honest.go(back.href, atDoor)).search, /refused=failed/, 'a ticket is good once, also for the wrong answer');
    assert.equal(await honest.session(), undefined);
    const kept = await admin.client.call('GET /audit', { query: { text: 'openid' } });
    assert(kept.some(({ outcome, why }) => outcome === 'refused' && why));
    assert(!JSON.stringify(kept).includes('a secret of the client'));
  });

  it('keeps nothing of strangers who come back without having begun', async () => {
    const records = async () => (await admin.client.call('GET /audit', { query: { text: 'openid', limit: 1000 } })).length;
    const before = await records();
    for (let turn = 0; turn < 20; turn++) {
      const answer = await fetch(`${admin.url}/api/v1/openid/callback?code=x&state=${turn}`, { redirect: 'manual', headers: { cookie: 'prybar_openid=none' } });
      assert.equal(answer.headers.get('location'), '/sign-in?refused=failed');
    }
    assert.equal(await records(), before);
  });

  it('says so where the provider is away, and ends when it is taken out', async () => {
    provider.server.closeAllConnections();
    await new Promise((resolve) => provider.server.close(resolve));
    assert.match((await browser().go(begin(), atDoor)).search, /refused=failed/);
    assert.equal(admin.cli('openid', 'remove').status, 0);
    assert.equal((await fetch(begin())).status, 404);
  });

  it('shows what was given for one provider to no other', async () => {
    const put = async (issuer: string, more: object = {}) =>
      (await admin.client.call('PUT /openid', { body: { issuer, clientId: 'prybar', roles: {}, ...more } })).secret;
    assert.equal(await put('https://one.example', { clientSecret: 'of one' }), true);
    assert.equal(await put('https://one.example'), true);
    assert.equal(await put('https://another.example'), false);
    assert.equal(await put('https://one.example'), false);
  });
});
