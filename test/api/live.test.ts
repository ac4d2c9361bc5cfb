// Who may listen to the live feed, to what of it, and for how long: what a route refuses is not to be heard here either.

import assert from 'node:assert/strict';
import { io, type Socket } from 'socket.io-client';
import type { Change, OpenSessionView } from '../../core/api/contract.ts';
import { type Admin, startAdmin, until } from '../admin.ts';

const PASSPHRASE = 'four words nobody expects';

describe('the live feed', function () {
  this.timeout(120_000);
  let admin: Admin;
  const sockets: Socket[] = [];
  before(async () => {
    admin = await startAdmin(['--no-lab', '--https', '0']);
    for (const name of ['ada', 'olga', 'vera'])
      await admin.client.call('POST /users', { body: { name, role: name === 'ada' ? 'admin' : 'operator', passphrase: PASSPHRASE } });
  });
  after(async () => {
    for (const socket of sockets) socket.close();
    await admin?.remove();
  });

  const signIn = async (user: string): Promise<string> => {
    const answer = await fetch(`${admin.url}/api/v1/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'sec-fetch-site': 'same-origin' },
      body: JSON.stringify({ user, passphrase: PASSPHRASE }),
    });
    assert.equal(answer.status, 200);
    return answer.headers.getSetCookie()[0]!.split(';')[0]!;
  };
  /** Undefined where it is not let in. */
  const listen = (extraHeaders: Record<string, string>): Promise<{ socket: Socket; heard: string[]; left: Promise<string> } | undefined> =>
    new Promise((resolve) => {
      const socket = io(admin.url, { path: '/api/v1/live', extraHeaders, transports: ['websocket'], reconnection: false, forceNew: true });
      sockets.push(socket);
      const heard: string[] = [];
      socket.on('changes', ({ changes }: { changes: Change[] }) => heard.push(...changes.map(({ kind, id }) => `${kind} ${id}`)));
      const left = new Promise<string>((gone) => socket.once('disconnect', gone));
      socket.once('connect', () => resolve({ socket, heard, left }));
      socket.once('connect_error', () => resolve(undefined));
    });
  let count = 0;
  /** Something that everybody who hears of changes hears of. */
  const change = async (): Promise<string> => {
    const name = `change-${++count}`;
    await admin.client.call('POST /deployments', { body: { name } });
    return `deployment ${name}`;
  };
  const token = async (name: string, ...scopes: string[]) => {
    const { text } = await admin.client.call('POST /tokens', { body: { name, scopes } });
    return { authorization: `Bearer ${text}` };
  };

  it('is for pages of this admin node, and for nobody who is not signed in', async () => {
    const cookie = await signIn('olga');
    const ways: [Record<string, string>, boolean][] = [
      [{ cookie }, true],
      [{ cookie, origin: admin.url }, true],
      [{ cookie, origin: admin.url, 'sec-fetch-site': 'same-origin' }, true],
      [{ cookie, origin: 'https://elsewhere.example' }, false],
      [{ cookie, origin: 'null' }, false],
      [{ cookie, 'sec-fetch-site': 'cross-site' }, false],
      // Another port of this machine.
      [{ cookie, 'sec-fetch-site': 'same-site' }, false],
      [{ cookie: 'prybar_session=nothing' }, false],
      [{}, false],
    ];
    for (const [headers, good] of ways) assert.equal(Boolean(await listen(headers)), good, JSON.stringify(headers));
  });

  it('tells a token only what the token may read', async () => {
    const [narrow, feed] = [await listen(await token('narrow', 'images:read')), await listen(await token('feed', 'events:read'))];
    const made = await change();
    for (const { socket } of [narrow!, feed!]) socket.emit('resume', 0);
    await until(
      () => feed!.heard.filter((one) => one === made).length > 1,
      30_000,
      () => `${made} was not told: ${feed!.heard.join(', ')}`,
    );
    // What it asks for is answered in order: a console that it may not open comes last.
    const [found] = (await narrow!.socket.timeout(30_000).emitWithAck('openConsole', 'admin')) as { summary: string }[];
    assert.match(found!.summary, /needs the scope nodes:write/);
    assert.deepEqual(narrow!.heard, []);
  });

  it('tells nothing more to who has another role or tenant, not even of that', async () => {
    await admin.client.call('POST /tenants', { body: { name: 'red' } });
    for (const body of [{ role: 'viewer' }, { tenant: 'red' }] as const) {
      const here = (await listen({ cookie: await signIn('olga') }))!;
      const other = (await listen({ cookie: await signIn('ada') }))!;
      await admin.client.call('PATCH /users/:name', { params: { name: 'olga' }, body });
      const made = await change();
      await until(
        () => other.heard.includes(made),
        30_000,
        () => 'others hear of it',
      );
      assert.equal(await here.left, 'io server disconnect');
      assert.deepEqual(here.heard, []);
    }
  });

  it('ends with the session: ended from elsewhere, with the passphrase, and with the user', async () => {
    const ends: (() => Promise<unknown>)[] = [
      async () => {
        const sessions: OpenSessionView[] = await admin.client.call('GET /sessions', { query: { all: true } });
        for (const { user, id } of sessions) if (user === 'vera') await admin.client.call('DELETE /sessions/:id', { params: { id } });
      },
      () => admin.client.call('PUT /users/:name/passphrase', { params: { name: 'vera' }, body: { passphrase: PASSPHRASE } }),
      () => admin.client.call('PATCH /users/:name', { params: { name: 'vera' }, body: { disabled: true } }),
    ];
    for (const end of ends) {
      const here = (await listen({ cookie: await signIn('vera') }))!;
      await end();
      assert.equal(await Promise.race([here.left, new Promise((resolve) => setTimeout(resolve, 20_000, 'still there'))]), 'io server disconnect');
    }
  });
});
