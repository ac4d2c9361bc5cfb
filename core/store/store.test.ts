import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { once } from 'node:events';
import type { Deployment } from '../model/proposal.ts';
import { Kysely } from 'kysely';
import { Migrator } from 'kysely/migration';
import { bad, ok, problem } from '../model/problem.ts';
import { migrations } from './migrations.ts';
import { pruneRuns } from './prune.ts';
import { openSqlite } from './sqlite.ts';
import { type LoggedEvent, openStore, type RunFilter, type SearchFilter, type Store } from './store.ts';

const deployment = (name: string): Deployment => ({ name, summary: '', pools: [] });

describe('store', () => {
  let folder: string;
  let store: Store;
  beforeEach(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'prybar-store-'));
    store = await openStore({ file: path.join(folder, 'facts.db') });
  });
  afterEach(async () => {
    await store.close();
    rmSync(folder, { recursive: true });
  });

  it('gives each fact a revision and refuses a write based on an old one', async () => {
    const first = await store.put('deployment', 'a', deployment('a'), 'new');
    assert(first.ok && first.value.revision === 1);
    assert((await store.put('deployment', 'a', { ...deployment('a'), summary: 'one' }, 1)).ok);
    const late = await store.put('deployment', 'a', { ...deployment('a'), summary: 'two' }, 1);
    assert(!late.ok);
    assert.match(late.problems[0]!.summary, /changed by somebody else.*revision 2/);
    assert.equal((await store.get('deployment', 'a'))?.summary, 'one');
  });

  it('leaves no trace of a transaction that found a Problem', async () => {
    const result = await store.transact(async (tx) => {
      await tx.put('deployment', 'a', deployment('a'), 'new');
      await tx.claim('mac', '52:54:00:00:00:01', 'n1');
      return bad(problem('no'));
    });
    assert(!result.ok);
    assert.equal(await store.get('deployment', 'a'), undefined);
    assert.equal((await store.claims('mac')).size, 0);
    assert.equal(await store.lastSeq(), 0);
  });

  it('lets one owner hold a value', async () => {
    assert((await store.claim('mac', 'aa', 'n1')).ok);
    assert((await store.claim('mac', 'aa', 'n1')).ok);
    const second = await store.claim('mac', 'aa', 'n2');
    assert(!second.ok);
    assert.match(second.problems[0]!.summary, /already belongs to n1/);
    await store.release('n1');
    assert((await store.claim('mac', 'aa', 'n2')).ok);
  });

  it('feeds changes in order and wakes once for many', async () => {
    let wakes = 0;
    store.onChange(() => wakes++);
    await store.transact(async (tx) => {
      for (const name of ['a', 'b', 'c']) await tx.put('deployment', name, deployment(name), 'new');
      return ok(undefined);
    });
    await new Promise((resolve) => setTimeout(resolve, 10));
    assert.equal(wakes, 1);
    assert.deepEqual(
      (await store.changes(1, 10)).map((c) => [c.seq, c.kind, c.id]),
      [
        [2, 'deployment', 'b'],
        [3, 'deployment', 'c'],
      ],
    );
  });

  it('redeems a token once, for its purpose, in time', async () => {
    await store.issueToken('t', 'discovery', 'aa', 1000 + Date.now());
    assert.equal(await store.redeemToken('t', 'sign-in', Date.now()), undefined);
    assert.equal(await store.redeemToken('t', 'discovery', Date.now() + 5000), undefined);
    assert.equal(await store.redeemToken('t', 'discovery', Date.now()), 'aa');
    assert.equal(await store.redeemToken('t', 'discovery', Date.now()), undefined);
  });

  it('keeps runs and tells the latest of each node-role', async () => {
    const start = (role: string, at: number) => ({
      key: `d/${role}@n1`,
      deployment: 'd',
      role,
      nodeId: 'n1',
      nodeName: 'n1',
      mode: 'apply' as const,
      fingerprint: 'f',
      startedAt: at,
    });
    const ids = await store.startRuns([start('x', 1), start('y', 2), start('x', 3)]);
    await store.endRuns([{ id: ids[2]!, endedAt: 9, outcome: 'done', outputs: { a: [1] } }]);
    const latest = await store.latestRuns();
    assert.deepEqual(
      latest.map((r) => [r.key, r.outcome, r.endedAt]),
      [
        ['d/y@n1', undefined, undefined],
        ['d/x@n1', 'done', 9],
      ],
    );
    assert.deepEqual(
      (await store.unfinishedRuns()).map((r) => r.id),
      [ids[0], ids[1]],
    );
  });

  const attempt = (key: string, startedAt = 1) => {
    const [, deployment, role, nodeId] = /^(.*)\/(.*)@(.*)$/.exec(key)!;
    return { key, deployment: deployment!, role: role!, nodeId: nodeId!, nodeName: nodeId!, mode: 'apply' as const, fingerprint: 'f', startedAt };
  };
  const say = (...texts: string[]): LoggedEvent[] => texts.map((text, index) => ({ seq: index + 2, at: 5, event: { kind: 'log', index: 1, text } }));
  const begun: LoggedEvent = { seq: 1, at: 5, event: { kind: 'begin', index: 1, name: 'package chrony' } };

  it('narrows runs by outcome, deployment and time', async () => {
    const ids = await store.startRuns([attempt('d/x@n1', 10), attempt('e/x@n1', 20), attempt('d/y@n2', 30), attempt('d/z@n2', 40)]);
    await store.endRuns([
      { id: ids[0]!, endedAt: 50, outcome: 'failed', problem: problem('no') },
      { id: ids[1]!, endedAt: 50, outcome: 'failed' },
      { id: ids[2]!, endedAt: 50, outcome: 'done' },
    ]);
    const found = async (filter: RunFilter) => (await store.runs(filter)).map((run) => run.id - ids[0]!);
    assert.deepEqual(await found({ outcome: 'failed' }), [1, 0]);
    assert.deepEqual(await found({ outcome: 'failed', deployment: 'd' }), [0]);
    assert.deepEqual(await found({ outcome: 'done' }), [2]);
    assert.deepEqual(await found({ outcome: 'running' }), [3]);
    assert.deepEqual(await found({ since: 20, until: 30 }), [2, 1]);
    assert.deepEqual(await found({ nodeId: 'n2', before: ids[3]! }), [2]);
  });

  it('remembers of a run what is on disk, and nothing of a commit that failed', async () => {
    const [first, second] = await store.startRuns([attempt('d/x@n1'), attempt('d/x@n2')]);
    await store.endRuns([{ id: first!, endedAt: 2, outcome: 'failed', problem: problem('no', { node: 'n1' }), counts: { ok: 1 } }]);
    await store.endRuns([{ id: first!, endedAt: 3, outcome: 'done' }]);
    const seen = await store.runsById([first!, second!, 99]);
    await store.close();
    store = await openStore({ file: path.join(folder, 'facts.db') });
    const read = await store.runsById([first!, second!, 99]);
    assert.deepEqual(
      [...seen].sort((a, b) => a.id - b.id),
      read,
    );
    assert.deepEqual([read[0]!.outcome, read[0]!.endedAt, read[1]!.outcome], ['failed', 2, undefined]);

    const [third] = await store.startRuns([attempt('d/x@n3')]);
    const unwritable = { id: third!, endedAt: 4, outcome: 'done' as const, outputs: { big: 1n } };
    await assert.rejects(store.endRuns([{ id: third!, endedAt: 4, outcome: 'done' }, unwritable]));
    assert.equal((await store.run(third!))!.endedAt, undefined);
  });

  it('finds the line that a run said, newest first, with its resource', async () => {
    const ids = await store.startRuns([attempt('d/x@n1'), attempt('d/x@n2'), attempt('e/y@n1')]);
    const search = async (filter: SearchFilter) => {
      const found = await store.searchRuns(filter);
      assert(found.ok, JSON.stringify(found));
      return found.value.map((hit) => [hit.run.id - ids[0]!, hit.line, hit.resource]);
    };
    for (const id of ids) await store.appendRunEvents(id, [begun, ...say('Reading package lists', `E: Unable to locate package chrony-${id}`)]);
    const diff = '--- /etc/chrony/chrony.conf\n+server 10.0.0.3 iburst';
    await store.appendRunEvents(ids[1]!, [
      { seq: 9, at: 6, event: { kind: 'end', index: 2, name: 'template chrony.conf', result: 'changed', seconds: 1, diff } },
    ]);

    const unable = (index: number) => [index, `E: Unable to locate package chrony-${ids[index]}`, 'package chrony'];
    assert.deepEqual(await search({ text: 'unable loc' }), [unable(2), unable(1), unable(0)]);
    assert.deepEqual(await search({ text: 'unable', deployment: 'd', limit: 1 }), [unable(1)]);
    assert.deepEqual(await search({ text: 'unable', deployment: 'd', olderThan: { runId: ids[1]!, seq: 3 } }), [unable(0)]);
    assert.deepEqual(await search({ text: '10.0.0.3' }), [[1, '+server 10.0.0.3 iburst', 'template chrony.conf']]);
    assert.deepEqual(await search({ text: `chrony-${ids[2]}` }), [unable(2)]);
    assert.deepEqual(await search({ text: 'unable OR nothing' }), [], 'words, no operators');
    assert.deepEqual(await search({ text: '"; DROP' }), []);
    const nothing = await store.searchRuns({ text: ' -- ' });
    assert(!nothing.ok && /no word/.test(nothing.problems[0]!.summary));
  });

  it('finds what was said before there was a search', async () => {
    const file = path.join(folder, 'old.db');
    const { dialect, database } = openSqlite(file);
    const db = new Kysely<never>({ dialect });
    const { error } = await new Migrator({ db, provider: { getMigrations: async () => ({ '0001-first': migrations['0001-first']! }) } }).migrateToLatest();
    assert.equal(error, undefined);
    database.exec(
      `INSERT INTO runs VALUES (7, 'd/x@n1', 'd', 'x', 'n1', 1, 2, '{"nodeName":"n1","mode":"apply","fingerprint":"f"}', 'done', '{"outcome":"done"}')`,
    );
    const event = (seq: number, value: object) => database.prepare('INSERT INTO run_events VALUES (7, ?, 1, ?)').run(seq, JSON.stringify(value));
    event(1, { kind: 'begin', index: 1, name: 'package chrony' });
    event(2, { kind: 'end', index: 1, name: 'package chrony', result: 'failed', seconds: 1, reason: 'no such package' });
    await db.destroy();
    const old = await openStore({ file });
    const found = await old.searchRuns({ text: 'such package' });
    await old.close();
    assert.deepEqual(found.ok && found.value.map((hit) => [hit.run.id, hit.seq, hit.line]), [[7, 2, 'no such package']]);
  });

  it('deletes old runs with what they said, and never the latest, the latest that was done, or one that goes on', async () => {
    const key = 'd/x@n1';
    const day = 86_400_000;
    const ids = await store.startRuns(Array.from({ length: 8 }, (_, index) => attempt(key, Date.now() - (20 - index) * day)));
    // Done, failed, failed, …; the last goes on, and so does one in the middle that an older process left.
    const endings = ids.map((id, index) => ({ id, endedAt: 9, outcome: index === 0 ? ('done' as const) : ('failed' as const) }));
    await store.endRuns(endings.filter((_, index) => index !== 7 && index !== 2));
    await store.startRuns([attempt('d/alone@n1', 1)]);
    for (const id of ids) await store.appendRunEvents(id, say(`word of ${id}`));
    const before = await store.lastSeq();

    const rule = { perNodeRole: 3, days: 90 };
    assert.deepEqual(await pruneRuns(store, rule, { dryRun: true }), { runs: 3, events: 3 });
    assert.equal((await store.runs({ key })).length, 8, 'a dry run deletes nothing');
    assert.deepEqual(await pruneRuns(store, rule), { runs: 3, events: 3 });
    const left = async () => (await store.runs({ key })).map((run) => run.id - ids[0]!);
    assert.deepEqual(await left(), [7, 6, 5, 2, 0]);
    assert.deepEqual(await store.runEvents(ids[1]!, 0), []);
    const words = await store.searchRuns({ text: 'word of' });
    assert.deepEqual(words.ok && words.value.map((hit) => hit.run.id - ids[0]!), [7, 6, 5, 2, 0]);

    assert.deepEqual(await pruneRuns(store, { perNodeRole: 3, days: 15 }), { runs: 1, events: 1 });
    assert.deepEqual(await left(), [7, 6, 2, 0], 'one is older than fifteen days, the others are needed');
    assert.equal((await store.runs({ role: 'alone' })).length, 1);
    assert.equal(await store.lastSeq(), before, 'nobody has to look at what is gone');
  });

  it('goes through all node-roles in batches', async () => {
    const keys = Array.from({ length: 450 }, (_, index) => `d/x@n${index}`);
    for (let round = 0; round < 3; round++) {
      const ids = await store.startRuns(keys.map((key) => attempt(key, Date.now())));
      await store.endRuns(ids.map((id) => ({ id, endedAt: 9, outcome: 'done' as const })));
    }
    assert.deepEqual(await pruneRuns(store, { perNodeRole: 1, days: 90 }), { runs: 900, events: 0 });
    assert.equal((await store.latestRuns()).length, 450);
  });

  it('forgets old changes but the newest, and says from where on it knows', async () => {
    for (const name of ['a', 'b', 'c']) await store.put('deployment', name, deployment(name), 'new');
    assert.equal(await store.firstSeq(), 1);
    assert.equal(await store.pruneChanges(3), 2);
    assert.deepEqual([await store.firstSeq(), await store.lastSeq()], [3, 3]);
    assert.equal(await store.pruneChanges(1000), 0);
    await store.put('deployment', 'd', deployment('d'), 'new');
    assert.equal(await store.lastSeq(), 4);
  });

  it('loses no acknowledged write to kill -9 and keeps no half of a transaction', async function () {
    this.timeout(120_000);
    // A child writes pairs of facts, each pair in one transaction, and says so after each acknowledgement.
    const program = `
      import { openStore } from ${JSON.stringify(path.resolve(import.meta.dirname, 'store.ts'))};
      import { ok } from ${JSON.stringify(path.resolve(import.meta.dirname, '../model/problem.ts'))};
      const store = await openStore({ file: process.argv[1] });
      const from = (await store.list('deployment')).length;
      for (let i = from; ; i += 2) {
        await store.transact(async (tx) => {
          await tx.put('deployment', String(i), { name: 'x', summary: '', pools: [] }, 'new');
          await tx.put('deployment', String(i + 1), { name: 'x', summary: '', pools: [] }, 'new');
          return ok(undefined);
        });
        process.stdout.write(i + '\\n');
      }`;
    const file = path.join(folder, 'killed.db');
    for (let round = 0; round < 5; round++) {
      const child = spawn(process.execPath, ['--input-type=module', '-e', program, file], { stdio: ['ignore', 'pipe', 'inherit'] });
      let said = '';
      child.stdout.on('data', (chunk) => {
        said += chunk;
      });
      while (said.split('\n').length < 10 + round * 7) await new Promise((resolve) => setTimeout(resolve, 5));
      child.kill('SIGKILL');
      await once(child, 'close');
      const acknowledged = Number(said.trimEnd().split('\n').at(-1));
      const after = await openStore({ file });
      const facts = await after.list('deployment');
      const changes = await after.lastSeq();
      await after.close();
      assert(facts.length >= acknowledged + 2, `${facts.length} facts, ${acknowledged + 2} acknowledged`);
      assert.equal(facts.length % 2, 0);
      assert.equal(changes, facts.length);
    }
  });

  it('loses no run that was begun or ended to kill -9, however many share a commit', async function () {
    this.timeout(120_000);
    // A child begins groups of runs, ends them, and says each time which it may count on.
    const program = `
      import { openStore } from ${JSON.stringify(path.resolve(import.meta.dirname, 'store.ts'))};
      const store = await openStore({ file: process.argv[1] });
      for (;;) {
        const runs = Array.from({ length: 300 }, (_, n) => ({ key: 'd/x@n' + n, deployment: 'd', role: 'x', nodeId: 'n' + n, nodeName: 'n' + n, mode: 'apply', fingerprint: 'f', startedAt: 1 }));
        const ids = await store.startRuns(runs);
        process.stdout.write('begun ' + ids.at(-1) + '\\n');
        await Promise.all([0, 1, 2].map((third) => store.endRuns(ids.slice(third * 100, third * 100 + 100).map((id) => ({ id, endedAt: 2, outcome: 'done' })))));
        process.stdout.write('ended ' + ids.at(-1) + '\\n');
      }`;
    const file = path.join(folder, 'killed.db');
    for (let round = 0; round < 5; round++) {
      const child = spawn(process.execPath, ['--input-type=module', '-e', program, file], { stdio: ['ignore', 'pipe', 'inherit'] });
      let said = '';
      child.stdout.on('data', (chunk) => {
        said += chunk;
      });
      while (said.split('\n').length < 6 + round * 5) await new Promise((resolve) => setTimeout(resolve, 5));
      child.kill('SIGKILL');
      await once(child, 'close');
      const last = (word: string) =>
        Number(
          said
            .trimEnd()
            .split('\n')
            .findLast((line) => line.startsWith(word))!
            .split(' ')[1],
        );
      const after = await openStore({ file });
      const newest = (await after.runs({ limit: 1 }))[0]!.id;
      const open = (await after.unfinishedRuns()).map((run) => run.id);
      const started = (await after.changes(0, 100_000)).filter((change) => change.revision === 1).length;
      // An older process's, as the annealer does it at its start.
      await after.endRuns(open.map((id) => ({ id, endedAt: 3, outcome: 'interrupted' })));
      await after.close();
      assert(newest >= last('begun') && newest % 300 === 0, `${newest} begun, ${last('begun')} acknowledged`);
      assert(
        open.every((id) => id > last('ended')),
        `${open[0]} is open, ${last('ended')} was acknowledged as ended`,
      );
      assert.equal(open.length % 100, 0, 'no half of a commit');
      assert.equal(started, newest, 'each is in the feed, once');
    }
  });
});
