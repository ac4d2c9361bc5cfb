// Node's own SQLite in the shape that kysely's SQLite dialect expects.
// WAL with full sync: a write that was acknowledged survives kill -9 and power loss.

import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { type Dialect, SqliteDialect, type SqliteDatabase } from 'kysely';

// The log is written back after 16,000 pages (64 MiB) instead of 1,000: a page that ten commits touch is then written back once.
// The cache of 64 MiB holds the indexes that a large site's runs go into.
export const PRAGMAS = `PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA busy_timeout = 5000;
  PRAGMA wal_autocheckpoint = 16000; PRAGMA cache_size = -65536;`;

/** The database for kysely, and as it is for what kysely is too slow for: both are one connection, so what is written belongs into its transactions. */
export function openSqlite(file: string): { dialect: Dialect; database: DatabaseSync } {
  const database = new DatabaseSync(file);
  database.exec(PRAGMAS);
  return { dialect: new SqliteDialect({ database: adapt(database) }), database };
}

// Preparing costs more than running for small statements, and the same few dozen texts come again and again.
const PREPARED_LIMIT = 200;

function adapt(database: DatabaseSync): SqliteDatabase {
  const prepared = new Map<string, ReturnType<DatabaseSync['prepare']>>();
  return {
    close: () => database.close(),
    prepare: (sql) => {
      let statement = prepared.get(sql);
      if (!statement) {
        statement = database.prepare(sql);
        if (prepared.size >= PREPARED_LIMIT) prepared.clear();
        prepared.set(sql, statement);
      }
      const ready = statement;
      return {
        reader: ready.columns().length > 0,
        all: (parameters) => ready.all(...plain(parameters)),
        run: (parameters) => ready.run(...plain(parameters)),
        iterate: (parameters) => ready.iterate(...plain(parameters)) as IterableIterator<unknown>,
      };
    },
  };
}

// node:sqlite takes an object in first place for named parameters and then quietly returns no rows: refuse it here.
function plain(parameters: readonly unknown[]): SQLInputValue[] {
  for (const value of parameters) {
    if (typeof value === 'object' && value !== null && !(value instanceof Uint8Array)) {
      throw new TypeError(`not a database value: ${Object.prototype.toString.call(value)}`);
    }
    if (typeof value === 'boolean' || value === undefined) throw new TypeError(`not a database value: ${String(value)}`);
  }
  return parameters as SQLInputValue[];
}
