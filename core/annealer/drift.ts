// Drift: what a role that is done would change if it were applied again. Found out by its recipe in check mode, a few times a day and
// whenever a person asks; nothing is changed.

import { millisecondsOf } from '../model/duration.ts';
import { canCheck, type Drift } from '../model/watch.ts';
import { absent } from './health.ts';
import { checkRole } from './look-at-role.ts';
import { type RoundContext, startRounds } from './rounds.ts';

const CHECKS_AT_ONCE = 10;

/** `everyMs` is for deployments that say nothing else by `driftEvery`. */
export function watchDrift(context: RoundContext, everyMs: number): { stop(): Promise<void> } {
  const { store, facts, now } = context;
  return startRounds(context, {
    limit: CHECKS_AT_ONCE,
    // What is outdated differs because its settings do.
    wants: (state) => state === 'done',
    every(group, plan) {
      if (!canCheck(group.role)) return undefined;
      const own = plan.facts.deployments.find(({ name }) => name === group.deployment)?.driftEvery;
      return own === undefined ? everyMs : millisecondsOf(own);
    },
    firstDue(key, run, every) {
      const last = Math.max(run.endedAt!, facts.current.drift.get(key)?.checkedAt ?? 0);
      // Overdue after a long stop: spread, or all would come at once.
      return last + every > now() ? last + every * (0.9 + Math.random() * 0.1) : undefined;
    },
    askedFor: (key) => facts.current.checks.has(key),
    look: (look) => checkRole(look, 'apply'),
    async keep({ key, run }, { resources, problem }) {
      const drift: Drift = { key, runId: run.id, checkedAt: now(), changed: resources.length, resources, ...(problem && { problem }) };
      await store.put('drift', key, drift, 'any');
      if (facts.current.checks.has(key)) await store.remove('check', key);
    },
    sweep: async (plan) => {
      for (const key of absent(plan, facts.current.drift.keys())) await store.remove('drift', key);
      for (const key of absent(plan, facts.current.checks.keys())) await store.remove('check', key);
    },
  });
}
