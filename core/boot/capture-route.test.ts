import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import express, { type NextFunction, type Request, type Response } from 'express';
import { ProblemError } from '../model/problem.ts';
import { openStore, type Store } from '../store/store.ts';
import { type Captures, openCaptures, PART_BYTES } from './capture-route.ts';

const TOKEN = 'one.secret';

describe('what a machine sends of its disk', () => {
  let folder: string;
  let store: Store;
  let server: Server;
  let captures: Captures;
  let url: string;
  let spare: number;
  let router: express.Router;
  const files = () => readdirSync(path.join(folder, 'arriving'));

  beforeEach(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'prybar-captures-'));
    mkdirSync(path.join(folder, 'arriving'));
    store = await openStore({ file: path.join(folder, 'facts.db') });
    await store.put('capturing', 'n1', { nodeId: 'n1', id: 'one', most: 3 * PART_BYTES }, 'new');
    await store.issueToken(TOKEN, 'capture', 'n1', Date.now() + 60_000);
    spare = 0;
    begin();
    const app = express();
    app.use((request, response, next) => router(request, response, next));
    app.use((error: Error & { status?: number }, _request: Request, response: Response, _next: NextFunction) => {
      response.status(error.status ?? 500).json({ said: error instanceof ProblemError ? error.problems[0]!.summary : error.message });
    });
    server = createServer(app);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await store.close();
    rmSync(folder, { recursive: true });
  });

  const begin = () => {
    captures = openCaptures({ store, folder: path.join(folder, 'arriving'), now: Date.now, spare });
    router = express.Router();
    router.post('/:number', ...captures.route);
  };
  const send = async (number: number | string, body: Buffer, token = TOKEN): Promise<number> => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/octet-stream' };
    return (await fetch(`${url}/${number}`, { method: 'POST', headers, body: new Uint8Array(body) })).status;
  };

  it('is put together in order, and a part that comes again counts once', async () => {
    const parts = [randomBytes(PART_BYTES), randomBytes(PART_BYTES), randomBytes(10)];
    // Its answer got lost, or its first sending is still arriving.
    const answers = [
      await send('000000', parts[0]!),
      await send(0, parts[0]!),
      ...(await Promise.all([send(1, parts[1]!), send(1, parts[1]!)])),
      await send(2, parts[2]!),
    ];
    assert.deepEqual(answers, [204, 204, 204, 204, 204]);
    const whole = Buffer.concat(parts);
    const arrived = captures.arrived('one')!;
    assert.deepEqual([arrived.bytes, arrived.sha256], [whole.length, createHash('sha256').update(whole).digest('hex')]);
    assert.ok(readFileSync(arrived.file).equals(whole));
    await captures.drop('one');
    assert.deepEqual([files(), captures.arrived('one')], [[], undefined]);
  });

  it('is taken from nobody else, and from nobody when none is under way', async () => {
    const part = randomBytes(10);
    await store.issueToken('two.secret', 'capture', 'n1', Date.now() + 60_000);
    await store.issueToken('one.other', 'heartbeat', 'n1', Date.now() + 60_000);
    for (const token of ['', 'one.guessed', 'two.secret', 'one.other']) assert.equal(await send(0, part, token), 401, token);
    await store.remove('capturing', 'n1');
    assert.equal(await send(0, part), 401);
    await store.put('capturing', 'n1', { nodeId: 'n1', id: 'one', most: 100 }, 'new');
    await store.revokeTokens('capture', 'n1');
    assert.equal(await send(0, part), 401);
    assert.deepEqual(files(), []);
  });

  it('is no more than the disks of the machine hold, nor a part more than is said', async () => {
    for (const number of [0, 1, 2]) assert.equal(await send(number, randomBytes(PART_BYTES)), 204);
    assert.equal(await send(3, randomBytes(1)), 413);
    assert.equal(await send(3, randomBytes(PART_BYTES + 1)), 413);
    assert.equal(captures.arrived('one')!.bytes, 3 * PART_BYTES);
  });

  it('begins anew when the admin node does not know the parts before', async () => {
    assert.equal(await send(0, randomBytes(10)), 204);
    begin();
    assert.equal(await send(1, randomBytes(10)), 409);
    assert.equal(await send(0, randomBytes(20)), 204);
    assert.equal(captures.arrived('one')!.bytes, 20);
    assert.equal(await send('1x', randomBytes(10)), 400);
  });

  it('leaves room on the disk', async () => {
    spare = Number.MAX_SAFE_INTEGER;
    begin();
    assert.equal(await send(0, randomBytes(10)), 507);
    assert.deepEqual(files(), []);
  });
});
