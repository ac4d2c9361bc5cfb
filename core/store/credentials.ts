// What lets somebody in again and again: sessions, API tokens, known browsers. Kept apart from facts, because their use is noted and nobody
// is to be woken by that. Only hashes of their texts are stored: who reads the database cannot use them.

import { createHash, randomBytes } from 'node:crypto';
import type { Kysely, Selectable } from 'kysely';
import type { Tables } from './tables.ts';

/** Times in Unix ms. */
export type Credential = {
  id: string;
  kind: 'session' | 'token' | 'browser';
  /** Whom it lets in. */
  subject: string;
  createdAt: number;
  expiresAt: number;
  /** Most ms between two uses; 0: any. */
  idleMs: number;
  /** To the minute. */
  lastAt: number;
  /** What else is to be known of it. */
  body: Record<string, unknown>;
};
export type NewCredential = Pick<Credential, 'kind' | 'subject' | 'expiresAt' | 'body'> & { idleMs?: number };

export type CredentialTable = {
  /** Keeps the hash of `text`, and forgets what has expired. */
  issue(text: string, credential: NewCredential, now: number): Promise<Credential>;
  /** Notes the use, unless `quietly` looked at. Undefined when the text is wrong, expired or was not used for too long. */
  use(text: string, kind: Credential['kind'], now: number, quietly?: boolean): Promise<Credential | undefined>;
  /** Those that still let somebody in, newest first. */
  list(kind: Credential['kind'], now: number, subject?: string): Promise<Credential[]>;
  /** Whether there was one. */
  revoke(id: string): Promise<boolean>;
  revokeOf(kind: Credential['kind'], subject: string, except?: string): Promise<number>;
  /** What was narrowed to a tenant is narrowed to it by its new name. */
  moveTenant(from: string, to: string): Promise<void>;
};

// Writing at each request would cost more than the request.
const NOTED_EVERY_MS = 60_000;

export const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex');

export function credentialTable(db: Kysely<Tables>): CredentialTable {
  const good = (now: number) =>
    db
      .selectFrom('credentials')
      .selectAll()
      .where('expires_at', '>=', now)
      .where(({ eb, or }) => or([eb('idle_ms', '=', 0), eb(eb('last_at', '+', eb.ref('idle_ms')), '>=', now)]));
  return {
    async issue(text, { kind, subject, expiresAt, body, idleMs = 0 }, now) {
      await db.deleteFrom('credentials').where('expires_at', '<', now).execute();
      const row = {
        id: randomBytes(6).toString('hex'),
        hash: hashOf(text),
        kind,
        subject,
        created_at: now,
        expires_at: expiresAt,
        idle_ms: idleMs,
        last_at: now,
        body: JSON.stringify(body),
      };
      await db.insertInto('credentials').values(row).execute();
      return credential(row);
    },
    async use(text, kind, now, quietly = false) {
      const row = await good(now).where('hash', '=', hashOf(text)).where('kind', '=', kind).executeTakeFirst();
      if (!row) return undefined;
      if (!quietly && row.last_at < now - NOTED_EVERY_MS) await db.updateTable('credentials').set({ last_at: now }).where('id', '=', row.id).execute();
      return credential(row);
    },
    async list(kind, now, subject) {
      let query = good(now).where('kind', '=', kind);
      if (subject !== undefined) query = query.where('subject', '=', subject);
      return (await query.orderBy('created_at', 'desc').orderBy('id').execute()).map(credential);
    },
    async revoke(id) {
      const { numDeletedRows } = await db.deleteFrom('credentials').where('id', '=', id).executeTakeFirst();
      return numDeletedRows > 0;
    },
    async revokeOf(kind, subject, except = '') {
      const { numDeletedRows } = await db
        .deleteFrom('credentials')
        .where('kind', '=', kind)
        .where('subject', '=', subject)
        .where('id', '!=', except)
        .executeTakeFirst();
      return Number(numDeletedRows);
    },
    async moveTenant(from, to) {
      for (const { id, body } of await db.selectFrom('credentials').select(['id', 'body']).execute()) {
        const known = JSON.parse(body) as Credential['body'];
        if (known.tenant !== from) continue;
        await db
          .updateTable('credentials')
          .set({ body: JSON.stringify({ ...known, tenant: to }) })
          .where('id', '=', id)
          .execute();
      }
    },
  };
}

const credential = (row: Selectable<Tables['credentials']>): Credential => ({
  id: row.id,
  kind: row.kind as Credential['kind'],
  subject: row.subject,
  createdAt: row.created_at,
  expiresAt: row.expires_at,
  idleMs: row.idle_ms,
  lastAt: row.last_at,
  body: JSON.parse(row.body) as Record<string, unknown>,
});
