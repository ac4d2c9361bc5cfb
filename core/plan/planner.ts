// The present plan, for everybody who asks: made once for each state of the facts, and from the one before where that will do.

import type { Catalog } from '../model/catalog.ts';
import { makePlan, type Plan, type PlanFacts } from './plan.ts';
import { type Changed, replan } from './replan.ts';

/** Where facts come from; store/snapshot.ts is one. */
export type FactSource = {
  /** Position in the change feed. */
  seq(): number;
  facts(): PlanFacts;
  /** What has changed since a position; undefined when that is no longer known. */
  changedSince(seq: number): Changed | undefined;
};

export type Planner = { plan(): Plan };

export function makePlanner(source: FactSource, catalog: () => Catalog): Planner {
  let made: { plan: Plan; catalog: Catalog; seq: number } | undefined;
  return {
    plan() {
      const seq = source.seq();
      const present = catalog();
      if (made?.seq === seq && made.catalog === present) return made.plan;
      const changed = made?.catalog === present ? source.changedSince(made.seq) : undefined;
      const plan = made && changed ? replan(made.plan, source.facts(), present, changed) : makePlan(source.facts(), present);
      made = { plan, catalog: present, seq };
      return plan;
    },
  };
}
