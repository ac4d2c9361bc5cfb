import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { once } from 'node:events';
import type { Deployment } from '../model/proposal.ts';
import { bad, ok, problem } from '../model/problem.ts';
import { openStore, type Store } from './store.ts';

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

  it('loses no acknowledged write to kill -9 and keeps no half of a transaction', async function () {
    this.timeout(60_000);
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
});
