// The audit log: append-only, each record's SHA-256 over the one before, its number and its text. A trigger keeps programs from changing it by
// mistake; the chain shows what somebody with the database in hand has done to it. What is old enough is cut off at its beginning, after a record
// has been appended that says so, with the hash of the last one that goes: the rest builds on that, and the trigger lets nothing else go.

import { createHash } from 'node:crypto';
import { type Kysely, sql } from 'kysely';
import { type AuditCheck, type AuditCut, type AuditEntry, type AuditFilter, type AuditRecord, CUTTER, LEAST_AUDIT_DAYS } from '../model/audit.ts';
import type { Tables } from './tables.ts';

const LISTED = 200;
const CHECKED_AT_ONCE = 1000;
const CUT_AT_ONCE = 50_000;
const DAY_MS = 24 * 3600_000;

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
const searchedIn = ({ at, who, act, tenant = '', facts, asked, cut }: AuditEntry) => ({
  at,
  who,
  act,
  tenant,
  // The trigger reads the number at the beginning of a cut.
  about: [...(cut ? [`${cut.through.seq}:${cut.through.hash}`] : []), ...facts.flatMap(({ kind, id }) => [kind, id]), ...namesIn(asked)]
    .join(' ')
    .slice(0, 2000),
});

const namesIn = (asked: unknown): string[] =>
  typeof asked === 'string' ? [asked] : typeof asked === 'object' && asked !== null ? Object.values(asked).flatMap(namesIn) : [];

/**
 * In a transaction: takes out the records of more than so many days ago, as many as can be at once; how many there were. It waits until there is
 * a day of them, so that there is a cut a day at most.
 */
export async function cutAudit(on: Kysely<Tables>, days: number, now: number): Promise<number> {
  const before = now - Math.max(days, LEAST_AUDIT_DAYS) * DAY_MS;
  const first = await on.selectFrom('audit').select(['seq', 'at']).orderBy('seq').limit(1).executeTakeFirst();
  if (!first || first.at >= before - DAY_MS) return 0;
  // The numbers say the order; a clock that was set back must not have a younger one cut.
  const kept = await on.selectFrom('audit').select('seq').where('at', '>=', before).orderBy('seq').limit(1).executeTakeFirst();
  const last = await on
    .selectFrom('audit')
    .select(['seq', 'at', 'hash'])
    .where('seq', '<', Math.min(kept?.seq ?? Number.MAX_SAFE_INTEGER, first.seq + CUT_AT_ONCE))
    .orderBy('seq', 'desc')
    .limit(1)
    .executeTakeFirst();
  if (!last) return 0;
  const cut: AuditCut = { through: { seq: last.seq, hash: last.hash }, records: last.seq - first.seq + 1, since: first.at, until: last.at };
  await appendAudit(on, { at: now, who: CUTTER, by: 'nobody', act: 'cut', outcome: 'done', facts: [], cut });
  await on.deleteFrom('audit').where('seq', '<=', last.seq).execute();
  return cut.records;
}

/** What the first record that is there builds on: nothing, or what the latest cut before it says. */
async function beginning(db: Kysely<Tables>): Promise<{ seq: number; hash: string; cut?: NonNullable<AuditCheck['cut']> }> {
  const first = await db.selectFrom('audit').select('seq').orderBy('seq').limit(1).executeTakeFirst();
  if (!first || first.seq === 1) return { seq: 0, hash: '' };
  const rows = await db.selectFrom('audit').select('body').where('who', '=', CUTTER).orderBy('seq', 'desc').execute();
  for (const { at, cut } of rows.map(({ body }) => JSON.parse(body) as AuditEntry))
    if (cut?.through.seq === first.seq - 1 && cut.until <= at - LEAST_AUDIT_DAYS * DAY_MS) return { ...cut.through, cut: { ...cut, at } };
  return { seq: 0, hash: '' };
}

export function auditLog(db: Kysely<Tables>): AuditLog {
  return {
    async list({ text, who, tenants, without, since, until, before, limit = LISTED }) {
      let query = db.selectFrom('audit').selectAll();
      if (who !== undefined) query = query.where('who', '=', who);
      if (tenants !== undefined) query = query.where('tenant', 'in', tenants);
      if (without !== undefined) query = query.where(({ eb, or }) => or([eb('act', 'not in', without.acts), eb('who', '=', without.but)]));
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
      const { cut, ...begin } = await beginning(db);
      let head = begin;
      const found = (): Pick<AuditCheck, 'records' | 'head' | 'cut'> => ({ records: head.seq - begin.seq, head, ...(cut && { cut }) });
      let held = expected === undefined || expected.seq === 0 || (expected.seq === begin.seq && expected.hash === begin.hash);
      if (cut && expected && !held && expected.seq <= begin.seq)
        return { ...found(), broken: { seq: expected.seq, why: 'it was cut since, with all before it: note a younger one down' } };
      for (;;) {
        const rows = await db.selectFrom('audit').selectAll().where('seq', '>', head.seq).orderBy('seq').limit(CHECKED_AT_ONCE).execute();
        for (const row of rows) {
          const broken = (why: string): AuditCheck => ({ ...found(), broken: { seq: head.seq + 1, why } });
          if (row.seq !== head.seq + 1) return broken('it is missing');
          if (row.hash !== hashOf(head.hash, row.seq, row.body)) return broken('its text is not the one that was written, or the one before was changed');
          const searched = searchedIn(JSON.parse(row.body) as AuditEntry);
          if (Object.entries(searched).some(([column, value]) => row[column as keyof typeof searched] !== value))
            return broken('what it is found by is not what it says');
          if (row.seq === expected?.seq) {
            if (row.hash !== expected.hash) return broken('it is another one than was noted down');
            held = true;
          }
          head = { seq: row.seq, hash: row.hash };
        }
        if (rows.length < CHECKED_AT_ONCE) break;
      }
      return { ...found(), ...(!held && { broken: { seq: head.seq + 1, why: 'it was noted down, and is missing' } }) };
    },
  };
}
