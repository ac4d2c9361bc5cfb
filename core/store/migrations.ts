// How the tables came to be, forward only. A migration that has been released is never edited; a later one mends it.

import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

export const migrations: Record<string, Migration> = {
  '0001-first': {
    async up(db: Kysely<never>) {
      await db.schema
        .createTable('facts')
        .addColumn('kind', 'text', (c) => c.notNull())
        .addColumn('id', 'text', (c) => c.notNull())
        .addColumn('revision', 'integer', (c) => c.notNull())
        .addColumn('body', 'text', (c) => c.notNull())
        .addPrimaryKeyConstraint('facts_pk', ['kind', 'id'])
        .execute();
      await db.schema
        .createTable('claims')
        .addColumn('scope', 'text', (c) => c.notNull())
        .addColumn('value', 'text', (c) => c.notNull())
        .addColumn('owner', 'text', (c) => c.notNull())
        .addPrimaryKeyConstraint('claims_pk', ['scope', 'value'])
        .execute();
      await db.schema.createIndex('claims_owner').on('claims').columns(['owner', 'scope']).execute();
      await db.schema
        .createTable('changes')
        .addColumn('seq', 'integer', (c) => c.primaryKey().autoIncrement())
        .addColumn('kind', 'text', (c) => c.notNull())
        .addColumn('id', 'text', (c) => c.notNull())
        .addColumn('revision', 'integer', (c) => c.notNull())
        .addColumn('at', 'bigint', (c) => c.notNull())
        .execute();
      await db.schema
        .createTable('proposal_commits')
        .addColumn('proposal_id', 'text', (c) => c.notNull())
        .addColumn('commit_number', 'integer', (c) => c.notNull())
        .addColumn('body', 'text', (c) => c.notNull())
        .addColumn('note', 'text', (c) => c.notNull())
        .addColumn('at', 'bigint', (c) => c.notNull())
        .addPrimaryKeyConstraint('proposal_commits_pk', ['proposal_id', 'commit_number'])
        .execute();
      await db.schema
        .createTable('runs')
        .addColumn('id', 'integer', (c) => c.primaryKey().autoIncrement())
        .addColumn('key', 'text', (c) => c.notNull())
        .addColumn('deployment', 'text', (c) => c.notNull())
        .addColumn('role', 'text', (c) => c.notNull())
        .addColumn('node_id', 'text', (c) => c.notNull())
        .addColumn('started_at', 'bigint', (c) => c.notNull())
        .addColumn('ended_at', 'bigint', (c) => c.notNull())
        .addColumn('body', 'text', (c) => c.notNull())
        .addColumn('outcome', 'text', (c) => c.notNull())
        .addColumn('ending', 'text', (c) => c.notNull())
        .execute();
      await db.schema.createIndex('runs_key').on('runs').columns(['key', 'id']).execute();
      await db.schema.createIndex('runs_node').on('runs').columns(['node_id', 'id']).execute();
      await db.schema.createIndex('runs_role').on('runs').columns(['role', 'id']).execute();
      await db.schema
        .createTable('run_events')
        .addColumn('run_id', 'integer', (c) => c.notNull())
        .addColumn('seq', 'integer', (c) => c.notNull())
        .addColumn('at', 'bigint', (c) => c.notNull())
        .addColumn('event', 'text', (c) => c.notNull())
        .addPrimaryKeyConstraint('run_events_pk', ['run_id', 'seq'])
        .execute();
      await db.schema
        .createTable('tokens')
        .addColumn('hash', 'text', (c) => c.primaryKey())
        .addColumn('purpose', 'text', (c) => c.notNull())
        .addColumn('subject', 'text', (c) => c.notNull())
        .addColumn('expires_at', 'bigint', (c) => c.notNull())
        .addColumn('used_at', 'bigint', (c) => c.notNull())
        .execute();
    },
  },
  '0002-search-and-prune-runs': {
    async up(db: Kysely<never>) {
      await db.schema.createIndex('runs_started').on('runs').column('started_at').execute();
      await db.schema.createIndex('runs_deployment').on('runs').columns(['deployment', 'id']).execute();
      // Most runs are done; those that are looked for are the others.
      await sql`CREATE INDEX runs_outcome ON runs (outcome, id) WHERE outcome NOT IN ('', 'done')`.execute(db);
      // The words of what runs said, and nothing else: the text itself is in run_events.
      await sql`CREATE VIRTUAL TABLE run_words USING fts5(text, content = '', contentless_delete = 1)`.execute(db);
      await sql`
        INSERT INTO run_words (rowid, text)
        SELECT run_id * 16777216 + seq,
               concat_ws(char(10), event ->> 'name', event ->> 'reason', event ->> 'diff', event ->> 'text', event ->> 'values')
        FROM run_events WHERE event ->> 'kind' <> 'begin'`.execute(db);
    },
  },
  '0003-credentials': {
    async up(db: Kysely<never>) {
      await db.schema
        .createTable('credentials')
        .addColumn('id', 'text', (c) => c.primaryKey())
        .addColumn('hash', 'text', (c) => c.notNull().unique())
        .addColumn('kind', 'text', (c) => c.notNull())
        .addColumn('subject', 'text', (c) => c.notNull())
        .addColumn('created_at', 'bigint', (c) => c.notNull())
        .addColumn('expires_at', 'bigint', (c) => c.notNull())
        .addColumn('idle_ms', 'bigint', (c) => c.notNull())
        .addColumn('last_at', 'bigint', (c) => c.notNull())
        .addColumn('body', 'text', (c) => c.notNull())
        .execute();
      await db.schema.createIndex('credentials_subject').on('credentials').columns(['kind', 'subject']).execute();
    },
  },
  '0004-audit': {
    async up(db: Kysely<never>) {
      await db.schema
        .createTable('audit')
        .addColumn('seq', 'integer', (c) => c.primaryKey())
        .addColumn('at', 'bigint', (c) => c.notNull())
        .addColumn('who', 'text', (c) => c.notNull())
        .addColumn('act', 'text', (c) => c.notNull())
        .addColumn('about', 'text', (c) => c.notNull())
        .addColumn('tenant', 'text', (c) => c.notNull())
        .addColumn('body', 'text', (c) => c.notNull())
        .addColumn('hash', 'text', (c) => c.notNull())
        .execute();
      await db.schema.createIndex('audit_at').on('audit').column('at').execute();
      await db.schema.createIndex('audit_who').on('audit').columns(['who', 'seq']).execute();
      for (const act of ['UPDATE', 'DELETE'])
        await sql`CREATE TRIGGER ${sql.raw(`audit_no_${act.toLowerCase()} BEFORE ${act}`)} ON audit BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END`.execute(
          db,
        );
    },
  },
  '0005-plan-moments': {
    async up(db: Kysely<never>) {
      await db.schema
        .createTable('plan_moments')
        .addColumn('seq', 'integer', (c) => c.primaryKey().autoIncrement())
        .addColumn('at', 'bigint', (c) => c.notNull())
        .addColumn('deployment', 'text', (c) => c.notNull())
        .addColumn('whole', 'integer', (c) => c.notNull())
        .addColumn('changed', 'integer', (c) => c.notNull())
        .addColumn('failed', 'integer', (c) => c.notNull())
        .addColumn('moving', 'integer', (c) => c.notNull())
        .addColumn('undone', 'integer', (c) => c.notNull())
        .addColumn('body', 'text', (c) => c.notNull())
        .execute();
      await db.schema.createIndex('plan_moments_deployment').on('plan_moments').columns(['deployment', 'at']).execute();
      await db.schema.createIndex('plan_moments_at').on('plan_moments').column('at').execute();
    },
  },
  '0006-cut-audit': {
    async up(db: Kysely<never>) {
      // Nothing may go but what a record in the log says is cut: its text begins with the number of the last one.
      await sql`DROP TRIGGER audit_no_delete`.execute(db);
      await sql`
        CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit
        WHEN old.seq > coalesce((SELECT max(CAST(about AS INTEGER)) FROM audit WHERE who = 'prybar itself' AND act = 'cut'), 0)
        BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END`.execute(db);
    },
  },
  '0007-happenings': {
    async up(db: Kysely<never>) {
      await db.schema
        .createTable('happenings')
        .addColumn('seq', 'integer', (c) => c.primaryKey().autoIncrement())
        .addColumn('node_id', 'text', (c) => c.notNull())
        .addColumn('at', 'bigint', (c) => c.notNull())
        .addColumn('kind', 'text', (c) => c.notNull())
        .addColumn('body', 'text', (c) => c.notNull())
        .execute();
      await db.schema.createIndex('happenings_node').on('happenings').columns(['node_id', 'at']).execute();
      await db.schema.createIndex('happenings_at').on('happenings').column('at').execute();
    },
  },
};
