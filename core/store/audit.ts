// The audit log: append-only, each record's SHA-256 over the one before, its number and its text. A trigger keeps programs from changing it by
// mistake; the chain shows what somebody with the database in hand has done to it.

import { createHash } from 'node:crypto';
import { type Kysely, sql } from 'kysely';
import type { AuditCheck, AuditEntry, AuditFilter, AuditRecord } from '../model/audit.ts';
import type { Tables } from './tables.ts';

const LISTED = 200;
const CHECKED_AT_ONCE = 1000;

export type AuditLog = {
  list(filter: AuditFilter): Promise<AuditRecord[]>;
  /** Reads all of it. `expected`: a head that was noted down earlier and must still be there. */
  check(expected?: { seq: number; hash: string }): Promise<AuditCheck>;
};

const hashOf = (before: string, seq: number, body: string): string => createHash('sha256').update(`${before}\n${seq}\n${body}`).digest('hex');

/** In a transaction: two at once would build on the same record. */
export async function appendAudit(on: Kysely<Tables>, entry: AuditEntry): Promise<void> {
  const last = await on.selectFrom('audit').select(['seq', 'hash']).orderBy('seq', 'desc').limit(1).executeTakeFirst();
  const seq = (last?.seq ?? 0) + 1;
  const body = JSON.stringify(entry);
  await on
    .insertInto('audit')
    .values({ seq, ...searchedIn(entry), body, hash: hashOf(last?.hash ?? '', seq, body) })
    .execute();
}

/** What is looked for, in columns of its own. */
const searchedIn = ({ at, who, act, tenant = '', facts, asked }: AuditEntry) => ({
  at,
  who,
  act,
  tenant,
  about: [...facts.flatMap(({ kind, id }) => [kind, id]), ...namesIn(asked)].join(' ').slice(0, 2000),
});

const namesIn = (asked: unknown): string[] =>
  typeof asked === 'string' ? [asked] : typeof asked === 'object' && asked !== null ? Object.values(asked).flatMap(namesIn) : [];

export function auditLog(db: Kysely<Tables>): AuditLog {
  return {
    async list({ text, who, tenants, since, until, before, limit = LISTED }) {
      let query = db.selectFrom('audit').selectAll();
      if (who !== undefined) query = query.where('who', '=', who);
      if (tenants !== undefined) query = query.where('tenant', 'in', tenants);
      if (since !== undefined) query = query.where('at', '>=', since);
      if (until !== undefined) query = query.where('at', '<=', until);
      if (before !== undefined) query = query.where('seq', '<', before);
      for (const word of (text ?? '').split(/\s+/).filter(Boolean)) {
        const part = `%${word.replaceAll(/[\\%_]/g, '\\$&')}%`;
        query = query.where(({ or, ref }) => or((['who', 'act', 'about'] as const).map((column) => sql<boolean>`${ref(column)} LIKE ${part} ESCAPE '\\'`)));
      }
      const rows = await query.orderBy('seq', 'desc').limit(limit).execute();
      return rows.map((row) => ({ ...(JSON.parse(row.body) as AuditEntry), seq: row.seq, hash: row.hash }));
    },

    async check(expected) {
      let head = { seq: 0, hash: '' };
      let held = expected === undefined || expected.seq === 0;
      for (;;) {
        const rows = await db.selectFrom('audit').selectAll().where('seq', '>', head.seq).orderBy('seq').limit(CHECKED_AT_ONCE).execute();
        for (const row of rows) {
          const broken = (why: string): AuditCheck => ({ records: head.seq, head, broken: { seq: head.seq + 1, why } });
          if (row.seq !== head.seq + 1) return broken('it is missing');
          if (row.hash !== hashOf(head.hash, row.seq, row.body)) return broken('its text is not the one that was written, or the one before was changed');
          const searched = searchedIn(JSON.parse(row.body) as AuditEntry);
          if (Object.entries(searched).some(([column, value]) => row[column as keyof typeof searched] !== value))
            return broken('what it is found by is not what it says');
          head = { seq: row.seq, hash: row.hash };
          if (row.seq === expected?.seq) {
            if (row.hash !== expected.hash) return broken('it is another one than was noted down');
            held = true;
          }
        }
        if (rows.length < CHECKED_AT_ONCE) break;
      }
      return { records: head.seq, head, ...(!held && { broken: { seq: head.seq + 1, why: 'it was noted down, and is missing' } }) };
    },
  };
}
