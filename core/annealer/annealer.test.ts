// The loop over a real store and a real sh: several "machines" are this one, each with its own folder to change.

import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Catalog } from '../model/catalog.ts';
import type { Problem } from '../model/problem.ts';
import { makePlanner } from '../plan/planner.ts';
import { planView } from '../plan/why.ts';
import { localRemote } from '../remote/local.ts';
import { type FollowedFacts, followFacts } from '../store/snapshot.ts';
import { openStore, type Store } from '../store/store.ts';
import { type Annealer, startAnnealer } from './annealer.ts';
import { barclampOf, machine, noCaptures, type RoleText } from './one-machine-for-tests.ts';

describe('annealer', function () {
  this.timeout(120_000);
  let folder: string;
  let store: Store;
  let facts: FollowedFacts;
  let annealer: Annealer | undefined;
  let problems: Problem[];

  beforeEach(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'prybar-anneal-'));
    mkdirSync(path.join(folder, 'made'));
    store = await openStore({ file: path.join(folder, 'store/facts.db') });
    problems = [];
  });
  afterEach(async () => {
    await annealer?.stop();
    annealer = undefined;
    await store.close();
    rmSync(folder, { recursive: true });
    assert.deepEqual(problems, []);
  });

  const catalogOf = (roles: Record<string, RoleText>): Catalog => barclampOf(folder, roles);

  async function begin(catalog: Catalog, machines: string[], roles: Record<string, string[]>): Promise<void> {
    for (const name of machines) await store.put('node', name, machine(name), 'new');
    await store.put('deployment', 'd', { name: 'd', summary: '', pools: [] }, 'new');
    await want(roles);
    await restart(catalog);
  }

  async function want(roles: Record<string, string[]>, attributes: Record<string, unknown> = {}): Promise<void> {
    const body = { attributes, roles };
    const before = await store.get('proposal', 'd.b');
    await store.put('proposal', 'd.b', { id: 'd.b', deployment: 'd', barclamp: 'b', draft: body, committed: body, commit: (before?.commit ?? 0) + 1 }, 'any');
  }

  async function restart(catalog: Catalog): Promise<void> {
    await annealer?.stop();
    facts = await followFacts(store);
    annealer = await startAnnealer({
      store,
      facts,
      planner: makePlanner(facts, () => catalog),
      remoteFor: (node) => localRemote(node.name),
      secretsOf: async () => ({}),
      restart: async () => assert.fail('nothing is restarted here'),
      startFromDisk: () => Promise.reject(new Error('nothing is installed here')),
      captures: noCaptures,
      limit: 10,
      now: Date.now,
      onProblem: (p) => problems.push(p),
    });
  }

  /** Waits until the newest runs are as wanted, by key without deployment. */
  async function outcomes(wanted: Record<string, string>, timeoutMs = 15_000): Promise<void> {
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      const found = Object.fromEntries(
        (await store.latestRuns()).map((run) => [run.key.slice(2), `${run.mode === 'remove' ? 'undone ' : ''}${run.outcome ?? 'running'}`]),
      );
      const same = Object.entries(wanted).every(([key, outcome]) => found[key] === outcome);
      if (same) return;
      if (Date.now() > deadline) assert.deepEqual(found, wanted);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
  const made = (name: string): string | undefined =>
    existsSync(path.join(folder, 'made', name)) ? readFileSync(path.join(folder, 'made', name), 'utf8') : undefined;

  const pair = {
    first: {
      declaration: 'outputs: { said: { type: string } }',
      recipe: '- file: MADE/first\n  content: "{{ attributes.word }}"\n- output: { said: "{{ attributes.word }} from {{ node.name }}" }\n',
      remove: '- file: MADE/first\n  state: absent\n',
    },
    second: {
      declaration: 'waitsFor: [first]\ninputs: [first.said]',
      recipe: '- file: MADE/second-{{ node.name }}\n  content: "{{ inputs.said }}"\n',
      remove: '- file: MADE/second-{{ node.name }}\n  state: absent\n',
    },
  };

  it('applies in order, hands outputs on, does nothing twice, and does what a change touches', async () => {
    const catalog = catalogOf(pair);
    await begin(catalog, ['a', 'b'], { first: ['a'], second: ['b'] });
    await outcomes({ 'first@a': 'done', 'second@b': 'done' });
    assert.equal(made('second-b'), 'one from a');
    const count = (await store.runs({})).length;
    await restart(catalog);
    await store.put('deployment', 'other', { name: 'other', summary: '', pools: [] }, 'new');
    await new Promise((resolve) => setTimeout(resolve, 300));
    assert.equal((await store.runs({})).length, count, 'nothing changed, so nothing runs');
    await want({ first: ['a'], second: ['b'] }, { word: 'two' });
    await outcomes({ 'second@b': 'done' });
    while (made('second-b') !== 'two from a') await new Promise((resolve) => setTimeout(resolve, 20));
  });

  it('undoes in reverse what is not wanted any more', async () => {
    await begin(catalogOf(pair), ['a', 'b'], { first: ['a'], second: ['b'] });
    await outcomes({ 'first@a': 'done', 'second@b': 'done' });
    await want({});
    await outcomes({ 'first@a': 'undone done', 'second@b': 'undone done' });
    assert.deepEqual([made('first'), made('second-b')], [undefined, undefined]);
    const order = (await store.runs({})).filter((run) => run.mode === 'remove').map((run) => run.role);
    assert.deepEqual(order, ['first', 'second'], 'newest first');
  });

  it('stops a failure at what depends on it, and tells its cause with the place', async () => {
    const catalog = catalogOf({
      broken: { recipe: '- command: echo one cause >&2; false\n  changes: false\n' },
      after: { declaration: 'waitsFor: [broken]', recipe: '- file: MADE/after\n  content: x\n' },
      aside: { recipe: '- file: MADE/aside\n  content: x\n' },
    });
    await begin(catalog, ['a', 'b'], { broken: ['a'], after: ['b'], aside: ['b'] });
    await outcomes({ 'broken@a': 'failed', 'aside@b': 'done' });
    const [failed] = await store.runs({ role: 'broken' });
    assert.match(JSON.stringify(failed!.problem), /one cause/);
    assert.equal(failed!.problem!.where?.line, 1);
    assert.equal((await store.runs({ role: 'after' })).length, 0);
    const log = await store.runEvents(failed!.id, 0);
    assert(log.some(({ event }) => event.kind === 'end' && event.result === 'failed'));
  });

  it('asks again later when a role says not yet', async () => {
    const catalog = catalogOf({ late: { recipe: '- command: test -e MADE/ready || exit 75\n  changes: false\n' } });
    await begin(catalog, ['a'], { late: ['a'] });
    await outcomes({ 'late@a': 'notYet' });
    writeFileSync(path.join(folder, 'made/ready'), '');
    // Pauses double from two seconds; a person need not wait for them.
    await store.put('retry', 'd/late@a', { key: 'd/late@a', afterRun: (await store.runs({}))[0]!.id, at: 0 }, 'any');
    await outcomes({ 'late@a': 'done' });
  });

  it('asks again later when undoing says not yet, and at once when a person asks', async () => {
    const catalog = catalogOf({
      kept: { recipe: '- file: MADE/kept\n  content: x\n', remove: '- command: test -e MADE/ready || exit 75\n  changes: false\n' },
    });
    await begin(catalog, ['a'], { kept: ['a'] });
    await outcomes({ 'kept@a': 'done' });
    await want({});
    await outcomes({ 'kept@a': 'undone notYet' });
    await new Promise((resolve) => setTimeout(resolve, 500));
    const [last, ...before] = (await store.runs({})).filter((run) => run.mode === 'remove');
    assert.equal(before.length, 0, 'tried again at once');
    writeFileSync(path.join(folder, 'made/ready'), '');
    await store.put('retry', last!.key, { key: last!.key, afterRun: last!.id, at: 0 }, 'any');
    await outcomes({ 'kept@a': 'undone done' }, 1500);
  });

  it('ends an attempt that a person cancels, and leaves it to them', async () => {
    const catalog = catalogOf({ slow: { recipe: '- command: sleep 30\n  changes: false\n' } });
    await begin(catalog, ['a'], { slow: ['a'] });
    await outcomes({ 'slow@a': 'running' });
    const [run] = await store.runs({});
    await store.put('cancellation', String(run!.id), { runId: run!.id, at: 0 }, 'any');
    await outcomes({ 'slow@a': 'cancelled' });
    await new Promise((resolve) => setTimeout(resolve, 300));
    assert.equal((await store.runs({})).length, 1);
    assert.deepEqual(await store.list('cancellation'), []);
  });

  it('begins nothing of a paused deployment', async () => {
    const catalog = catalogOf(pair);
    await begin(catalog, ['a'], {});
    const deployment = (await store.get('deployment', 'd'))!;
    await store.put('deployment', 'd', { ...deployment, paused: true }, 'any');
    await want({ first: ['a'] });
    await new Promise((resolve) => setTimeout(resolve, 300));
    assert.equal((await store.runs({})).length, 0);
    await store.put('deployment', 'd', { ...deployment, paused: false }, 'any');
    await outcomes({ 'first@a': 'done' });
  });

  it('rolls a role out one by one, tries it on one first, and stops at the first failure', async () => {
    const recipe = '- command: test {{ node.name }} != b && date +%s%N >> MADE/order && sleep 0.2\n  changes: false\n';
    const catalog = catalogOf({ rolled: { declaration: 'serial: 1\ncanary: true', recipe } });
    await begin(catalog, ['a', 'b', 'c'], { rolled: ['a', 'b', 'c'] });
    await outcomes({ 'rolled@a': 'done', 'rolled@b': 'failed' });
    await new Promise((resolve) => setTimeout(resolve, 500));
    const runs = await store.runs({});
    assert.deepEqual(
      runs.map((run) => run.nodeId),
      ['b', 'a'],
      'c was not begun',
    );
    assert(runs[0]!.startedAt >= runs[1]!.endedAt!, 'one after the other');
  });

  it('works on so many machines at a time as a role says, and goes on when one fails', async () => {
    // One after the other on this machine, whose lock they share; an attempt lasts from when it is begun all the same.
    const recipe = '- command: sleep 0.1; test {{ node.name }} != a\n  changes: false\n';
    const machines = ['a', 'b', 'c', 'd', 'e'];
    const catalog = catalogOf({ paced: { declaration: 'atOnce: 2', recipe } });
    await begin(catalog, machines, { paced: machines });
    await outcomes({ 'paced@a': 'running' });
    await facts.refresh();
    const views = planView(makePlanner(facts, () => catalog).plan(), catalog, 0).nodeRoles;
    assert.equal(views.find((view) => view.nodeId === 'e')!.whyNot[0]?.what, 'paced is done on 2 machines at a time');
    await outcomes({ 'paced@a': 'failed', ...Object.fromEntries(machines.slice(1).map((name) => [`paced@${name}`, 'done'])) });
    const runs = await store.runs({});
    assert.equal(runs.length, machines.length);
    const overlapping = runs.map((run) => runs.filter((other) => other.startedAt <= run.startedAt && other.endedAt! > run.startedAt).length);
    assert.equal(Math.max(...overlapping), 2);
  });

  it('does an attempt again that was interrupted by a stop', async () => {
    const catalog = catalogOf({ slow: { recipe: '- command: test -e MADE/quick || sleep 30\n  changes: false\n' } });
    await begin(catalog, ['a'], { slow: ['a'] });
    await outcomes({ 'slow@a': 'running' });
    await annealer!.stop();
    await outcomes({ 'slow@a': 'interrupted' });
    writeFileSync(path.join(folder, 'made/quick'), '');
    await restart(catalog);
    await outcomes({ 'slow@a': 'done' });
  });
});
