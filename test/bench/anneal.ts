// How many node-roles a second go through the annealer when applying one costs nothing: real store, real plan, every start and every end
// on disk before it counts. The physical limit beside it in the same run: SQLite alone writing the same rows in the same groups.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { startAnnealer } from '../../core/annealer/annealer.ts';
import { noCaptures } from '../../core/annealer/one-machine-for-tests.ts';
import { ok } from '../../core/model/problem.ts';
import { makePlanner } from '../../core/plan/planner.ts';
import type { Remote } from '../../core/remote/remote.ts';
import { followFacts } from '../../core/store/snapshot.ts';
import { PRAGMAS } from '../../core/store/sqlite.ts';
import { openStore, type Store } from '../../core/store/store.ts';
import type { Bench } from './main.ts';
import { site } from './plan.ts';

// As many as there are machines: each does one thing at a time, and none waits for another.
const AT_ONCE = 10_000;
// What a site in daily use sets; here to show that small groups cost little.
const FEW_AT_ONCE = 200;

export const anneal: Bench = async ({ progress }) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'prybar-bench-'));
  try {
    const large = await converge(path.join(folder, 'large.db'), 10_000, 50, AT_ONCE, progress);
    const small = await converge(path.join(folder, 'small.db'), 1000, 50, FEW_AT_ONCE, progress);
    progress('SQLite alone');
    const alone = sqliteAlone(path.join(folder, 'large.db'), path.join(folder, 'alone.db'), large.nodeRoles / large.groups);
    const fsyncs = commitsPerSecond(path.join(folder, 'commits.db'));
    return {
      figures: {
        nodeRoles: large.nodeRoles,
        seconds: large.seconds,
        nodeRolesPerSecond: large.nodeRoles / large.seconds,
        // What a machine that has nothing else to do would reach, but for its disk.
        cpuSeconds: large.cpuSeconds,
        nodeRolesPerCpuSecond: large.nodeRoles / large.cpuSeconds,
        nodeRolesPerSecondAt200: small.nodeRoles / small.seconds,
        groupsStartedTogether: large.groups,
        sqliteAloneSeconds: alone.seconds,
        sqliteAloneCpuSeconds: alone.cpuSeconds,
        sqliteCommitsPerSecond: fsyncs,
        residentMiB: process.memoryUsage().rss / 2 ** 20,
      },
      ratios: { timeOverSqliteAlone: large.seconds / alone.seconds, cpuOverSqliteAlone: large.cpuSeconds / alone.cpuSeconds },
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
};

async function converge(file: string, nodes: number, roles: number, limit: number, progress: (step: string) => void) {
  progress(`${nodes} machines are entered`);
  const store = await openStore({ file });
  const { catalog } = await enter(store, nodes, roles);
  const facts = await followFacts(store);
  const planner = makePlanner(facts, () => catalog);
  planner.plan();
  const problems: string[] = [];
  let groups = 0;
  const counted: Store = { ...store, startRuns: (runs) => (groups++, store.startRuns(runs)) };
  const clock = stopwatch();
  const annealer = await startAnnealer({
    store: counted,
    facts,
    planner,
    limit,
    now: Date.now,
    remoteFor: () => nowhere,
    secretsOf: async () => ({}),
    restart: () => Promise.reject(new Error('nothing is restarted here')),
    startFromDisk: () => Promise.reject(new Error('nothing is installed here')),
    captures: noCaptures,
    apply: async () => ({ kind: 'done', outputs: {}, changed: 0 }),
    onProblem: (p) => problems.push(p.summary),
  });
  const left = () => planner.plan().groups.reduce((sum, group) => sum + group.pending, 0);
  for (let open = left(); open && !problems.length; open = left()) {
    progress(`${open} node-roles of ${nodes * roles} are left`);
    await sleep(50);
  }
  const took = clock();
  await annealer.stop();
  await store.close();
  if (problems.length) throw new Error(problems[0]);
  const done = new DatabaseSync(file, { readOnly: true }).prepare(`SELECT count(*) AS count FROM runs WHERE outcome = 'done'`).get()!.count;
  if (done !== nodes * roles) throw new Error(`${String(done)} runs are on disk instead of ${nodes * roles}`);
  return { ...took, groups, nodeRoles: nodes * roles };
}

const nowhere: Remote = {
  run: () => Promise.reject(new Error('nothing is run in this bench')),
  close() {},
};

async function enter(store: Store, nodes: number, roles: number) {
  const { facts, catalog } = site(nodes, roles);
  await store.transact(async (tx) => {
    for (const node of facts.nodes) await tx.put('node', node.id, node, 'new');
    for (const deployment of facts.deployments) await tx.put('deployment', deployment.name, deployment, 'new');
    for (const { deployment, barclamp, commit, body } of facts.proposals)
      await tx.put(
        'proposal',
        `${deployment}.${barclamp}`,
        { id: `${deployment}.${barclamp}`, deployment, barclamp, commit, draft: body, committed: body },
        'new',
      );
    return ok(undefined);
  });
  return { catalog };
}

type Took = { seconds: number; cpuSeconds: number };

function stopwatch(): () => Took {
  const started = performance.now();
  const cpu = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(cpu);
    return { seconds: (performance.now() - started) / 1000, cpuSeconds: (user + system) / 1e6 };
  };
}

/** How long it takes to write the rows that the annealer left again: so many runs started in a commit, ended in another, each noted in the feed. */
function sqliteAlone(from: string, file: string, together: number): Took {
  const source = new DatabaseSync(from, { readOnly: true });
  const tables = source.prepare(`SELECT sql FROM sqlite_master WHERE tbl_name IN ('runs', 'changes') AND sql IS NOT NULL AND name NOT LIKE 'sqlite_%'`).all();
  const runs = source.prepare('SELECT key, deployment, role, node_id, started_at, body, ended_at, outcome, ending FROM runs ORDER BY id').all();
  source.close();
  const database = new DatabaseSync(file);
  database.exec(PRAGMAS);
  for (const { sql } of tables) database.exec(String(sql));
  const begin = database.prepare(
    `INSERT INTO runs (key, deployment, role, node_id, started_at, ended_at, outcome, body, ending) VALUES (?, ?, ?, ?, ?, 0, '', ?, '{}')`,
  );
  const end = database.prepare('UPDATE runs SET ended_at = ?, outcome = ?, ending = ? WHERE id = ?');
  const note = database.prepare(`INSERT INTO changes (kind, id, revision, at) VALUES ('run', ?, ?, 0)`);
  const clock = stopwatch();
  for (let at = 0; at < runs.length; at += together) {
    const part = runs.slice(at, at + together);
    database.exec('BEGIN IMMEDIATE');
    const ids = part.map((run) => Number(begin.run(run.key!, run.deployment!, run.role!, run.node_id!, run.started_at!, run.body!).lastInsertRowid));
    for (const id of ids) note.run(String(id), 1);
    database.exec('COMMIT; BEGIN IMMEDIATE');
    for (const [index, run] of part.entries()) end.run(run.ended_at!, run.outcome!, run.ending!, ids[index]!);
    for (const id of ids) note.run(String(id), 2);
    database.exec('COMMIT');
  }
  const took = clock();
  database.close();
  return took;
}

/** Durable commits of one row each. */
function commitsPerSecond(file: string): number {
  const database = new DatabaseSync(file);
  database.exec(`${PRAGMAS} CREATE TABLE t (a)`);
  const insert = database.prepare('INSERT INTO t VALUES (1)');
  const started = performance.now();
  let commits = 0;
  for (; performance.now() - started < 1000; commits++) insert.run();
  database.close();
  return commits / ((performance.now() - started) / 1000);
}
