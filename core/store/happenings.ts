// What happened to each machine, in the order in which it was seen. Observations, kept for people to look back; nothing decides by them and nobody is
// woken by them.

import type { Kysely } from 'kysely';
import type { Happening, HappeningKind } from '../model/happening.ts';
import type { Tables } from './tables.ts';

export type HappeningFilter = {
  kind?: HappeningKind;
  /** Unix ms; earlier than this. */
  before?: number;
  limit: number;
};

export type HappeningTable = {
  append(happenings: readonly (Happening & { nodeId: string })[]): Promise<void>;
  /** Newest first. */
  list(nodeId: string, filter: HappeningFilter): Promise<Happening[]>;
  /** Deletes those older than `before`; how many there were. */
  prune(before: number): Promise<number>;
};

export function happeningTable(db: Kysely<Tables>): HappeningTable {
  return {
    async append(happenings) {
      const rows = happenings.map(({ nodeId, at, kind, ...body }) => ({ node_id: nodeId, at, kind, body: JSON.stringify(body) }));
      await db.transaction().execute(async (trx) => {
        for (const row of rows) await trx.insertInto('happenings').values(row).execute();
      });
    },
    async list(nodeId, { kind: wanted, before, limit }) {
      let query = db.selectFrom('happenings').select(['at', 'kind', 'body']).where('node_id', '=', nodeId);
      if (wanted) query = query.where('kind', '=', wanted);
      if (before !== undefined) query = query.where('at', '<', before);
      const rows = await query.orderBy('at', 'desc').orderBy('seq', 'desc').limit(limit).execute();
      return rows.map(({ at, kind, body }) => ({ at, kind: kind as HappeningKind, ...(JSON.parse(body) as Pick<Happening, 'from' | 'to'>) }));
    },
    async prune(before) {
      const { numDeletedRows } = await db.deleteFrom('happenings').where('at', '<', before).executeTakeFirst();
      return Number(numDeletedRows);
    },
  };
}
