// Facts on disk and the change feed. Everything that boot/, api/ and annealer/ know of each other goes through here.
// A write names the revision it is based on; a transaction that returns Problems leaves no trace.

import { EventEmitter } from 'node:events';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { Kysely, type Selectable, type Transaction } from 'kysely';
import { Migrator } from 'kysely/migration';
import type { AuditEntry } from '../model/audit.ts';
import type { Revised } from '../model/node.ts';
import { bad, type Checked, ok, problem } from '../model/problem.ts';
import type { ProposalBody, ProposalCommit } from '../model/proposal.ts';
import type { NodeRoleKey, Run, RunEvent } from '../model/run.ts';
import { appendAudit, type AuditLog, auditLog, cutAudit } from './audit.ts';
import { type CredentialTable, credentialTable, hashOf } from './credentials.ts';
import type { FactKind, Facts } from './facts.ts';
import { migrations } from './migrations.ts';
import { type HappeningTable, happeningTable } from './happenings.ts';
import { type MomentTable, momentTable } from './moments.ts';
import { type RunTable, runTable } from './runs.ts';
import { openSqlite } from './sqlite.ts';
import type { Tables } from './tables.ts';

export type { Credential } from './credentials.ts';
export type { FactKind, Facts } from './facts.ts';
export type { Moment, MomentTable } from './moments.ts';

export type Change = { seq: number; kind: string; id: string; revision: number; at: number };
export type LoggedEvent = { seq: number; at: number; event: RunEvent };
/** What is put in: the revision that was read, `new` for a first write, `any` where the writer owns the fact. */
export type Expected = number | 'new' | 'any';
export type NewRun = Omit<Run, 'id' | 'endedAt' | 'outcome' | 'problem' | 'outputs' | 'counts'>;
export type RunEnding = Pick<Run, 'outcome' | 'problem' | 'outputs' | 'counts'> & { id: number; endedAt: number };
export type RunFilter = {
  nodeId?: string;
  role?: string;
  key?: NodeRoleKey;
  deployment?: string;
  outcome?: NonNullable<Run['outcome']> | 'running';
  /** Unix ms, of their start; both inclusive. */
  since?: number;
  until?: number;
  /** Run ids lower than this. */
  before?: number;
  limit?: number;
};
/** Words, or beginnings of words, that must all be in one event; `olderThan` is the last hit that was seen. */
export type SearchFilter = RunFilter & { text: string; olderThan?: { runId: number; seq: number } };
/** A line that was found, with the event it stands in. */
export type RunHit = { run: Run; seq: number; at: number; line: string; resource?: string };
/** How much history stays: the latest runs of each node-role, and none that is older. */
export type PruneRule = { perNodeRole: number; days: number };
export type Pruned = { runs: number; events: number };

/** Reads and writes, in a transaction or outside one. */
export type Facility = {
  get<K extends FactKind>(kind: K, id: string): Promise<Revised<Facts[K]> | undefined>;
  list<K extends FactKind>(kind: K): Promise<Revised<Facts[K]>[]>;
  /** Their ids alone. */
  names(kind: FactKind): Promise<string[]>;
  /** A stale `expected` gives a Problem, and nothing is written. */
  put<K extends FactKind>(kind: K, id: string, value: Facts[K], expected: Expected): Promise<Checked<Revised<Facts[K]>>>;
  remove(kind: FactKind, id: string): Promise<void>;
  /** Makes `owner` the only holder of `value`; a Problem naming the present holder when there is another. */
  claim(scope: string, value: string, owner: string): Promise<Checked<void>>;
  release(owner: string, scope?: string): Promise<void>;
  ownerOf(scope: string, value: string): Promise<string | undefined>;
  /** value → owner, all of them. */
  claims(scope: string): Promise<Map<string, string>>;
  appendCommit(commit: ProposalCommit): Promise<void>;
  /** Appends to the audit log. */
  audit(entry: AuditEntry): Promise<void>;
};

export type Store = Facility & {
  /** All writes of `work` or, when it returns Problems or throws, none. */
  transact<T>(work: (tx: Facility) => Promise<Checked<T>>): Promise<Checked<T>>;

  commits(proposalId: string): Promise<ProposalCommit[]>;
  /** Of all proposals, without what was committed; both inclusive, the oldest `limit`. */
  commitsBetween(since: number, until: number, limit: number): Promise<Omit<ProposalCommit, 'body'>[]>;

  /** Starts runs; returns their ids in the same order. */
  startRuns(runs: NewRun[]): Promise<number[]>;
  endRuns(endings: RunEnding[]): Promise<void>;
  run(id: number): Promise<Run | undefined>;
  /** Those of them that exist, in no order. */
  runsById(ids: readonly number[]): Promise<Run[]>;
  /** Newest first. */
  runs(filter: RunFilter): Promise<Run[]>;
  /** Of each of these node-roles the latest run that had begun at that moment. */
  runsAt(keys: readonly NodeRoleKey[], at: number): Promise<Run[]>;
  /** The latest run of each node-role, finished or not; those of nodes still known. */
  latestRuns(): Promise<Run[]>;
  /** The latest successful apply of each node-role. */
  latestDoneRuns(): Promise<Run[]>;
  unfinishedRuns(): Promise<Run[]>;
  /** Newest first, out of the newest 20,000 matches. A text without a word gives a Problem. */
  searchRuns(filter: SearchFilter): Promise<Checked<RunHit[]>>;
  /**
   * Deletes runs that the rule does not keep, with what they said, of a few hundred node-roles after `after`; `next` says where to go on.
   * The latest run of a node-role, its latest successful one and those that go on stay. A dry run only counts.
   */
  pruneRuns(rule: PruneRule, after: string, dryRun?: boolean): Promise<Pruned & { next?: string }>;
  appendRunEvents(runId: number, events: LoggedEvent[]): Promise<void>;
  runEvents(runId: number, after: number): Promise<LoggedEvent[]>;

  /** Keeps the hash of a one-time credential. */
  issueToken(text: string, purpose: string, subject: string, expiresAt: number): Promise<void>;
  /** The subject, once: a second redemption, a wrong purpose or a late one gives undefined. */
  redeemToken(text: string, purpose: string, now: number): Promise<string | undefined>;
  /** The subject, as often as asked until it expires or is revoked. */
  tokenSubject(text: string, purpose: string, now: number): Promise<string | undefined>;
  revokeTokens(purpose: string, subject: string): Promise<void>;
  auditLog: AuditLog;
  /** Takes records of more than so many days ago out of the audit log, with a record that says so; how many there were. */
  cutAudit(days: number): Promise<number>;
  /** Sessions, API tokens and known browsers. */
  credentials: CredentialTable;
  /** What the plan was seen to be. */
  moments: MomentTable;
  /** What machines were seen to go through. */
  happenings: HappeningTable;

  /** Changes after `seq`, oldest first. */
  changes(after: number, limit: number): Promise<Change[]>;
  lastSeq(): Promise<number>;
  /** The oldest change that is kept, 0 when there is none. Who has not read the one before it has missed some, and reads everything anew. */
  firstSeq(): Promise<number>;
  /** Deletes changes older than `before`, a few thousand at a time; how many there were. The newest one always stays. */
  pruneChanges(before: number): Promise<number>;
  /** Called after commits, coalesced: look at the store, not at an argument. Returns the way to stop. */
  onChange(wake: () => void): () => void;
  /** For those who follow a run's log. */
  onRunEvents(listener: (runId: number, events: LoggedEvent[]) => void): () => void;

  close(): Promise<void>;
};

const CHANGES_PRUNED_AT_ONCE = 5000;

/** Opens (and where needed creates or migrates) the database. `now` is the clock, in Unix ms. */
export async function openStore(options: { file: string; now?: () => number }): Promise<Store> {
  mkdirSync(path.dirname(options.file), { recursive: true, mode: 0o700 });
  const { dialect, database } = openSqlite(options.file);
  const db = new Kysely<Tables>({ dialect });
  await migrate(db);
  return storeOn(db, runTable(database), options.now ?? Date.now);
}

async function migrate(db: Kysely<Tables>): Promise<void> {
  const migrator = new Migrator({ db, provider: { getMigrations: async () => migrations } });
  const { error } = await migrator.migrateToLatest();
  if (error) throw error;
}

function storeOn(db: Kysely<Tables>, runs: RunTable, now: () => number): Store {
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

  // In turn with transactions: in the middle of one, what it has not committed yet would be seen.
  const reading = <T>(read: () => T): Promise<T> => db.connection().execute(async () => read());

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
    async names(kind) {
      const rows = await on.selectFrom('facts').select('id').where('kind', '=', kind).orderBy('id').execute();
      return rows.map(({ id }) => id);
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
    async ownerOf(scope, value) {
      return (await on.selectFrom('claims').select('owner').where('scope', '=', scope).where('value', '=', value).executeTakeFirst())?.owner;
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
    audit: (entry) => appendAudit(on, entry),
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
    async audit(entry) {
      await transact(async (tx) => ok(await tx.audit(entry)));
    },
    auditLog: auditLog(db),
    cutAudit: (days) => inTransaction((trx) => cutAudit(trx, days, now())),
    transact,

    async commits(proposalId) {
      const rows = await db.selectFrom('proposal_commits').selectAll().where('proposal_id', '=', proposalId).orderBy('commit_number', 'desc').execute();
      return rows.map((row) => ({ proposalId, commit: row.commit_number, body: JSON.parse(row.body) as ProposalBody, note: row.note, at: row.at }));
    },
    async commitsBetween(since, until, limit) {
      const rows = await db
        .selectFrom('proposal_commits')
        .select(['proposal_id', 'commit_number', 'note', 'at'])
        .where('at', '>=', since)
        .where('at', '<=', until)
        .orderBy('at')
        .limit(limit)
        .execute();
      return rows.map((row) => ({ proposalId: row.proposal_id, commit: row.commit_number, note: row.note, at: row.at }));
    },

    async startRuns(started) {
      const ids = await inTransaction(async () => runs.start(started, now()));
      runs.remember(started.map((run, index) => ({ ...run, id: ids[index]! })));
      return ids;
    },
    async endRuns(endings) {
      runs.remember(await inTransaction(async () => runs.end(endings, now())));
    },
    run: (id) => reading(() => runs.some([id])[0]),
    runsById: (ids) => reading(() => runs.some(ids)),
    runs: (filter) => reading(() => runs.list(filter)),
    runsAt: (keys, at) => reading(() => runs.at(keys, at)),
    latestRuns: () => reading(runs.latest),
    latestDoneRuns: () => reading(runs.latestDone),
    unfinishedRuns: () => reading(runs.unfinished),
    searchRuns: (filter) => reading(() => runs.search(filter)),
    pruneRuns: (rule, after, dryRun = false) => db.transaction().execute(async () => runs.prune(rule, now(), after, dryRun)),
    async appendRunEvents(runId, batch) {
      await db.transaction().execute(async () => runs.log(runId, batch));
      events.emit('run-events', runId, batch);
    },
    runEvents: (runId, after) => reading(() => runs.events(runId, after)),

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
    credentials: credentialTable(db),
    moments: momentTable(db),
    happenings: happeningTable(db),
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
    async firstSeq() {
      const row = await db
        .selectFrom('changes')
        .select((e) => e.fn.min('seq').as('seq'))
        .executeTakeFirst();
      return row?.seq ?? 0;
    },
    async pruneChanges(before) {
      const { numDeletedRows } = await db
        .deleteFrom('changes')
        .where('seq', 'in', (q) =>
          q
            .selectFrom('changes')
            .select('seq')
            .where('seq', '<', before)
            .where('seq', '<', (max) => max.selectFrom('changes').select((e) => e.fn.max('seq').as('seq')))
            .orderBy('seq')
            .limit(CHANGES_PRUNED_AT_ONCE),
        )
        .executeTakeFirst();
      return Number(numDeletedRows);
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

// A statement takes at most 32,766 parameters; our widest row has nine.
async function inChunks<T>(items: T[], insert: (chunk: T[]) => Promise<unknown>): Promise<void> {
  for (let at = 0; at < items.length; at += 2000) await insert(items.slice(at, at + 2000));
}
