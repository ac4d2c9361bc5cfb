// Sockets made inside a namespace and used outside, against a real throw-away namespace.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { hostNamespace, type Namespace, openNamespace } from './namespace.ts';
import { skipWhere } from '../../test/skip-where.ts';

const name = `prybar-test-${process.pid}`;

for (const kind of ['host', 'own'] as const) {
  describe(`namespace (${kind})`, function () {
    this.timeout(120_000);
    let namespace: Namespace;

    before(async function () {
      if (kind === 'host') {
        namespace = hostNamespace();
        return;
      }
      try {
        execFileSync('ip', ['netns', 'add', name], { stdio: 'pipe' });
      } catch (error) {
        skipWhere(this, `no network namespace can be made here: ${(error as Error).message}`);
      }
      execFileSync('ip', ['-n', name, 'link', 'set', 'lo', 'up']);
      const opened = await openNamespace(name);
      assert.ok(opened.ok);
      namespace = opened.value;
    });
    after(async () => {
      await namespace?.close();
      if (kind === 'own' && namespace) execFileSync('ip', ['netns', 'del', name]);
    });

    it('serves HTTP and keeps it inside', async () => {
      const server = http.createServer((request, response) => void response.end(`hello ${request.url}`));
      const { port } = await namespace.listen(server, '127.0.0.1', 0);
      const socket = await namespace.connect('127.0.0.1', port);
      socket.write('GET /there HTTP/1.0\r\n\r\n');
      assert.match(await textOf(socket), /hello \/there$/);
      if (kind === 'own') {
        await assert.rejects(hostNamespace().connect('127.0.0.1', port, { timeoutMs: 1000 }), { code: 'ECONNREFUSED' });
      }
      server.close();
      await once(server, 'close');
      await assert.rejects(namespace.connect('127.0.0.1', port), { code: 'ECONNREFUSED' }, 'the door holds no copy of the listener');
    });

    it('loses nothing of what the other side says before anybody reads', async () => {
      const said = Buffer.alloc(3_000_000, 'x');
      const server = net.createServer((socket) => socket.end(said));
      const { port } = await namespace.listen(server, '127.0.0.1', 0);
      for (let round = 0; round < 10; round++) {
        const socket = await namespace.connect('127.0.0.1', port);
        await sleep(10);
        assert.equal((await textOf(socket)).length, said.length);
      }
      server.close();
    });

    it("says with the system's code that an address is taken", async () => {
      const first = net.createServer();
      const { port } = await namespace.listen(first, '127.0.0.1', 0);
      await assert.rejects(namespace.listen(net.createServer(), '127.0.0.1', port), { code: 'EADDRINUSE' });
      first.close();
    });

    it('gives up when told', async () => {
      const refused = new AbortController();
      refused.abort(new Error('enough'));
      await assert.rejects(namespace.connect('127.0.0.1', 9, { signal: refused.signal }), /enough/);
    });

    it('prefixes commands only where it must', () => {
      assert.deepEqual(namespace.command(['ping', 'x']), kind === 'host' ? ['ping', 'x'] : ['ip', 'netns', 'exec', name, 'ping', 'x']);
    });
  });
}

describe('openNamespace', () => {
  it('is a Problem when there is no such namespace', async () => {
    const opened = await openNamespace('prybar-there-is-none');
    assert.ok(!opened.ok);
    assert.match(opened.problems[0]!.summary, /prybar-there-is-none/);
  });
});

async function textOf(socket: net.Socket): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of socket) parts.push(part as Buffer);
  return Buffer.concat(parts).toString();
}
