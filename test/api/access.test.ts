// Who gets in, and what becomes of those who should not: users, sessions, tokens, against a running admin daemon.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { request } from 'node:http';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { AuditRecord } from '../../core/model/audit.ts';
import { openStore } from '../../core/store/store.ts';
import type { OpenSessionView, ProblemDocument, SessionView, TokenView } from '../../core/api/contract.ts';
import { type Admin, startAdmin } from '../admin.ts';

const PASSPHRASE = 'four words nobody expects';

describe('sign-in', function () {
  this.timeout(120_000);
  let admin: Admin;
  before(async () => {
    admin = await startAdmin();
  });
  after(async () => admin.remove());

  /** A browser: keeps its cookies, and says where its page is from. */
  const browser = () => {
    const cookies = new Map<string, string>();
    const ask = async (method: string, route: string, body?: unknown, headers: Record<string, string> = {}) => {
      const answer = await fetch(`${admin.url}/api/v1${route}`, {
        method,
        headers: {
          'content-type': 'application/json',
          'sec-fetch-site': 'same-origin',
          cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; '),
          ...headers,
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      for (const line of answer.headers.getSetCookie()) {
        const [, name, value] = /^([^=]+)=([^;]*)/.exec(line)!;
        cookies.set(name!, value!);
      }
      return { status: answer.status, body: await answer.json(), setCookie: answer.headers.getSetCookie() };
    };
    return { ask, cookies, signIn: (user: string, passphrase: string) => ask('POST', '/session', { user, passphrase }) };
  };
  const summary = (answer: { body: unknown }) => (answer.body as ProblemDocument).problems[0]!.summary;
  /** Until it is told to wait: where a guess takes longer to look at than the first wait, later ones are. Five are free. */
  const guessing = async <T extends { status: number }>(guess: (text: string) => Promise<T>, wrong: number): Promise<T> => {
    for (let turn = 0; turn < 12; turn++) {
      const answer = await guess(`guess number ${turn}`);
      if (turn >= 5 && answer.status === 429) return answer;
      assert.equal(answer.status, wrong, `guess ${turn}`);
    }
    throw new Error('nobody was told to wait');
  };
  const bearer = (text: string) => ({ authorization: `Bearer ${text}`, cookie: '' });
  const prybar = (input: string, ...words: string[]) =>
    spawnSync(process.execPath, [path.resolve(import.meta.dirname, '../../core/cli/prybar.ts'), '--state', admin.state, ...words], { input, encoding: 'utf8' });

  it('has no user at first; the printed link leads to making one, who then signs in with a passphrase', async () => {
    const first = browser();
    assert.deepEqual((await first.ask('GET', '/sign-in')).body, { passphrase: false });
    const begun = await first.ask('POST', '/session', { code: admin.link.split('/').at(-1) });
    const { acts, ...console_ } = begun.body as SessionView;
    assert.deepEqual(console_, { user: 'console', role: 'admin', passphrase: false, firstUser: true } satisfies Omit<SessionView, 'acts'>);
    assert(acts.includes('POST /users') && !acts.some((act) => act.startsWith('GET ')), 'it may do everything');
    assert.equal(
      summary(await first.ask('POST', '/users', { name: 'ada', role: 'admin', passphrase: 'short' })),
      'A passphrase has at least 12 characters; this has 5.',
    );
    assert.equal((await first.ask('POST', '/users', { name: 'ada', role: 'admin', passphrase: 'passwordpassword' })).status, 409);
    assert.equal((await first.ask('POST', '/users', { name: 'console', role: 'admin', passphrase: PASSPHRASE })).status, 409);
    assert.equal((await first.ask('POST', '/users', { name: 'ada', role: 'admin', passphrase: PASSPHRASE })).status, 200);
    const signedIn = await first.signIn('ada', PASSPHRASE);
    const { acts: own, ...ada } = signedIn.body as SessionView;
    assert.deepEqual(ada, { user: 'ada', role: 'admin', passphrase: true, firstUser: false } satisfies Omit<SessionView, 'acts'>);
    assert.deepEqual(own, acts);
    assert.match(signedIn.setCookie[0]!, /^prybar_session=\S+; Max-Age=43200; Path=\/; Expires=.*; HttpOnly; SameSite=Strict$/);
    const sessions = (await first.ask('GET', '/sessions?all=true')).body as OpenSessionView[];
    assert.deepEqual(
      sessions.map(({ user, how, own, address }) => ({ user, how, own, address })),
      [{ user: 'ada', how: 'passphrase', own: true, address: '127.0.0.1' }],
      'the session of the link ended when another began in the same browser',
    );
  });

  it('gives away nothing that a user is not told: no hash, no passphrase', async () => {
    const ada = browser();
    await ada.signIn('ada', PASSPHRASE);
    const all = JSON.stringify((await ada.ask('GET', '/users')).body);
    assert(!all.includes('scrypt') && !all.includes('hash'), all);
    const events = JSON.stringify((await ada.ask('GET', '/events')).body);
    assert(!events.includes('scrypt'));
  });

  it('takes only what a page of its own asks with the cookie of a session', async () => {
    const ada = browser();
    await ada.signIn('ada', PASSPHRASE);
    const ways: [Record<string, string>, number][] = [
      [{ 'sec-fetch-site': 'same-origin' }, 200],
      [{ 'sec-fetch-site': 'cross-site' }, 401],
      [{ 'sec-fetch-site': 'same-site' }, 401],
      [{ 'sec-fetch-site': 'none' }, 401],
      [{ 'sec-fetch-site': '', origin: admin.url }, 200],
      [{ 'sec-fetch-site': '', origin: 'https://elsewhere.example' }, 401],
      [{ 'sec-fetch-site': '', origin: 'null' }, 401],
      [{ 'sec-fetch-site': '' }, 401],
    ];
    for (const [headers, status] of ways)
      assert.equal((await ada.ask('POST', '/proposals/system.wipe/preview', {}, headers)).status, status, JSON.stringify(headers));
    // Being signed in as somebody else without noticing is an attack, too.
    assert.equal((await browser().ask('POST', '/session', { user: 'ada', passphrase: PASSPHRASE }, { 'sec-fetch-site': 'cross-site' })).status, 403);
  });

  it('lets each role do what it may, and says who can give another', async () => {
    assert.equal(prybar(`${PASSPHRASE}\n`, 'user', 'add', 'vera', '--stdin').status, 0);
    const vera = browser();
    assert.equal((await vera.signIn('vera', PASSPHRASE)).status, 200);
    assert.equal((await vera.ask('GET', '/nodes')).status, 200);
    const refused = await vera.ask('POST', '/deployments', { name: 'x' });
    assert.deepEqual([refused.status, summary(refused)], [403, 'This needs the role operator; vera has the role viewer.']);
    assert.match((refused.body as ProblemDocument).problems[0]!.next!, /prybar user role vera operator/);
    assert.equal((await vera.ask('GET', '/sessions?all=true')).status, 403);
    assert.match(prybar('', 'user', 'role', 'vera', 'operator').stdout, /vera is operator now/);
    assert.equal((await vera.ask('POST', '/deployments', { name: 'x' })).status, 200);
    assert.equal((await vera.ask('POST', '/users', { name: 'eve', role: 'admin' })).status, 403);
  });

  it('ends sessions: by signing out, from elsewhere, with the passphrase, and with the user', async () => {
    const [one, two] = [browser(), browser()];
    await one.signIn('vera', PASSPHRASE);
    await two.signIn('vera', PASSPHRASE);
    const other = ((await one.ask('GET', '/sessions')).body as OpenSessionView[]).find(({ own }) => !own)!;
    assert.equal((await two.ask('GET', '/session')).status, 200);
    for (const { id, own } of (await one.ask('GET', '/sessions')).body as OpenSessionView[]) if (!own) await one.ask('DELETE', `/sessions/${id}`);
    assert.equal((await two.ask('GET', '/session')).status, 401);
    assert.equal((await one.ask('DELETE', `/sessions/${other.id}`)).status, 404);
    await two.signIn('vera', PASSPHRASE);
    assert.equal((await one.ask('PUT', '/session/passphrase', { current: 'another than hers', passphrase: `${PASSPHRASE} now` })).status, 403);
    assert.equal((await one.ask('PUT', '/session/passphrase', { current: PASSPHRASE, passphrase: `${PASSPHRASE} now` })).status, 200);
    assert.deepEqual([(await one.ask('GET', '/session')).status, (await two.ask('GET', '/session')).status], [200, 401]);
    assert.equal((await two.signIn('vera', PASSPHRASE)).status, 401);
    const copied = new Map(one.cookies);
    await one.ask('DELETE', '/session');
    const thief = browser();
    for (const [name, value] of copied) thief.cookies.set(name, value);
    assert.equal((await thief.ask('GET', '/session')).status, 401, 'a copy of the cookie is of no use after signing out');
    await two.signIn('vera', `${PASSPHRASE} now`);
    prybar('', 'user', 'disable', 'vera');
    assert.equal((await two.ask('GET', '/session')).status, 401);
    assert.equal((await two.signIn('vera', `${PASSPHRASE} now`)).status, 401);
    prybar('', 'user', 'enable', 'vera');
    assert.equal((await two.ask('GET', '/session')).status, 401, 'nor does it come back with the user');
    prybar(PASSPHRASE, 'user', 'passphrase', 'vera', '--stdin');
  });

  it('lets nobody find out by an open session what the passphrase is', async () => {
    const found = browser();
    await found.signIn('vera', PASSPHRASE);
    await guessing((current) => found.ask('PUT', '/session/passphrase', { current, passphrase: `${PASSPHRASE} mine` }), 403);
    assert.equal((await browser().signIn('vera', PASSPHRASE)).status, 200, 'she is kept out of nothing by that');
  });

  it('always leaves an admin, and the console a way in', async () => {
    assert.match(prybar('', 'user', 'role', 'ada', 'viewer').stderr, /ada is the only admin of the site/);
    assert.match(prybar('', 'user', 'disable', 'ada').stderr, /ada is the only admin of the site/);
    const link = prybar('', 'sign-in', '--user', 'ada').stdout.trim();
    const back = browser();
    const begun = await back.ask('POST', '/session', { code: link.split('/').at(-1) });
    assert.equal((begun.body as SessionView).user, 'ada');
    // Whoever forgot it and came by a link need not know it.
    assert.equal((await back.ask('PUT', '/session/passphrase', { passphrase: PASSPHRASE })).status, 200);
    assert.match(prybar('', 'sign-in', '--user', 'nobody').stderr, /no user called nobody/);
  });

  it('gives programs tokens that are shown once, narrowed, and can be revoked', async () => {
    const made = JSON.parse(
      prybar('', 'token', 'add', 'ci', '--role', 'operator', '--scope', 'nodes:read', 'deployments:write', '--json').stdout,
    ) as TokenView & { text: string };
    assert.match(made.text, /^pry_\S{32}$/);
    const { ask } = browser();
    const as = bearer(made.text);
    assert.equal((await ask('GET', '/nodes', undefined, as)).status, 200);
    assert.equal((await ask('POST', '/deployments', { name: 'by-token' }, as)).status, 200);
    const narrow = await ask('GET', '/runs', undefined, as);
    assert.deepEqual(
      [narrow.status, summary(narrow)],
      [403, 'This needs the scope runs:read; the token ci of command-line has nodes:read, deployments:write.'],
    );
    assert.equal((await ask('POST', '/tokens', { name: 'more' }, as)).status, 403);
    assert(!prybar('', 'token', 'list', '--json').stdout.includes(made.text));
    assert.equal(prybar('', 'token', 'revoke', made.id).status, 0);
    assert.equal((await ask('GET', '/nodes', undefined, as)).status, 401);
    assert.match(prybar('', 'token', 'add', 'x', '--role', 'emperor').stderr, /role/);
  });

  it('lets a token never do more than its owner may', async () => {
    const vera = browser();
    await vera.signIn('vera', PASSPHRASE);
    assert.equal((await vera.ask('POST', '/tokens', { name: 'up', role: 'admin' })).status, 403);
    const { text } = (await vera.ask('POST', '/tokens', { name: 'own' })).body as { text: string };
    assert.equal((await vera.ask('POST', '/deployments', { name: 'vera-1' }, bearer(text))).status, 200);
    prybar('', 'user', 'role', 'vera', 'viewer');
    assert.equal((await vera.ask('POST', '/deployments', { name: 'vera-2' }, bearer(text))).status, 403);
    prybar('', 'user', 'disable', 'vera');
    assert.equal((await vera.ask('GET', '/nodes', undefined, bearer(text))).status, 401);
    prybar('', 'user', 'enable', 'vera');
  });

  it('slows down who guesses, but not the browser that has signed in before', async () => {
    const known = browser();
    await known.signIn('ada', PASSPHRASE);
    const stranger = browser();
    const refused = await guessing((guess) => stranger.signIn('ada', guess), 401);
    assert.match(summary(refused), /the next one counts in \d+ s/);
    // Also with the right one: an answer before its time would tell that it is right.
    assert.equal((await stranger.signIn('ada', PASSPHRASE)).status, 429);
    assert.equal((await known.signIn('ada', PASSPHRASE)).status, 200);
    // A browser that one user has signed in with is no way to guess at another.
    await guessing((guess) => known.signIn('vera', guess), 401);
    // And the console still prints a link that works.
    const link = prybar('', 'sign-in').stdout.trim();
    assert.equal((await stranger.ask('POST', '/session', { code: link.split('/').at(-1) })).status, 200);
  });

  it('answers strangers of one address so often and no more, reads nothing that they send, and answers who is signed in', async () => {
    const from = (localAddress: string, headers: Record<string, string> = {}, body = '') =>
      new Promise<number>((resolve, reject) => {
        const path = body ? '/api/v1/deployments' : '/api/v1/sign-in';
        const asking = request(`${admin.url}${path}`, { localAddress, headers, method: body ? 'POST' : 'GET', agent: false }, (answer) => {
          answer.resume().on('end', () => resolve(answer.statusCode!));
        });
        asking.on('error', reject).end(body);
      });
    const json = { 'content-type': 'application/json' };
    assert.equal(await from('127.0.0.2', json, '{ this is no JSON'), 401);
    assert.equal(await from('127.0.0.2', { ...json, authorization: `Bearer ${admin.client.token}` }, '{ this is no JSON'), 400);
    const answers: number[] = [];
    for (let turn = 0; turn < 320; turn++) answers.push(await from('127.0.0.2'));
    assert.deepEqual([answers[0], answers.at(-1)], [200, 429]);
    assert.equal(await from('127.0.0.2', { authorization: `Bearer ${admin.client.token}` }), 200);
    assert.equal(await from('127.0.0.3'), 200);
  });

  it('keeps who did what, from what to what, without any secret', async () => {
    const records = async (query = '') => (await browser().ask('GET', `/audit${query}`, undefined, bearer(admin.client.token))).body as AuditRecord[];
    const role = (await records('?text=vera%20role&limit=1000')).length;
    assert.equal(role, 0, 'words are looked for in who, act and what it is about, not in values');
    const changed = (await records('?text=PATCH%20users%20vera')).find(({ facts }) => facts[0]?.changes.some(({ after }) => after === 'operator'))!;
    assert.deepEqual(
      { who: changed.who, by: changed.by, act: changed.act, outcome: changed.outcome, asked: changed.asked, facts: changed.facts },
      {
        who: 'command-line',
        by: 'command-line',
        act: 'PATCH /users/:name',
        outcome: 'done',
        asked: { name: 'vera', role: 'operator' },
        facts: [{ kind: 'user', id: 'vera', changes: [{ pointer: '/role', before: 'viewer', after: 'operator' }] }],
      },
    );
    const refused = await records('?who=vera&text=POST%20/users');
    assert.match(refused.find(({ outcome }) => outcome === 'refused')!.why!, /needs the role admin/);
    const guesses = (await records('?text=/session&who=ada')).filter(({ outcome }) => outcome === 'refused');
    assert.match(guesses.at(-1)!.why!, /name or the passphrase is wrong/);
    assert.equal(guesses.at(-1)!.address, '127.0.0.1');
    const all = JSON.stringify(await records('?limit=1000'));
    assert(!all.includes(PASSPHRASE) && !all.includes('scrypt') && !all.includes('pry_'), 'no passphrase, hash or token');
    assert(all.includes('"passphrase":"***"'));
    assert.match(prybar('', 'audit', 'list', 'patch', 'vera', '--limit', '5').stdout, /Give a user another role or tenant.*user vera: disabled/);
    assert.equal((await browser().ask('GET', '/audit', undefined, bearer('pry_nobody'))).status, 401);
  });

  it('shows when its log was touched, and where', async () => {
    const verified = prybar('', 'audit', 'verify');
    const [, count] = /^(\d+) records, each fits/.exec(verified.stdout)!;
    const head = verified.stdout.trim().split('\n').at(-1)!;
    assert.equal(prybar('', 'audit', 'verify', '--expect', head).status, 0);
    await admin.stop();
    const database = new DatabaseSync(path.join(admin.state, 'store/facts.db'));
    assert.throws(() => database.exec('DELETE FROM audit WHERE seq = 3'), /append-only/);
    assert.throws(() => database.exec("UPDATE audit SET who = 'eve' WHERE seq = 3"), /append-only/);
    database.exec('DROP TRIGGER audit_no_update; DROP TRIGGER audit_no_delete');
    const body = database.prepare('SELECT body FROM audit WHERE seq = 5').get()!.body as string;
    const check = async (sql: string) => {
      database.exec(sql);
      const store = await openStore({ file: path.join(admin.state, 'store/facts.db') });
      const found = await store.auditLog.check({ seq: Number(head.split(':')[0]), hash: head.split(':')[1]! });
      await store.close();
      return found.broken;
    };
    assert.equal(await check('SELECT 1'), undefined);
    assert.deepEqual(await check(`UPDATE audit SET body = replace(body, 'done', 'failed') WHERE seq = 5`), {
      seq: 5,
      why: 'its text is not the one that was written, or the one before was changed',
    });
    database.prepare('UPDATE audit SET body = ? WHERE seq = 5').run(body);
    assert.equal((await check("UPDATE audit SET who = 'eve' WHERE seq = 4"))?.seq, 4);
    database.exec("UPDATE audit SET who = body ->> 'who' WHERE seq = 4");
    assert.deepEqual(await check(`DELETE FROM audit WHERE seq = ${count}`), { seq: Number(count), why: 'it was noted down, and is missing' });
    assert.deepEqual(await check('DELETE FROM audit WHERE seq = 2'), { seq: 2, why: 'it is missing' });
    database.close();
  });
});
