// A file of a vendor that is larger than any: whoever sends it over HTTP hears why it is refused, and nothing of it stays.

import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ProblemError } from '../model/problem.ts';
import { openStore } from '../store/store.ts';
import { openFirmwareFiles } from './firmware-files.ts';

describe('files with firmware', () => {
  it('are refused where they are too large, in words that whoever sends them hears', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'prybar-firmware-'));
    const store = await openStore({ file: path.join(folder, 'facts.db') });
    const files = openFirmwareFiles({
      store,
      folder: path.join(folder, 'firmware'),
      sign: () => Promise.reject(new Error('nothing is signed here')),
      mostBytes: 2 ** 20,
      now: Date.now,
    });
    const server = createServer((request, response) => {
      files.take(request, { name: 'BIOS.EXE', by: 'ada' }).then(
        () => response.end('kept'),
        (error: Error) => response.writeHead(422).end(error instanceof ProblemError ? error.problems[0]!.summary : error.message),
      );
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      const answer = await fetch(url, { method: 'POST', body: Buffer.alloc(40 * 2 ** 20) });
      assert.equal(answer.status, 422);
      assert.equal(await answer.text(), 'The file is larger than 1 MiB.');
      assert.deepEqual(readdirSync(path.join(folder, 'firmware')), []);
      assert.deepEqual(await store.list('firmwareFile'), []);
    } finally {
      server.closeAllConnections();
      server.close();
      await store.close();
      rmSync(folder, { recursive: true });
    }
  });
});
