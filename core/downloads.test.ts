// Downloads from a web server on this machine, through the admin's store and its boot server, to a recipe that has no other way.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { compileFor } from './annealer/apply-role.ts';
import { watchContact } from './boot/contact.ts';
import { bootServer } from './boot/server.ts';
import { loadCatalog, render } from './catalog/catalog.ts';
import { openDownloads } from './downloads.ts';
import type { Activity } from './model/progress.ts';
import { makePlan } from './plan/plan.ts';
import { readReport } from './recipes/compile.ts';
import { localRemote } from './remote/local.ts';
import { openStore, type Store } from './store/store.ts';

const sha256 = (text: string | Buffer): string => createHash('sha256').update(text).digest('hex');

describe('downloads', function () {
  this.timeout(30_000);
  const home = mkdtempSync(path.join(tmpdir(), 'prybar-downloads-'));
  const cache = path.join(home, 'cache');
  const target = path.join(home, 'tool');
  const tool = Buffer.alloc(3_000_000, 'tool');
  const asked: string[] = [];
  let site: Server;
  let boot: Server | undefined;
  let elsewhere: string;
  let store: Store;

  const listening = async (server: Server): Promise<string> => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  };
  const end = (server: Server) =>
    new Promise((resolve) => {
      server.closeAllConnections();
      server.close(resolve);
    });

  /** A barclamp `tools` that names these files, and fetches the tool from where it was said to be. */
  const catalogWith = (...downloads: object[]) => {
    const folder = mkdtempSync(path.join(home, 'barclamps-'));
    const files = {
      'barclamp.yml': `name: tools\nversion: 1.0.0\nsummary: Tools\nbundle: ${JSON.stringify({ downloads })}\nroles:\n  tool:\n    summary: A tool\n    irreversible: It stays.\n`,
      'proposal.schema.json': '{ "type": "object" }',
      'roles/tool/recipe.yml': `- download: ${target}\n  from: ${elsewhere}/tool\n  sha256: ${sha256(tool)}\n`,
    };
    for (const [file, text] of Object.entries(files)) {
      mkdirSync(path.dirname(path.join(folder, 'tools', file)), { recursive: true });
      writeFileSync(path.join(folder, 'tools', file), text);
    }
    const { catalog, problems } = loadCatalog(folder);
    assert.deepEqual(problems, []);
    return catalog;
  };
  const opened = async (catalog: ReturnType<typeof catalogWith>) => {
    const downloads = openDownloads({ store, folder: cache, barclamps: () => catalog.barclamps, signal: new AbortController().signal });
    await downloads.open();
    return downloads;
  };
  const activity = (): Promise<Activity | undefined> => store.get('activity', 'downloads');

  before(async () => {
    site = createServer((request, response) => {
      asked.push(request.url!);
      if (request.url === '/tool') response.setHeader('content-length', tool.length).end(tool);
      else if (request.url === '/other') response.end('something else');
      else if (request.url === '/cut') response.writeHead(200, { 'content-length': 1000 }).write('the beginning', () => response.destroy());
      else response.writeHead(404).end();
    });
    elsewhere = await listening(site);
  });
  beforeEach(async () => {
    asked.length = 0;
    store = await openStore({ file: path.join(mkdtempSync(path.join(home, 'store-')), 'facts.db') });
    await store.put('proposal', 'd.tools', { id: 'd.tools', deployment: 'd', barclamp: 'tools', draft: { attributes: {}, roles: {} }, commit: 0 }, 'new');
  });
  afterEach(async () => {
    await store.close();
    rmSync(cache, { recursive: true, force: true });
  });
  after(async () => {
    await end(site);
    if (boot) await end(boot);
    rmSync(home, { recursive: true });
  });

  it('are fetched when they are used, once, and found again after a restart', async () => {
    const catalog = catalogWith({ url: `${elsewhere}/tool`, sha256: sha256(tool) });
    const closed = openDownloads({ store, folder: cache, barclamps: () => catalog.barclamps, signal: new AbortController().signal });
    await closed.need('tools');
    assert.deepEqual(asked, [], 'nobody is served yet');
    await closed.open();
    assert.deepEqual(readFileSync(closed.file(sha256(tool))!), tool);
    assert.equal((await activity())!.phase, 'done');
    assert.equal((await opened(catalog)).file(sha256(tool)), path.join(cache, sha256(tool)));
    assert.deepEqual(asked, ['/tool']);
    // What has changed on the disk is not handed out.
    writeFileSync(path.join(cache, sha256(tool)), 'broken');
    const again = await opened(catalog);
    assert.deepEqual([asked.length, readFileSync(again.file(sha256(tool))!).equals(tool)], [2, true]);
  });

  it('are fetched for a barclamp that is about to be used, and for no other', async () => {
    await store.remove('proposal', 'd.tools');
    const catalog = catalogWith({ url: `${elsewhere}/tool`, sha256: sha256(tool) });
    const downloads = await opened(catalog);
    assert.deepEqual(asked, []);
    await downloads.need('tools');
    assert(downloads.file(sha256(tool)));
  });

  it('are Problems of the barclamp when they cannot be had, and leave nothing behind', async () => {
    const expected = sha256('the right one');
    const at = async (url: string): Promise<string> => {
      const downloads = await opened(catalogWith({ url, sha256: expected, as: 'the tool' }));
      assert.equal(downloads.file(expected), undefined);
      const { summary, where, next } = (await activity())!.problem!;
      assert.deepEqual(where, { file: 'tools/barclamp.yml', pointer: '/bundle/downloads/0' });
      assert(next);
      return summary;
    };
    assert.equal(await at(`${elsewhere}/other`), `the tool from ${elsewhere}/other has the SHA-256 ${sha256('something else')} instead of ${expected}.`);
    assert.match(await at(`${elsewhere}/gone`), /^the tool cannot be fetched from \S+: the server says 404 Not Found\.$/);
    assert.match(await at(`${elsewhere}/cut`), /^the tool cannot be fetched/);
    assert.match(await at('http://127.0.0.1:1/tool'), /^the tool cannot be fetched from http:\/\/127\.0\.0\.1:1\/tool: .+\.$/);
    assert.deepEqual(readdirSync(cache), []);
  });

  it('are tried at all their addresses, and what somebody puts there by hand counts', async () => {
    const two = catalogWith({ url: `${elsewhere}/gone`, sha256: sha256(tool) }, { url: `${elsewhere}/tool`, sha256: sha256(tool) });
    assert((await opened(two)).file(sha256(tool)));
    assert.deepEqual([asked, (await activity())!.problem], [['/gone', '/tool'], undefined]);
    const unreachable = catalogWith({ url: 'http://127.0.0.1:1/tool', sha256: sha256('by hand') });
    writeFileSync(path.join(cache, sha256('by hand')), 'by hand');
    assert((await opened(unreachable)).file(sha256('by hand')));
  });

  it('come to machines from the admin node, when nothing else can be reached', async () => {
    const catalog = catalogWith({ url: `${elsewhere}/tool`, sha256: sha256(tool) });
    const downloads = await opened(catalog);
    const contact = watchContact(store, Date.now);
    boot = bootServer({
      store,
      contact,
      url: 'http://admin',
      discoveryImage: () => undefined,
      poolFolder: () => undefined,
      menu: { read: () => undefined, folder: '/nonexistent' },
      download: downloads.file,
      publicKey: '',
      render,
      now: Date.now,
      log: (p) => assert.fail(p.summary),
    });
    contact.stop();
    const bootUrl = await listening(boot);
    assert.equal((await fetch(`${bootUrl}/downloads/${sha256('unknown')}`)).status, 404);
    assert.equal((await fetch(`${bootUrl}/downloads/..%2f..%2fetc%2fpasswd`)).status, 404);
    const named = await fetch(`${bootUrl}/downloads/${sha256(tool)}/TOOL_1.2.EXE`);
    assert.ok(Buffer.from(await named.arrayBuffer()).equals(tool));

    const planned = makePlan(
      {
        nodes: [
          {
            ...{
              id: 'n1',
              name: 'n1',
              remote: 'local',
              macs: [],
              approved: true,
              pool: 'default',
              addresses: {},
              discoveredAt: 0,
              contact: 'up',
              contactAt: 0,
            },
            system: { kind: 'installed', instance: 'x', platform: 'debian-12' },
          },
        ],
        deployments: [{ name: 'd', summary: '', pools: [] }],
        proposals: [{ deployment: 'd', barclamp: 'tools', commit: 1, body: { attributes: {}, roles: { tool: ['n1'] } } }],
        latest: new Map(),
        lastDone: new Map(),
        retries: new Map(),
        networks: [],
        site: { stateDir: home, bootUrl },
      },
      catalog,
    );
    const [group] = planned.groups;
    const elsewhereOnly = makePlan({ ...planned.facts, site: { stateDir: home, bootUrl: 'http://127.0.0.1:1' } }, catalog).groups[0]!;
    assert.equal(group!.fingerprint, elsewhereOnly.fingerprint, 'where it comes from is no reason to do it again');
    const run = async (which: typeof elsewhereOnly): Promise<string> => {
      rmSync(target, { force: true });
      const compiled = compileFor(which, planned.nodes[0]!, which.role.apply!, 'apply');
      assert(compiled.ok, JSON.stringify(compiled));
      const report = readReport({ ...compiled.value, onEvent: () => undefined });
      const ended = await localRemote('n1').run(compiled.value.program, {
        signal: report.tooMuch,
        timeoutMs: 30_000,
        onOutput: report.output,
        onError: report.error,
      });
      const outcome = report.outcome(ended);
      return outcome.kind === 'done' ? 'done' : JSON.stringify(outcome);
    };
    asked.length = 0;
    assert.equal(await run(group!), 'done');
    assert.deepEqual([readFileSync(target).equals(tool), asked], [true, []]);
    // The other way round: an admin node that does not have it is no hindrance.
    assert.equal(await run(elsewhereOnly), 'done');
    assert.deepEqual(asked, ['/tool']);
  }).timeout(60_000);
});
