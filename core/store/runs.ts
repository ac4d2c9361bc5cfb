// Runs and what they said, on disk. The hot path of a large site goes through here: many starts and ends share one commit, statements are
// prepared once, and in SQLite's own words, because building them anew would cost more than running them.

import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import type { Run, RunEvent } from '../model/run.ts';
import { bad, type Checked, ok, problem } from '../model/problem.ts';
import type { LoggedEvent, NewRun, Pruned, PruneRule, RunEnding, RunFilter, RunHit, SearchFilter } from './store.ts';

type Row = {
  id: number;
  key: string;
  deployment: string;
  role: string;
  node_id: string;
  started_at: number;
  ended_at: number;
  outcome: string;
  body: string;
  ending: string;
};

/** Reads happen at once; writes belong into a transaction, which the caller opens. */
export type RunTable = ReturnType<typeof runTable>;

const RUN_LIMIT = 200;
// Enough for two groups of ends and starts on a large site.
const RECENT = 30_000;
const LOG_LIMIT = 10_000;
// A word that is in every line would else be looked up in millions of them.
const MATCHES_LOOKED_AT = 20_000;
const PRUNED_KEYS_AT_ONCE = 200;

/** Where the words of an event are filed: its run and its number in one. A run has far fewer events than this. */
const EVENTS_OF_A_RUN = 2 ** 24;

export function runTable(database: DatabaseSync) {
  const prepared = new Map<string, StatementSync>();
  const statement = (sql: string): StatementSync => {
    let made = prepared.get(sql);
    if (!made) prepared.set(sql, (made = database.prepare(sql)));
    return made;
  };
  const recent = new Map<number, Run>();
  const rows = <T = Row>(sql: string, ...values: SQLInputValue[]): T[] => statement(sql).all(...values) as T[];
  const note = (ids: number[], revision: number, at: number) =>
    statement(`INSERT INTO changes (kind, id, revision, at) SELECT 'run', value, ?, ? FROM json_each(?)`).run(revision, at, JSON.stringify(ids.map(String)));

  return {
    /** Their ids, in the same order. */
    start(runs: readonly NewRun[], at: number): number[] {
      const insert = statement(
        `INSERT INTO runs (key, deployment, role, node_id, started_at, ended_at, outcome, body, ending) VALUES (?, ?, ?, ?, ?, 0, '', ?, '{}')`,
      );
      const ids = runs.map(({ key, deployment, role, nodeId, startedAt, ...rest }) =>
        Number(insert.run(key, deployment, role, nodeId, startedAt, JSON.stringify(rest)).lastInsertRowid),
      );
      note(ids, 1, at);
      return ids;
    },
    /** As they are then, those that are remembered: forgotten until the commit, which may fail. */
    end(endings: readonly RunEnding[], at: number): Run[] {
      const update = statement('UPDATE runs SET ended_at = ?, outcome = ?, ending = ? WHERE id = ? AND ended_at = 0');
      const ended: Run[] = [];
      for (const ending of endings) {
        const { id, endedAt, ...rest } = ending;
        const { changes } = update.run(endedAt, rest.outcome ?? '', JSON.stringify(rest), id);
        const started = recent.get(id);
        recent.delete(id);
        if (changes && started) ended.push({ ...started, ...ending });
      }
      note(
        endings.map(({ id }) => id),
        2,
        at,
      );
      return ended;
    },
    /** What was just committed: readers that follow the feed get it without a look at the disk. */
    remember(runs: Iterable<Run>): void {
      for (const run of runs) recent.set(run.id, run);
      for (const id of recent.keys()) {
        if (recent.size <= RECENT) break;
        recent.delete(id);
      }
    },
    some(ids: readonly number[]): Run[] {
      const missing = ids.filter((id) => !recent.has(id));
      const read = missing.length ? rows('SELECT * FROM runs WHERE id IN (SELECT value FROM json_each(?))', JSON.stringify(missing)).map(runOf) : [];
      return [...ids.flatMap((id) => recent.get(id) ?? []), ...read];
    },
    list(filter: RunFilter): Run[] {
      const { sql, values } = conditionsOf(filter);
      return rows(`SELECT * FROM runs WHERE ${sql} ORDER BY id DESC LIMIT ?`, ...values, filter.limit ?? RUN_LIMIT).map(runOf);
    },
    at: (keys: readonly string[], at: number): Run[] =>
      rows(
        `SELECT runs.* FROM json_each(?) AS wanted JOIN runs ON runs.id =
           (SELECT max(id) FROM runs WHERE key = wanted.value AND started_at <= ?)`,
        JSON.stringify(keys),
        at,
      ).map(runOf),
    latest: (): Run[] => rows('SELECT * FROM runs WHERE id IN (SELECT max(id) FROM runs GROUP BY key) ORDER BY id').map(runOf),
    latestDone: (): Run[] =>
      // A role that was taken off again has no outputs any more.
      rows(`SELECT * FROM runs WHERE id IN (SELECT max(id) FROM runs WHERE outcome = 'done' GROUP BY key)`)
        .map(runOf)
        .filter((run) => run.mode === 'apply'),
    unfinished: (): Run[] => rows('SELECT * FROM runs WHERE ended_at = 0 ORDER BY id').map(runOf),

    log(runId: number, batch: readonly LoggedEvent[]): void {
      const event = statement('INSERT INTO run_events (run_id, seq, at, event) VALUES (?, ?, ?, ?)');
      const words = statement('INSERT INTO run_words (rowid, text) VALUES (?, ?)');
      for (const logged of batch) {
        event.run(runId, logged.seq, logged.at, JSON.stringify(logged.event));
        const text = textOf(logged.event);
        if (text) words.run(runId * EVENTS_OF_A_RUN + logged.seq, text);
      }
    },
    events: (runId: number, after: number): LoggedEvent[] =>
      rows<{ seq: number; at: number; event: string }>(
        'SELECT seq, at, event FROM run_events WHERE run_id = ? AND seq > ? ORDER BY seq LIMIT ?',
        runId,
        after,
        LOG_LIMIT,
      ).map(({ seq, at, event }) => ({ seq, at, event: JSON.parse(event) as RunEvent })),

    search(filter: SearchFilter): Checked<RunHit[]> {
      const words = filter.text.split(/\s+/).filter((word) => /[\p{L}\p{N}]/u.test(word));
      if (!words.length)
        return bad(
          problem(`"${filter.text}" holds no word to look for.`, { pointer: '/text' }, 'Give a word, or the beginning of one; several must all be there.'),
        );
      const { sql, values } = conditionsOf(filter);
      const found = rows<Row & { seq: number; at: number; event: string }>(
        `SELECT runs.*, e.seq, e.at, e.event
         FROM (SELECT rowid FROM run_words WHERE run_words MATCH ? AND rowid < ? ORDER BY rowid DESC LIMIT ${MATCHES_LOOKED_AT}) AS hit
         JOIN runs ON runs.id = hit.rowid / ${EVENTS_OF_A_RUN}
         JOIN run_events AS e ON e.run_id = runs.id AND e.seq = hit.rowid % ${EVENTS_OF_A_RUN}
         WHERE ${sql} ORDER BY hit.rowid DESC LIMIT ?`,
        matchOf(words),
        filter.olderThan ? filter.olderThan.runId * EVENTS_OF_A_RUN + filter.olderThan.seq : Number.MAX_SAFE_INTEGER,
        ...values,
        filter.limit ?? RUN_LIMIT,
      );
      return ok(found.map((row) => hitOf(row, words, resourceAt)));
    },

    /** Deletes what the rule does not keep of some node-roles, by key, and says where to go on; with `dryRun` only counts. */
    prune(rule: PruneRule, now: number, after: string, dryRun: boolean): Pruned & { next?: string } {
      const keys = rows<{ key: string }>('SELECT DISTINCT key FROM runs WHERE key > ? ORDER BY key LIMIT ?', after, PRUNED_KEYS_AT_ONCE).map(({ key }) => key);
      const spare = keys.flatMap((key) => spareRuns(rows('SELECT * FROM runs WHERE key = ? ORDER BY id DESC', key).map(runOf), rule, now));
      const list = JSON.stringify(spare);
      const inList = 'IN (SELECT value FROM json_each(?))';
      let events = 0;
      if (dryRun) events = rows<{ count: number }>(`SELECT count(*) AS count FROM run_events WHERE run_id ${inList}`, list)[0]!.count;
      else if (spare.length) {
        for (const id of spare) recent.delete(id);
        for (const id of spare) statement('DELETE FROM run_words WHERE rowid BETWEEN ? AND ?').run(id * EVENTS_OF_A_RUN, (id + 1) * EVENTS_OF_A_RUN - 1);
        events = Number(statement(`DELETE FROM run_events WHERE run_id ${inList}`).run(list).changes);
        statement(`DELETE FROM runs WHERE id ${inList}`).run(list);
      }
      return { runs: spare.length, events, ...(keys.length === PRUNED_KEYS_AT_ONCE && { next: keys.at(-1)! }) };
    },
  };

  /** The name of the resource that an event of a run belongs to. */
  function resourceAt(runId: number, index: number): string | undefined {
    const like = `{"kind":"begin","index":${index},%`;
    const [found] = rows<{ event: string }>('SELECT event FROM run_events WHERE run_id = ? AND event LIKE ? LIMIT 1', runId, like);
    return found && (JSON.parse(found.event) as { name: string }).name;
  }
}

/** Of the runs of one node-role, newest first: those that may go. */
function spareRuns(runs: readonly Run[], { perNodeRole, days }: PruneRule, now: number): number[] {
  const lastDone = runs.find((run) => run.outcome === 'done');
  const lastApplied = runs.find((run) => run.outcome === 'done' && run.mode === 'apply');
  const oldest = now - days * 86_400_000;
  return runs
    .filter(
      (run, index) => index > 0 && run.endedAt !== undefined && run !== lastDone && run !== lastApplied && (index >= perNodeRole || run.startedAt < oldest),
    )
    .map(({ id }) => id);
}

function conditionsOf(filter: RunFilter): { sql: string; values: SQLInputValue[] } {
  const conditions: [string, SQLInputValue | undefined][] = [
    ['runs.node_id = ?', filter.nodeId],
    ['runs.role = ?', filter.role],
    ['runs.key = ?', filter.key],
    ['runs.deployment = ?', filter.deployment],
    // The second part is for the index, which leaves out what most runs are.
    [
      filter.outcome === 'done' ? 'runs.outcome = ?' : `runs.outcome = ? AND runs.outcome NOT IN ('', 'done')`,
      filter.outcome === 'running' ? undefined : filter.outcome,
    ],
    ['runs.started_at >= ?', filter.since],
    ['runs.started_at <= ?', filter.until],
    ['runs.id < ?', filter.before],
  ];
  const given = conditions.filter(([, value]) => value !== undefined);
  const texts = [...given.map(([sql]) => sql), ...(filter.outcome === 'running' ? ['runs.ended_at = 0'] : [])];
  return { sql: texts.join(' AND ') || 'true', values: given.map(([, value]) => value!) };
}

/** All words, each at the beginning of one in the text (FTS5 query syntax; quoted, so that nothing in it is taken for an operator). */
const matchOf = (words: readonly string[]): string => words.map((word) => `"${word.replaceAll('"', '""')}"*`).join(' AND ');

/** What can be searched of an event. */
export function textOf(event: RunEvent): string {
  switch (event.kind) {
    case 'begin':
      return '';
    case 'end':
      return [event.name, event.reason, event.diff].filter(Boolean).join('\n');
    case 'log':
      return event.text;
    case 'output':
      return JSON.stringify(event.values);
  }
}

function hitOf(
  row: Row & { seq: number; at: number; event: string },
  words: string[],
  resourceAt: (runId: number, index: number) => string | undefined,
): RunHit {
  const event = JSON.parse(row.event) as RunEvent;
  const holds = (line: string): number => words.filter((word) => line.toLowerCase().includes(word.toLowerCase())).length;
  // The first of those lines that hold most of the words.
  const line = textOf(event)
    .split('\n')
    .reduce((best, next) => (holds(next) > holds(best) ? next : best));
  const index = 'index' in event ? event.index : undefined;
  const resource = event.kind === 'end' ? event.name : index === undefined ? undefined : resourceAt(row.id, index);
  return { run: runOf(row), seq: row.seq, at: row.at, line: line.slice(0, 1000), ...(resource && { resource }) };
}

function runOf(row: Row): Run {
  return {
    ...(JSON.parse(row.body) as Pick<Run, 'nodeName' | 'mode' | 'fingerprint'>),
    ...(row.ended_at ? (JSON.parse(row.ending) as Pick<Run, 'outcome' | 'problem' | 'outputs' | 'counts'>) : {}),
    id: row.id,
    key: row.key,
    deployment: row.deployment,
    role: row.role,
    nodeId: row.node_id,
    startedAt: row.started_at,
    ...(row.ended_at && { endedAt: row.ended_at }),
  };
}
