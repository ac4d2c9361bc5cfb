// Moments at which the plan was seen to be another one: a table of what changed, with the whole of it now and then so that reading a moment does not
// begin at the first. Observations, kept for people to look back; nothing decides by them and nobody is woken by them.

import { type Kysely, sql } from 'kysely';
import type { PlanMoment } from '../model/plan.ts';
import type { Tables } from './tables.ts';

/** No two moments of a deployment have the same time. */
export type Moment = PlanMoment & { seq: number };
/** `whole`: the body holds every node-role, not only those that changed. */
export type NewMoment = Omit<Moment, 'seq' | 'at'> & { whole: boolean; body: string };
export type MomentFilter = {
  /** Absent: of all. */
  deployments?: readonly string[];
  /** Later than this, oldest first; or this and earlier, newest first. */
  after?: number;
  upTo?: number;
  limit: number;
};

export type MomentTable = {
  append(at: number, moments: readonly NewMoment[]): Promise<void>;
  /** When the last one was; 0 when there is none. */
  lastAt(): Promise<number>;
  /** Deployments that any are kept of. */
  deployments(): Promise<string[]>;
  list(filter: MomentFilter): Promise<Moment[]>;
  /** What gives the plan of a deployment as it was at `at`: first a whole, then what changed after it. */
  bodies(deployment: string, at: number): Promise<string[]>;
  /** Deletes those older than `before`, and of each deployment the oldest beyond so many; what later ones build on stays. How many there were. */
  prune(before: number, most?: number): Promise<number>;
};

const MOST = 50_000;

export function momentTable(db: Kysely<Tables>): MomentTable {
  const deployments = async () => {
    const rows = await db.selectFrom('plan_moments').select('deployment').distinct().orderBy('deployment').execute();
    return rows.map(({ deployment }) => deployment);
  };
  return {
    async append(at, moments) {
      const rows = moments.map(({ whole, ...moment }) => ({ ...moment, at, whole: whole ? 1 : 0 }));
      await db.transaction().execute(async (trx) => {
        for (const row of rows) await trx.insertInto('plan_moments').values(row).execute();
      });
    },
    async lastAt() {
      const row = await db
        .selectFrom('plan_moments')
        .select((e) => e.fn.max('at').as('at'))
        .executeTakeFirst();
      return row?.at ?? 0;
    },
    deployments,
    async list({ deployments: of, after, upTo, limit }) {
      let query = db.selectFrom('plan_moments').select(['seq', 'at', 'deployment', 'changed', 'failed', 'moving', 'undone']);
      if (of) query = query.where('deployment', 'in', [...of]);
      if (after !== undefined) query = query.where('at', '>', after).orderBy('at').orderBy('seq');
      else
        query = query
          .where('at', '<=', upTo ?? Number.MAX_SAFE_INTEGER)
          .orderBy('at', 'desc')
          .orderBy('seq', 'desc');
      return query.limit(limit).execute();
    },
    async bodies(deployment, at) {
      const base = await db
        .selectFrom('plan_moments')
        .select((e) => e.fn.max('at').as('at'))
        .where('deployment', '=', deployment)
        .where('whole', '=', 1)
        .where('at', '<=', at)
        .executeTakeFirst();
      if (!base?.at) return [];
      const rows = await db
        .selectFrom('plan_moments')
        .select('body')
        .where('deployment', '=', deployment)
        .where('at', '>=', base.at)
        .where('at', '<=', at)
        .orderBy('at')
        .execute();
      return rows.map(({ body }) => body);
    },
    async prune(before, most = MOST) {
      let count = 0;
      for (const deployment of await deployments()) {
        const { rows } = await sql<{ at: number }>`
          SELECT max(at) AS at FROM plan_moments WHERE deployment = ${deployment} AND whole = 1 AND at <= max(
            ${before},
            ifnull((SELECT at FROM plan_moments WHERE deployment = ${deployment} ORDER BY at DESC LIMIT 1 OFFSET ${most}), 0))`.execute(db);
        if (!rows[0]?.at) continue;
        const { numDeletedRows } = await db.deleteFrom('plan_moments').where('deployment', '=', deployment).where('at', '<', rows[0].at).executeTakeFirst();
        count += Number(numDeletedRows);
      }
      return count;
    },
  };
}
