// The admin daemon from outside: over HTTP, over socket.io, and through the command line.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import path from 'node:path';
import { io } from 'socket.io-client';
import type { ProblemDocument } from '../../core/api/contract.ts';
import { ProblemError } from '../../core/model/problem.ts';
import { checkSchema } from '../../core/schema.ts';
import { type Admin, startAdmin, until } from '../admin.ts';

describe('admin daemon', function () {
  this.timeout(120_000);
  let admin: Admin;
  before(async () => {
    admin = await startAdmin();
  });
  after(async () => admin.remove());

  const send = (method: string, route: string, body?: string, headers: Record<string, string> = {}) =>
    fetch(`${admin.url}/api/v1${route}`, {
      method,
      headers: { authorization: `Bearer ${admin.client.token}`, 'content-type': 'application/json', ...headers },
      ...(body !== undefined && { body }),
    });
  const problemsOf = async (answer: globalThis.Response) => {
    assert.equal(answer.headers.get('content-type')?.split(';')[0], 'application/problem+json');
    return (await answer.json()) as ProblemDocument;
  };

  it('tells strangers nothing but how to sign in', async () => {
    for (const route of ['/nodes', '/status', '/plan', '/nothing']) {
      const answer = await fetch(`${admin.url}/api/v1${route}`);
      assert.equal(answer.status, 401);
      assert.match((await problemsOf(answer)).problems[0]!.next!, /one-time link/);
    }
  });

  it('signs one browser in with the printed link, once', async () => {
    const code = admin.link.split('/').at(-1)!;
    const signIn = () =>
      fetch(`${admin.url}/api/v1/session`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ code }) });
    const first = await signIn();
    assert.equal(first.status, 200);
    const cookie = first.headers.get('set-cookie')!;
    assert.match(cookie, /HttpOnly/);
    assert.match(cookie, /SameSite=Strict/);
    assert.equal((await signIn()).status, 401);
    const session = cookie.split(';')[0]!;
    assert.equal((await fetch(`${admin.url}/api/v1/nodes`, { headers: { cookie: session } })).status, 200);
    // A page of another site has the browser send the cookie along, but cannot say that it is ours.
    const forged = await fetch(`${admin.url}/api/v1/deployments`, {
      method: 'POST',
      headers: { cookie: session, origin: 'https://elsewhere.example', 'content-type': 'application/json' },
      body: '{"name":"x"}',
    });
    assert.equal(forged.status, 401);
    const own = await fetch(`${admin.url}/api/v1/deployments`, {
      method: 'POST',
      headers: { cookie: session, origin: admin.url, 'content-type': 'application/json' },
      body: '{"name":"x"}',
    });
    assert.equal(own.status, 200);
  });

  it('describes itself in OpenAPI 3.1 with schemas that are schemas', async () => {
    const document = (await (await fetch(`${admin.url}/api/v1/openapi.json`)).json()) as {
      openapi: string;
      paths: Record<
        string,
        Record<
          string,
          { responses: Record<string, { content: Record<string, { schema: object }> }>; requestBody?: { content: Record<string, { schema: object }> } }
        >
      >;
    };
    assert.equal(document.openapi, '3.1.0');
    assert(document.paths['/api/v1/nodes/{id}/approve']?.post);
    for (const methods of Object.values(document.paths)) {
      for (const { responses, requestBody } of Object.values(methods)) {
        // JSON, but for files, which come and go as they are.
        for (const { schema } of [...Object.values(responses['200']!.content), ...Object.values(requestBody?.content ?? {})])
          assert.deepEqual(checkSchema(schema), []);
      }
    }
  });

  it('says where a request is wrong', async () => {
    const broken = await problemsOf(await send('POST', '/deployments', '{\n  "name": "a",\n  oops\n}'));
    assert.deepEqual([broken.status, broken.problems[0]!.where?.line], [400, 3]);
    const typo = await problemsOf(await send('POST', '/deployments', '{"nam":"a"}'));
    assert.deepEqual(typo.problems.map((p) => p.summary).sort(), ['"nam" is not a known property.', '"name" is missing.']);
    const number = await problemsOf(await send('GET', '/runs/seven'));
    assert.equal(number.status, 400);
    assert.equal((await send('GET', '/nodes/nobody')).status, 404);
    assert.equal((await send('POST', '/deployments', `{"name":"${'x'.repeat(3_000_000)}"}`)).status, 413);
  });

  it('refuses what is nested without end, and keeps nothing of it', async () => {
    const nested = (depth: number) => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;
    for (const depth of [200, 2_000, 200_000]) {
      const refused = await problemsOf(await send('PUT', '/proposals/time.ntp/draft', `{"revision":1,"draft":{"attributes":${nested(depth)},"roles":{}}}`));
      assert.equal(refused.status, 400, `${depth}`);
      assert.match(refused.problems[0]!.summary, /nested deeper than 100 levels/);
    }
  });

  it('changes nothing on GET', async () => {
    const before = (await admin.client.call('GET /status')).seq;
    for (const route of ['GET /nodes', 'GET /proposals', 'GET /plan', 'GET /runs', 'GET /barclamps', 'GET /lab', 'GET /deployments'] as const)
      await admin.client.call(route);
    assert.equal((await admin.client.call('GET /status')).seq, before);
  });

  it('keeps the second of two editors from overwriting the first', async () => {
    await admin.client.call('POST /deployments', { body: { name: 'time' } });
    const begun = await admin.client.call('POST /proposals', { body: { deployment: 'time', barclamp: 'ntp' } });
    const draft = { attributes: { maxWait: 60 }, roles: {} };
    await admin.client.call('PUT /proposals/:id/draft', { params: { id: begun.id }, body: { revision: begun.revision, draft } });
    await assert.rejects(
      admin.client.call('PUT /proposals/:id/draft', {
        params: { id: begun.id },
        body: { revision: begun.revision, draft: { attributes: { maxWait: 90 }, roles: {} } },
      }),
      (error: ProblemError) => {
        assert.equal(error.status, 409);
        assert.match(error.problems[0]!.summary, /^command-line changed time\.ntp while you did/);
        assert.equal(error.problems[0]!.detail, 'attributes.maxWait: nothing → 60');
        return true;
      },
    );
    assert.deepEqual((await admin.client.call('GET /proposals/:id', { params: { id: begun.id } })).draft, draft);
  });

  it('puts two edits together where they touch different settings, and only when asked to', async () => {
    const { id, revision, draft } = await admin.client.call('GET /proposals/:id', { params: { id: 'time.ntp' } });
    const put = (attributes: Record<string, unknown>, merge?: boolean) =>
      admin.client.call('PUT /proposals/:id/draft', { params: { id }, body: { revision, draft: { ...draft, attributes }, ...(merge && { merge }) } });
    await put({ maxWait: 60, upstream: ['a.example.net'] });
    await assert.rejects(put({ maxWait: 70 }));
    await assert.rejects(put({ maxWait: 60, upstream: ['b.example.net'] }, true), /upstream: nothing → \["a.example.net"\]/);
    assert.deepEqual((await put({ maxWait: 70 }, true)).draft.attributes, { maxWait: 70, upstream: ['a.example.net'] });
  });

  it('refuses to commit what its schema refuses, and keeps the draft', async () => {
    const { revision } = await admin.client.call('GET /proposals/:id', { params: { id: 'time.ntp' } });
    const wrong = { attributes: { maxWait: 1, upstream: ['time.example.net\nallow 0/0'] }, roles: { 'ntp-server': ['nowhere'] } };
    const saved = await admin.client.call('PUT /proposals/:id/draft', { params: { id: 'time.ntp' }, body: { revision, draft: wrong } });
    await assert.rejects(
      admin.client.call('POST /proposals/:id/commit', { params: { id: 'time.ntp' }, body: { revision: saved.revision } }),
      (error: ProblemError) => {
        const found = error.problems.map((p) => p.where?.pointer ?? p.where?.node);
        return found.includes('/attributes/maxWait') && found.includes('/attributes/upstream/0') && found.includes('nowhere');
      },
    );
    assert.deepEqual((await admin.client.call('GET /proposals/:id', { params: { id: 'time.ntp' } })).draft, wrong);
  });

  it('asks a barclamp what it objects to, and what it suggests', async () => {
    const begun = await admin.client.call('POST /proposals', { body: { deployment: 'time', barclamp: 'os-install' } });
    const params = { id: begun.id };
    const draft = { attributes: { image: 'golden' }, roles: {} };
    const saved = await admin.client.call('PUT /proposals/:id/draft', { params, body: { revision: begun.revision, draft } });
    const problems = [
      (await admin.client.call('POST /proposals/:id/preview', { params })).problems,
      (await admin.client.call('POST /proposals/:id/check', { params, body: {} })).problems,
    ];
    for (const found of problems)
      assert.deepEqual([found[0]!.summary, found[0]!.where], ['There is no image called golden.', { pointer: '/attributes/image' }]);
    await assert.rejects(admin.client.call('POST /proposals/:id/commit', { params, body: { revision: saved.revision } }), /There is no image called golden/);
    const file = path.join(admin.state, 'image.yml');
    writeFileSync(file, '# comment\nattributes:\n  image: golden\nroles: {}\n');
    assert.match(admin.cli('proposal', 'edit', begun.id, '--file', file).stderr, /There is no image called golden\.\n\s+where\s+\S*image\.yml:3/);
    // The admin node alone is no machine for a queue.
    await admin.client.call('POST /deployments', { body: { name: 'small', pools: ['admin'] } });
    const queue = await admin.client.call('POST /proposals', { body: { deployment: 'small', barclamp: 'message-queue' } });
    assert.deepEqual(await admin.client.call('GET /proposals/:id/suggestion', { params: { id: queue.id } }), { roles: {}, problems: [] });
  });

  it('shows the line of a YAML file that is wrong, on the command line', () => {
    const file = path.join(admin.state, 'wrong.yml');
    writeFileSync(file, '# comment\nattributes:\n  maxWait: 60\n  upstreem: [a]\nroles: {}\n');
    const typo = admin.cli('proposal', 'edit', 'time.ntp', '--file', file);
    assert.equal(typo.status, 1);
    assert.match(typo.stderr, /"upstreem" is not a known property/);
    assert.match(typo.stderr, /wrong\.yml:3/);
    writeFileSync(file, 'attributes:\n\tmaxWait: 60\n');
    const tab = admin.cli('proposal', 'edit', 'time.ntp', '--file', file);
    assert.match(tab.stderr, /not valid YAML/);
    assert.match(tab.stderr, /wrong\.yml:2/);
  });

  it('speaks JSON to programs, also when it refuses', () => {
    const nodes = admin.cli('node', 'list', '--json');
    assert.deepEqual(
      (JSON.parse(nodes.stdout) as { name: string }[]).map((n) => n.name),
      ['admin'],
    );
    const missing = admin.cli('--json', 'node', 'show', 'nobody');
    assert.equal(missing.status, 1);
    assert.match((JSON.parse(missing.stderr) as { problems: { summary: string }[] }).problems[0]!.summary, /no machine called nobody/);
  });

  it('completes words at the prompt of a shell: commands, options, and names of what there is', () => {
    const script = admin.cli('completion', 'bash').stdout;
    assert.equal(spawnSync('bash', ['-n'], { input: script, encoding: 'utf8' }).status, 0);
    assert.match(script, /prybar complete -- /);
    // What the script asks when Tab is pressed behind the last word.
    const offered = (...words: string[]): string[] =>
      admin
        .cli('complete', '--', ...words)
        .stdout.split('\n')
        .filter((line) => line && !/^:\d+$/.test(line))
        .map((line) => line.split('\t')[0]!);
    assert.deepEqual(offered('ne'), ['network']);
    assert.deepEqual(offered('deployment', 'pau'), ['pause']);
    assert(offered('order', 'create', '--').includes('--where'));
    assert.deepEqual(offered('deployment', 'pause', 'ti'), ['time']);
    assert.deepEqual(offered('node', 'show', ''), ['admin']);
    assert.match(admin.cli('--help').stdout, /^ +completion <shell> +what completes words/m);
  });

  it('wakes those who listen, and sends what they missed', async () => {
    const socket = io(admin.url, {
      path: '/api/v1/live',
      extraHeaders: { authorization: `Bearer ${admin.client.token}` },
      transports: ['websocket'],
      reconnection: false,
    });
    const seen: { seq: number; kinds: string[] }[] = [];
    socket.on('changes', (batch: { seq: number; changes: { kind: string }[] }) => seen.push({ seq: batch.seq, kinds: batch.changes.map((c) => c.kind) }));
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('connect_error', reject);
    });
    await admin.client.call('POST /deployments', { body: { name: 'live' } });
    await until(
      () => seen.some((batch) => batch.kinds.includes('deployment')),
      3000,
      () => 'no change was heard of',
    );
    seen.length = 0;
    socket.emit('resume', 0);
    await until(
      () => seen.length,
      3000,
      () => 'nothing was sent again',
    );
    socket.close();
    const stranger = io(admin.url, { path: '/api/v1/live', transports: ['websocket'], reconnection: false, forceNew: true });
    await new Promise<void>((resolve, reject) => {
      stranger.once('connect_error', () => resolve());
      stranger.once('connect', () => reject(new Error('a stranger may listen')));
    });
    stranger.close();
  });

  it('searches and narrows the history of runs, and says what a search lacks', async () => {
    const hits = await admin.client.call('GET /runs/search', { query: { text: 'nothing has said this' } });
    assert.deepEqual(hits, []);
    const wordless = await problemsOf(await send('GET', '/runs/search?text=--'));
    assert.deepEqual([wordless.status, /no word/.test(wordless.problems[0]!.summary)], [400, true]);
    assert.equal((await send('GET', '/runs?outcome=splendid')).status, 400);
    assert.deepEqual(await admin.client.call('GET /runs', { query: { outcome: 'failed', deployment: 'time', since: 1, until: Date.now() } }), []);
    assert.match(admin.cli('run', 'prune', '--dry-run').stdout, /^0 runs with 0 lines of log would be deleted/);
    assert.match(admin.cli('run', 'list', '--since', 'yesterday').stderr, /yesterday is neither a time nor a length of time/);
    assert.equal(admin.cli('run', 'list', '--since', '2d', '--outcome', 'failed').status, 0);
  });

  it('says that nothing is failing or has drifted, and looks only at what is there', async () => {
    assert.deepEqual([await admin.client.call('GET /health'), await admin.client.call('GET /drift')], [[], []]);
    assert.equal((await problemsOf(await send('POST', `/node-roles/${encodeURIComponent('time/ntp-server@n9')}/check`, '{}'))).status, 404);
    const slow = await admin.client.call('PATCH /deployments/:name', { params: { name: 'time' }, body: { driftEvery: '2d' } });
    assert.equal(slow.driftEvery, '2d');
    const never = await admin.client.call('PATCH /deployments/:name', { params: { name: 'time' }, body: { driftEvery: null } });
    assert.equal(never.driftEvery, undefined);
    assert.equal((await send('PATCH', '/deployments/time', '{"driftEvery":"often"}')).status, 400);
  });

  it('serves the page under a strict content policy', async () => {
    const page = await fetch(`${admin.url}/nodes/n1`);
    assert.match(page.headers.get('content-security-policy')!, /default-src 'self'/);
    assert.doesNotMatch(page.headers.get('content-security-policy')!, /unsafe/);
  });

  it('keeps its state to one process, and says who has it', async () => {
    await assert.rejects(startAdmin(['--no-lab'], admin.state), /Another admin node \(process \d+\)/);
  });

  it('names every setting that is wrong', async () => {
    await assert.rejects(startAdmin(['--no-lab', '--machines', '99']), /machines/);
    await assert.rejects(startAdmin(['--colour']), /--colour is not an option/);
    const help = spawnSync(process.execPath, [path.join(import.meta.dirname, '../../core/main.ts'), '--help'], { encoding: 'utf8' });
    assert.equal(help.status, 0);
    assert.match(help.stdout, /--until-done/);
  });

  it('ends with status 0 and comes up again with what it knew', async () => {
    assert.equal(await admin.stop(), 0);
    admin = await startAdmin(['--no-lab'], admin.state);
    assert((await admin.client.call('GET /deployments')).some((d) => d.name === 'time'));
    admin.process.kill('SIGKILL');
    await sleep(200);
    admin = await startAdmin(['--no-lab'], admin.state);
    assert((await admin.client.call('GET /deployments')).some((d) => d.name === 'time'));
  });
});
