// Health and drift over a real store and a real sh: the "machines" are this one, each role has a file of its own to break.

import assert from 'node:assert/strict';
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Node } from '../model/node.ts';
import type { Problem } from '../model/problem.ts';
import { makePlanner } from '../plan/planner.ts';
import { localRemote } from '../remote/local.ts';
import { type FollowedFacts, followFacts } from '../store/snapshot.ts';
import { openStore, type Store } from '../store/store.ts';
import { startAnnealer } from './annealer.ts';
import { watchDrift } from './drift.ts';
import { watchHealth } from './health.ts';
import { barclampOf, machine, noCaptures, type RoleText } from './one-machine-for-tests.ts';

const EVERY_MS = 300;

describe('rounds', function () {
  this.timeout(120_000);
  let folder: string;
  let store: Store;
  let facts: FollowedFacts;
  let problems: Problem[];
  let stops: (() => Promise<void>)[];

  beforeEach(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'prybar-rounds-'));
    mkdirSync(path.join(folder, 'made'));
    store = await openStore({ file: path.join(folder, 'store/facts.db') });
    problems = [];
    stops = [];
  });
  afterEach(async () => {
    for (const stop of stops.reverse()) await stop();
    await store.close();
    rmSync(folder, { recursive: true });
    assert.deepEqual(problems, []);
  });

  const made = (name: string): string => path.join(folder, 'made', name);

  async function begin(roles: Record<string, RoleText>, wanted: Record<string, string[]>, driftEvery = 3600_000): Promise<void> {
    const catalog = barclampOf(folder, roles);
    for (const name of new Set(Object.values(wanted).flat())) await store.put('node', name, machine(name), 'new');
    await store.put('deployment', 'd', { name: 'd', summary: '', pools: [] }, 'new');
    const body = { attributes: {}, roles: wanted };
    await store.put('proposal', 'd.b', { id: 'd.b', deployment: 'd', barclamp: 'b', draft: body, committed: body, commit: 1 }, 'new');
    facts = await followFacts(store);
    const context = {
      store,
      facts,
      planner: makePlanner(facts, () => catalog),
      remoteFor: (node: Node) => localRemote(node.name),
      secretsOf: async () => ({}),
      restart: async () => assert.fail('nothing is restarted here'),
      startFromDisk: () => Promise.reject(new Error('nothing is installed here')),
      captures: noCaptures,
      now: Date.now,
      onProblem: (p: Problem) => problems.push(p),
    };
    const annealer = await startAnnealer({ ...context, limit: 10 });
    const round = { ...context, quietSince: annealer.quietSince };
    stops = [annealer.stop, watchHealth(round, EVERY_MS).stop, watchDrift(round, driftEvery).stop];
  }

  async function until<T>(look: () => Promise<T | undefined | false>, what: string): Promise<T> {
    const deadline = Date.now() + 15_000;
    for (;;) {
      const found = await look();
      if (found) return found;
      if (Date.now() > deadline) assert.fail(`${what}; problems: ${JSON.stringify(problems)}; health: ${JSON.stringify(await store.list('health'))}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
  const state = (key: string, is: 'ok' | 'failing') =>
    until(async () => {
      const health = await store.get('health', key);
      return health?.state === is && health;
    }, `${key} is never ${is}`);

  const served: RoleText = {
    recipe: '- file: MADE/served\n  content: "{{ attributes.word }}"\n',
    health: '- command: echo it is broken >&2; test ! -e MADE/broken\n  changes: false\n- command: echo x >> MADE/probes\n  changes: false\n',
  };

  it('probe right after a role is applied and again and again, and write only what changes', async () => {
    await begin({ served }, { served: ['a'] });
    const first = await state('d/served@a', 'ok');
    const runs = await store.runs({});
    assert.equal(first.runId, runs[0]!.id);
    const probes = () => readFileSync(made('probes'), 'utf8').length / 2;
    await until(async () => probes() >= 4, 'it is not probed again');
    assert.equal((await store.get('health', 'd/served@a'))!.revision, first.revision, 'nothing is written while nothing changes');

    writeFileSync(made('broken'), '');
    const failing = await state('d/served@a', 'failing');
    assert.match(failing.problem!.summary, /it is broken/);
    assert.deepEqual([failing.problem!.where?.role, failing.problem!.where?.node], ['served', 'a']);
    assert(failing.since > first.since);
    rmSync(made('broken'));
    await state('d/served@a', 'ok');
    assert.equal((await store.runs({})).length, 1, 'a probe is no run');
  });

  it('take what a probe would have to change for a failure, and do not change it', async () => {
    await begin({ kept: { recipe: '- file: MADE/kept\n  content: x\n', health: '- file: MADE/kept\n  content: x\n' } }, { kept: ['a'] });
    await state('d/kept@a', 'ok');
    rmSync(made('kept'));
    const failing = await state('d/kept@a', 'failing');
    assert.match(failing.problem!.summary, /kept is not as it should be/);
    assert(!existsSync(made('kept')));
  });

  it('forget the health of a role that is taken away', async () => {
    await begin({ served }, { served: ['a'] });
    await state('d/served@a', 'ok');
    const body = { attributes: {}, roles: {} };
    await store.put('proposal', 'd.b', { id: 'd.b', deployment: 'd', barclamp: 'b', draft: body, committed: body, commit: 2 }, 'any');
    await until(async () => !(await store.get('health', 'd/served@a')), 'its health is kept');
  });

  it('hold up a role that is rolled out one by one, while it does not work where it was done', async () => {
    const recipe = '- file: MADE/rolled-{{ node.name }}\n  content: x\n';
    const health = '- command: test ! -e MADE/broken\n  changes: false\n';
    writeFileSync(made('broken'), '');
    await begin({ rolled: { declaration: 'serial: 1', recipe, health } }, { rolled: ['a', 'b'] });
    await state('d/rolled@a', 'failing');
    await new Promise((resolve) => setTimeout(resolve, 500));
    assert.deepEqual([existsSync(made('rolled-a')), existsSync(made('rolled-b'))], [true, false]);
    rmSync(made('broken'));
    await state('d/rolled@b', 'ok');
    const [second, first] = await store.runs({});
    assert.deepEqual([first!.nodeId, second!.nodeId], ['a', 'b']);
    assert(second!.startedAt >= (await store.get('health', 'd/rolled@a'))!.since, 'b was begun before a was known to work');
  });

  it('find out what was changed on a machine, on time and when asked, and change nothing', async () => {
    await begin({ served }, { served: ['a'] }, 1000);
    const clean = await until(async () => store.get('drift', 'd/served@a'), 'nobody looks for drift');
    assert.deepEqual([clean.changed, clean.problem], [0, undefined]);
    appendFileSync(made('served'), 'by hand\n');
    const drifted = await until(async () => {
      const found = await store.get('drift', 'd/served@a');
      return found!.changed > 0 && found;
    }, 'the edit is not found');
    assert.equal(drifted.resources.length, 1);
    assert.match(drifted.resources[0]!.diff!, /^-.*by hand/m);
    assert.match(readFileSync(made('served'), 'utf8'), /by hand/);
    writeFileSync(made('served'), 'one\n');
  });

  it('look for drift at once when a person asks', async () => {
    await begin({ served }, { served: ['a'] });
    await state('d/served@a', 'ok');
    rmSync(made('served'));
    await store.put('check', 'd/served@a', { key: 'd/served@a', at: Date.now() }, 'any');
    const found = await until(async () => store.get('drift', 'd/served@a'), 'nobody looks');
    assert.equal(found.changed, 1);
    await until(async () => !(await store.get('check', 'd/served@a')), 'the request is kept');
  });
});
