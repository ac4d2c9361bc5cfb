// A copy of the database while it is in use, and whether a copy is whole.

import { backup, DatabaseSync } from 'node:sqlite';

// All pages in one step, on another thread: they are then of one moment, and nobody waits for that (sqlite3_backup_step).
const ALL_PAGES = 2 ** 31 - 1;

/** By a connection of its own, so that transactions go on beside it. */
export async function copyDatabase(file: string, to: string): Promise<void> {
  const source = new DatabaseSync(file);
  try {
    source.exec('PRAGMA busy_timeout = 5000');
    await backup(source, to, { rate: ALL_PAGES });
  } finally {
    source.close();
  }
}

/** What SQLite finds wrong with it; nothing when it is whole. Throws when it is no database. */
export function faultsOfDatabase(file: string): string[] {
  const database = new DatabaseSync(file);
  try {
    const rows = database.prepare('PRAGMA integrity_check(10)').all() as { integrity_check: string }[];
    return rows.map((row) => row.integrity_check).filter((line) => line !== 'ok');
  } finally {
    database.close();
  }
}
