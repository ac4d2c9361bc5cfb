// Follows the plan and keeps what changed in it, so that people can look back at how a deployment went. States stay derived: nobody decides by what is
// kept here, and where something was missed (this process was down) the next look puts it right, at the time of that look.

import { setTimeout as sleep } from 'node:timers/promises';
import { problem, type Problem } from './model/problem.ts';
import { type Difference, type Differences, differencesBetween, differencesSince, type PastStates, replayed, standings } from './plan/past.ts';
import type { Plan } from './plan/plan.ts';
import type { Planner } from './plan/planner.ts';
import { followChanges } from './store/follow.ts';
import type { FollowedFacts } from './store/snapshot.ts';
import type { MomentTable, Store } from './store/store.ts';
import { takeTurns } from './take-turns.ts';

// Between two looks: what lasts shorter may not be seen, and a busy annealer costs ten rows a second at most.
const PAUSE_MS = 100;
/** Changes after which the whole is kept again, so that reading a moment costs no more than twice what there is to tell. */
const CHANGES_BETWEEN_WHOLES = 500;

export type PlanMomentsOptions = {
  store: Store;
  facts: Pick<FollowedFacts, 'refresh'>;
  planner: Planner;
  now(): number;
  onProblem(problem: Problem): void;
};
export type KeptMoments = {
  /** Looks now: what there is to be seen at the call is kept when it returns. */
  look(): Promise<void>;
  stop(): Promise<void>;
};

export function keepMoments({ store, facts, planner, now, onProblem }: PlanMomentsOptions): KeptMoments {
  let told: { plan: Plan; at: number } | undefined;
  const sinceWhole = new Map<string, number>();

  const lookOnce = async () => {
    await facts.refresh();
    const plan = planner.plan();
    if (plan === told?.plan) return;
    const differences = told ? differencesBetween(told.plan, plan) : differencesSince(await lastOf(store.moments), plan);
    const at = Math.max(now(), (told?.at ?? (await store.moments.lastAt())) + 1);
    if (differences.size) await store.moments.append(at, momentsOf(plan, differences, sinceWhole));
    told = { plan, at: differences.size ? at : (told?.at ?? at - 1) };
  };
  // Each look builds on what the one before has kept.
  const inTurn = takeTurns();
  const look = (): Promise<void> => inTurn(lookOnce);

  const following = followChanges(
    store,
    async (signal) => {
      await look();
      await sleep(PAUSE_MS, undefined, { signal }).catch(() => {});
    },
    (error) =>
      onProblem(problem(`What changed in the plan could not be kept: ${error.message}`, undefined, 'Is the disk full? It is tried again at the next change.')),
  );
  return {
    look,
    async stop() {
      await following.stop();
      // After the last.
      await inTurn(async () => {});
    },
  };
}

/** How each deployment was when it was last looked at. */
async function lastOf(moments: MomentTable): Promise<Map<string, PastStates>> {
  const last = new Map<string, PastStates>();
  for (const deployment of await moments.deployments()) last.set(deployment, replayed(await moments.bodies(deployment, Number.MAX_SAFE_INTEGER)));
  return last;
}

function momentsOf(plan: Plan, differences: Differences, sinceWhole: Map<string, number>): Parameters<MomentTable['append']>[1] {
  const standing = standings(plan);
  let wholes: Differences | undefined;
  return [...differences].map(([deployment, difference]) => {
    const { size, moving, undone } = standing.get(deployment) ?? { size: 0, moving: 0, undone: 0 };
    const changed = count(difference);
    const since = sinceWhole.get(deployment);
    // Also the first one of this process: what came before may not fit together with it.
    const whole = since === undefined || since + changed > Math.max(CHANGES_BETWEEN_WHOLES, size);
    sinceWhole.set(deployment, whole ? 0 : since + changed);
    if (whole) wholes ??= differencesBetween(undefined, plan);
    const body = JSON.stringify(whole ? (wholes!.get(deployment) ?? {}) : difference);
    return { deployment, whole, changed, failed: count(difference, 'failed'), moving, undone, body };
  });
}

const count = (difference: Difference, state?: 'failed'): number =>
  Object.values(difference).reduce(
    (sum, byState) => sum + (state ? (byState[state]?.length ?? 0) : Object.values(byState).reduce((all, ids) => all + ids.length, 0)),
    0,
  );
