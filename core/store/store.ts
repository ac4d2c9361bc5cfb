// Facts on disk and the change feed. Everything that boot/, api/ and annealer/ know of each other goes through here.
// A write names the revision it is based on; a transaction that returns Problems leaves no trace.

import { createHash } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { type Insertable, Kysely, type Selectable, type Transaction } from 'kysely';
import { Migrator } from 'kysely/migration';
import type { Revised } from '../model/node.ts';
import { bad, type Checked, ok, problem } from '../model/problem.ts';
import type { ProposalBody, ProposalCommit } from '../model/proposal.ts';
import type { NodeRoleKey, Run, RunEvent } from '../model/run.ts';
import type { FactKind, Facts } from './facts.ts';
import { migrations } from './migrations.ts';
import { sqliteDialect } from './sqlite.ts';
import type { Tables } from './tables.ts';

export type { FactKind, Facts } from './facts.ts';

export type Change = { seq: number; kind: string; id: string; revision: number; at: number };
export type LoggedEvent = { seq: number; at: number; event: RunEvent };
/** What is put in: the revision that was read, `new` for a first write, `any` where the writer owns the fact. */
export type Expected = number | 'new' | 'any';
export type NewRun = Omit<Run, 'id' | 'endedAt' | 'outcome' | 'problem' | 'outputs' | 'counts'>;
export type RunEnding = Pick<Run, 'outcome' | 'problem' | 'outputs' | 'counts'> & { id: number; endedAt: number };
export type RunFilter = { nodeId?: string; role?: string; key?: NodeRoleKey; before?: number; limit?: number };

/** Reads and writes, in a transaction or outside one. */
export type Facility = {
  get<K extends FactKind>(kind: K, id: string): Promise<Revised<Facts[K]> | undefined>;
  list<K extends FactKind>(kind: K): Promise<Revised<Facts[K]>[]>;
  /** A stale `expected` gives a Problem, and nothing is written. */
  put<K extends FactKind>(kind: K, id: string, value: Facts[K], expected: Expected): Promise<Checked<Revised<Facts[K]>>>;
  remove(kind: FactKind, id: string): Promise<void>;
  /** Makes `owner` the only holder of `value`; a Problem naming the present holder when there is another. */
  claim(scope: string, value: string, owner: string): Promise<Checked<void>>;
  release(owner: string, scope?: string): Promise<void>;
  /** value → owner */
  claims(scope: string): Promise<Map<string, string>>;
  appendCommit(commit: ProposalCommit): Promise<void>;
};

export type Store = Facility & {
  /** All writes of `work` or, when it returns Problems or throws, none. */
  transact<T>(work: (tx: Facility) => Promise<Checked<T>>): Promise<Checked<T>>;

  commits(proposalId: string): Promise<ProposalCommit[]>;

  /** Starts runs; returns their ids in the same order. */
  startRuns(runs: NewRun[]): Promise<number[]>;
  endRuns(endings: RunEnding[]): Promise<void>;
  run(id: number): Promise<Run | undefined>;
  /** Newest first. */
  runs(filter: RunFilter): Promise<Run[]>;
  /** The latest run of each node-role, finished or not; those of nodes still known. */
  latestRuns(): Promise<Run[]>;
  /** The latest successful apply of each node-role. */
  latestDoneRuns(): Promise<Run[]>;
  unfinishedRuns(): Promise<Run[]>;
  appendRunEvents(runId: number, events: LoggedEvent[]): Promise<void>;
  runEvents(runId: number, after: number): Promise<LoggedEvent[]>;

  /** Keeps the hash of a one-time credential. */
  issueToken(text: string, purpose: string, subject: string, expiresAt: number): Promise<void>;
  /** The subject, once: a second redemption, a wrong purpose or a late one gives undefined. */
  redeemToken(text: string, purpose: string, now: number): Promise<string | undefined>;
  /** The subject, as often as asked until it expires or is revoked. */
  tokenSubject(text: string, purpose: string, now: number): Promise<string | undefined>;
  revokeTokens(purpose: string, subject: string): Promise<void>;

  /** Changes after `seq`, oldest first. */
  changes(after: number, limit: number): Promise<Change[]>;
  lastSeq(): Promise<number>;
  /** Called after commits, coalesced: look at the store, not at an argument. Returns the way to stop. */
  onChange(wake: () => void): () => void;
  /** For those who follow a run's log. */
  onRunEvents(listener: (runId: number, events: LoggedEvent[]) => void): () => void;

  close(): Promise<void>;
};

const RUN_LIMIT = 200;

/** Opens (and where needed creates or migrates) the database. `now` is the clock, in Unix ms. */
export async function openStore(options: { file: string; now?: () => number }): Promise<Store> {
  mkdirSync(path.dirname(options.file), { recursive: true, mode: 0o700 });
  const db = new Kysely<Tables>({ dialect: sqliteDialect(options.file) });
  await migrate(db);
  return storeOn(db, options.now ?? Date.now);
}

async function migrate(db: Kysely<Tables>): Promise<void> {
  const migrator = new Migrator({ db, provider: { getMigrations: async () => migrations } });
  const { error } = await migrator.migrateToLatest();
  if (error) throw error;
}

function storeOn(db: Kysely<Tables>, now: () => number): Store {
  const events = new EventEmitter().setMaxListeners(0);
  let wakeScheduled = false;
  // Many writes in one turn of the event loop wake the listeners once.
  const wake = () => {
    if (wakeScheduled) return;
    wakeScheduled = true;
    setImmediate(() => {
      wakeScheduled = false;
      events.emit('change');
    });
  };

  const inTransaction = <T>(work: (trx: Transaction<Tables>) => Promise<T>): Promise<T> =>
    db
      .transaction()
      .execute(work)
      .then((result) => {
        wake();
        return result;
      });

  const note = (on: Kysely<Tables>, changes: { kind: string; id: string; revision: number }[]) =>
    inChunks(changes, (chunk) =>
      on
        .insertInto('changes')
        .values(chunk.map((c) => ({ ...c, at: now() })))
        .execute(),
    );

  const facilityOn = (on: Kysely<Tables>): Facility => ({
    async get(kind, id) {
      const row = await on.selectFrom('facts').selectAll().where('kind', '=', kind).where('id', '=', id).executeTakeFirst();
      return row && revised(row);
    },
    async list(kind) {
      const rows = await on.selectFrom('facts').selectAll().where('kind', '=', kind).orderBy('id').execute();
      return rows.map((row) => revised(row));
    },
    async put(kind, id, value, expected) {
      const row = await on.selectFrom('facts').select('revision').where('kind', '=', kind).where('id', '=', id).executeTakeFirst();
      const present = row?.revision ?? 0;
      if (expected === 'new' ? row : expected !== 'any' && expected !== present) return bad(stale(kind, id, expected, present));
      const revision = present + 1;
      const body = JSON.stringify({ ...value, revision: undefined });
      if (row) await on.updateTable('facts').set({ revision, body }).where('kind', '=', kind).where('id', '=', id).execute();
      else await on.insertInto('facts').values({ kind, id, revision, body }).execute();
      await note(on, [{ kind, id, revision }]);
      return ok({ ...value, revision });
    },
    async remove(kind, id) {
      const { numDeletedRows } = await on.deleteFrom('facts').where('kind', '=', kind).where('id', '=', id).executeTakeFirst();
      if (numDeletedRows) await note(on, [{ kind, id, revision: 0 }]);
    },
    async claim(scope, value, owner) {
      const held = await on.selectFrom('claims').select('owner').where('scope', '=', scope).where('value', '=', value).executeTakeFirst();
      if (held && held.owner !== owner) {
        return bad(
          problem(`${scope} ${value} already belongs to ${held.owner}.`, { node: owner }, `Give ${owner} another one, or forget ${held.owner} first.`),
        );
      }
      if (!held) await on.insertInto('claims').values({ scope, value, owner }).execute();
      return ok(undefined);
    },
    async release(owner, scope) {
      let query = on.deleteFrom('claims').where('owner', '=', owner);
      if (scope) query = query.where('scope', '=', scope);
      await query.execute();
    },
    async claims(scope) {
      const rows = await on.selectFrom('claims').select(['value', 'owner']).where('scope', '=', scope).execute();
      return new Map(rows.map((row) => [row.value, row.owner]));
    },
    async appendCommit(commit) {
      await on
        .insertInto('proposal_commits')
        .values({
          proposal_id: commit.proposalId,
          commit_number: commit.commit,
          body: JSON.stringify(commit.body),
          note: commit.note,
          at: commit.at,
        })
        .execute();
      await note(on, [{ kind: 'commit', id: commit.proposalId, revision: commit.commit }]);
    },
  });

  const transact: Store['transact'] = async (work) => {
    try {
      return await inTransaction(async (trx) => {
        const result = await work(facilityOn(trx));
        if (!result.ok) throw new Rollback(result);
        return result;
      });
    } catch (error) {
      if (error instanceof Rollback) return error.result;
      throw error;
    }
  };

  const outside = facilityOn(db);
  return {
    ...outside,
    put: (kind, id, value, expected) => transact((tx) => tx.put(kind, id, value, expected)),
    claim: (scope, value, owner) => transact((tx) => tx.claim(scope, value, owner)),
    async remove(kind, id) {
      await transact(async (tx) => ok(await tx.remove(kind, id)));
    },
    async appendCommit(commit) {
      await transact(async (tx) => ok(await tx.appendCommit(commit)));
    },
    transact,

    async commits(proposalId) {
      const rows = await db.selectFrom('proposal_commits').selectAll().where('proposal_id', '=', proposalId).orderBy('commit_number', 'desc').execute();
      return rows.map((row) => ({ proposalId, commit: row.commit_number, body: JSON.parse(row.body) as ProposalBody, note: row.note, at: row.at }));
    },

    startRuns: (runs) =>
      inTransaction(async (trx) => {
        const ids: number[] = [];
        await inChunks(runs, async (chunk) => {
          const rows = await trx.insertInto('runs').values(chunk.map(newRunRow)).returning('id').execute();
          ids.push(...rows.map((row) => row.id));
        });
        await note(
          trx,
          ids.map((id) => ({ kind: 'run', id: String(id), revision: 1 })),
        );
        return ids;
      }),
    async endRuns(endings) {
      await inTransaction(async (trx) => {
        for (const ending of endings) {
          const { id, endedAt, ...rest } = ending;
          await trx
            .updateTable('runs')
            .set({ ended_at: endedAt, outcome: ending.outcome ?? '', ending: JSON.stringify(rest) })
            .where('id', '=', id)
            .where('ended_at', '=', 0)
            .execute();
        }
        await note(
          trx,
          endings.map((e) => ({ kind: 'run', id: String(e.id), revision: 2 })),
        );
      });
    },
    async run(id) {
      const row = await db.selectFrom('runs').selectAll().where('id', '=', id).executeTakeFirst();
      return row && runOf(row);
    },
    async runs(filter) {
      let query = db
        .selectFrom('runs')
        .selectAll()
        .orderBy('id', 'desc')
        .limit(filter.limit ?? RUN_LIMIT);
      if (filter.nodeId) query = query.where('node_id', '=', filter.nodeId);
      if (filter.role) query = query.where('role', '=', filter.role);
      if (filter.key) query = query.where('key', '=', filter.key);
      if (filter.before) query = query.where('id', '<', filter.before);
      return (await query.execute()).map(runOf);
    },
    async latestRuns() {
      const rows = await db
        .selectFrom('runs')
        .selectAll()
        .where('id', 'in', (q) =>
          q
            .selectFrom('runs')
            .select((e) => e.fn.max('id').as('id'))
            .groupBy('key'),
        )
        .orderBy('id')
        .execute();
      return rows.map(runOf);
    },
    async latestDoneRuns() {
      const rows = await db
        .selectFrom('runs')
        .selectAll()
        .where('id', 'in', (q) =>
          q
            .selectFrom('runs')
            .select((e) => e.fn.max('id').as('id'))
            .where('outcome', '=', 'done')
            .groupBy('key'),
        )
        .execute();
      // A role that was taken off again has no outputs any more.
      return rows.map(runOf).filter((run) => run.mode === 'apply');
    },
    async unfinishedRuns() {
      return (await db.selectFrom('runs').selectAll().where('ended_at', '=', 0).orderBy('id').execute()).map(runOf);
    },
    async appendRunEvents(runId, batch) {
      await inChunks(batch, (chunk) =>
        db
          .insertInto('run_events')
          .values(chunk.map((e) => ({ run_id: runId, seq: e.seq, at: e.at, event: JSON.stringify(e.event) })))
          .execute(),
      );
      events.emit('run-events', runId, batch);
    },
    async runEvents(runId, after) {
      const rows = await db.selectFrom('run_events').selectAll().where('run_id', '=', runId).where('seq', '>', after).orderBy('seq').limit(10_000).execute();
      return rows.map((row) => ({ seq: row.seq, at: row.at, event: JSON.parse(row.event) as RunEvent }));
    },

    async issueToken(text, purpose, subject, expiresAt) {
      await db
        .insertInto('tokens')
        .values({ hash: hashOf(text), purpose, subject, expires_at: expiresAt, used_at: 0 })
        .execute();
      await db.deleteFrom('tokens').where('expires_at', '<', now()).execute();
    },
    async redeemToken(text, purpose, at) {
      const row = await db
        .updateTable('tokens')
        .set({ used_at: at })
        .where('hash', '=', hashOf(text))
        .where('purpose', '=', purpose)
        .where('used_at', '=', 0)
        .where('expires_at', '>=', at)
        .returning('subject')
        .executeTakeFirst();
      return row?.subject;
    },
    async tokenSubject(text, purpose, at) {
      const row = await db
        .selectFrom('tokens')
        .select('subject')
        .where('hash', '=', hashOf(text))
        .where('purpose', '=', purpose)
        .where('used_at', '=', 0)
        .where('expires_at', '>=', at)
        .executeTakeFirst();
      return row?.subject;
    },
    async revokeTokens(purpose, subject) {
      await db.deleteFrom('tokens').where('purpose', '=', purpose).where('subject', '=', subject).execute();
    },

    async changes(after, limit) {
      return db.selectFrom('changes').selectAll().where('seq', '>', after).orderBy('seq').limit(limit).execute();
    },
    async lastSeq() {
      const row = await db
        .selectFrom('changes')
        .select((e) => e.fn.max('seq').as('seq'))
        .executeTakeFirst();
      return row?.seq ?? 0;
    },
    onChange(listener) {
      events.on('change', listener);
      return () => events.off('change', listener);
    },
    onRunEvents(listener) {
      events.on('run-events', listener);
      return () => events.off('run-events', listener);
    },
    close: () => db.destroy(),
  };
}

/** Carries a refused result out of a transaction so that it is rolled back. */
class Rollback extends Error {
  readonly result: { ok: false; problems: ReturnType<typeof problem>[] };
  constructor(result: Rollback['result']) {
    super('rolled back');
    this.result = result;
  }
}

function stale(kind: string, id: string, expected: Expected, present: number) {
  if (expected === 'new') return problem(`The ${kind} ${id} exists already.`, undefined, 'Choose another name, or change the existing one.');
  if (!present) return problem(`The ${kind} ${id} no longer exists.`, undefined, 'Load the list again.');
  return problem(
    `The ${kind} ${id} was changed by somebody else: it is at revision ${present}, the change was based on ${expected}.`,
    undefined,
    'Load it again, compare, and apply your change to the newer one.',
  );
}

function revised<T>(row: Selectable<Tables['facts']>): Revised<T> {
  return { ...(JSON.parse(row.body) as T), revision: row.revision };
}

function newRunRow(run: NewRun): Insertable<Tables['runs']> {
  const { key, deployment, role, nodeId, startedAt, ...rest } = run;
  return { key, deployment, role, node_id: nodeId, started_at: startedAt, ended_at: 0, outcome: '', body: JSON.stringify(rest), ending: '{}' };
}

function runOf(row: Selectable<Tables['runs']>): Run {
  return {
    ...(JSON.parse(row.body) as Pick<Run, 'nodeName' | 'mode' | 'fingerprint'>),
    ...(JSON.parse(row.ending) as Pick<Run, 'outcome' | 'problem' | 'outputs' | 'counts'>),
    id: row.id,
    key: row.key,
    deployment: row.deployment,
    role: row.role,
    nodeId: row.node_id,
    startedAt: row.started_at,
    ...(row.ended_at && { endedAt: row.ended_at }),
  };
}

const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex');

// A statement takes at most 32,766 parameters; our widest row has nine.
async function inChunks<T>(items: T[], insert: (chunk: T[]) => Promise<unknown>): Promise<void> {
  for (let at = 0; at < items.length; at += 2000) await insert(items.slice(at, at + 2000));
}
