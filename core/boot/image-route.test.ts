import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createHash, randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import path from 'node:path';
import express, { type NextFunction, type Request, type Response } from 'express';
import type { Image } from '../model/image.ts';
import { ProblemError } from '../model/problem.ts';
import { openStore, type Store } from '../store/store.ts';
import { imageRoute } from './image-route.ts';
import { type Admission, openAdmission } from './streams.ts';

describe('image route', () => {
  // More than the sockets between take, so that a client that does not read holds its place.
  const content = randomBytes(24 << 20);
  const digest = createHash('sha256').update(content).digest('hex');
  let folder: string;
  let store: Store;
  let server: Server;
  let admission: Admission;
  let url: string;

  beforeEach(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'prybar-route-'));
    store = await openStore({ file: path.join(folder, 'facts.db') });
    const file = path.join(folder, 'disk.raw.zst');
    writeFileSync(file, content);
    await store.put('image', digest, { name: 'debian-12', version: '12', digest, bytes: content.length, file } as Image, 'new');
    admission = openAdmission({ atOnce: { least: 1, most: 1 }, waitMs: 150, now: Date.now });
    const app = express();
    const addressOf = (asked: Request) => String(asked.headers['x-machine'] ?? 'machine');
    app.get('/boot/images/:digest', imageRoute({ store, admission, stallMs: 300, addressOf }));
    app.use((error: Error, _request: Request, response: Response, _next: NextFunction) => {
      assert.ok(error instanceof ProblemError, error.stack);
      response.status(error.status).json({ problems: error.problems });
    });
    server = createServer(app);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/boot/images/`;
  });
  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await store.close();
    rmSync(folder, { recursive: true });
  });

  const get = (headers: Record<string, string> = {}, method = 'GET') => fetch(url + digest, { headers, method });
  /** A machine that has been sent the beginning, and reads no further. */
  const holder = () =>
    new Promise<IncomingMessage>((resolve, reject) => {
      const asking = request(url + digest, { headers: { 'x-machine': 'holder' }, agent: false }, (answer) => {
        answer.on('error', () => {});
        resolve(answer.pause());
      });
      asking.on('error', reject).end();
    });
  const until = async (happened: () => boolean) => {
    for (let waited = 0; !happened(); waited++) {
      assert.ok(waited < 300, 'it did not happen within 3 s');
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  };

  it('gives the whole and says what it is', async () => {
    const answer = await get();
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get('cache-control'), 'public, max-age=31536000, immutable');
    assert.equal(answer.headers.get('repr-digest'), `sha-256=:${Buffer.from(digest, 'hex').toString('base64')}:`);
    assert.ok(Buffer.from(await answer.arrayBuffer()).equals(content));
    await until(() => admission.view().running === 0);
  });

  it('gives a part, and nothing to who has it', async () => {
    const part = await get({ range: 'bytes=1000-1999' });
    assert.equal(part.status, 206);
    assert.equal(part.headers.get('content-range'), `bytes 1000-1999/${content.length}`);
    assert.ok(Buffer.from(await part.arrayBuffer()).equals(content.subarray(1000, 2000)));
    assert.equal((await get({ 'if-none-match': `"${digest}"`, 'cache-control': '' })).status, 304);
    assert.equal((await get({ range: `bytes=${content.length}-` })).status, 416);
  });

  it('knows no other digest, and says when the file is not what it was', async () => {
    assert.equal((await fetch(`${url}${'0'.repeat(64)}`)).status, 404);
    assert.equal((await fetch(`${url}..%2Ffacts.db`)).status, 404);
    writeFileSync(path.join(folder, 'disk.raw.zst'), 'half');
    assert.equal((await get()).status, 410);
    rmSync(path.join(folder, 'disk.raw.zst'));
    assert.equal((await get()).status, 410);
    assert.deepEqual(admission.view(), { running: 0, waiting: 0, limit: 1 });
  });

  it('has the next machine wait, then come again, and serves it when the first has hung up', async () => {
    const first = await holder();
    const answer = await get();
    assert.equal(answer.status, 503);
    assert.match(answer.headers.get('retry-after') ?? '', /^[1-9]\d*$/);
    assert.equal(answer.headers.get('cache-control'), 'no-store');
    assert.equal((await get({}, 'HEAD')).status, 200, 'asking what there is needs no place');
    const waiting = get();
    await until(() => admission.view().waiting === 1);
    first.destroy();
    assert.equal((await (await waiting).arrayBuffer()).byteLength, content.length);
  });

  it('takes the place from a machine that reads nothing any more', async () => {
    const first = await holder();
    assert.equal(admission.view().running, 1);
    await until(() => admission.view().running === 0);
    assert.equal((await get()).status, 200);
    first.destroy();
  });
});
