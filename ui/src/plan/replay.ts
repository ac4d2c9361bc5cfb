// A stretch of the past as the steps of a slider: one for each moment at which something changed, so that a night in which nothing happened is as short
// as it was dull. What stands at each step, and how long a replay stays there. Pure.

import type { PlanMoment, PlanMoments } from '../../../core/model/plan.ts';
import { counted } from '../parts/words.ts';

type Commit = PlanMoments['commits'][number];
/** `rest`: what was at work came to its end, done or not. */
export type Mark = 'commit' | 'failure' | 'rest';
export type Step = { at: number; changed: number; failed: number; commits: Commit[]; rests: { deployment: string; undone: number }[] };

export function stepsOf({ moments, commits }: Pick<PlanMoments, 'moments' | 'commits'>): Step[] {
  const steps: Step[] = [];
  const moving = new Map<string, number>();
  for (const moment of moments) {
    let step = steps.at(-1);
    if (step?.at !== moment.at) steps.push((step = { at: moment.at, changed: 0, failed: 0, commits: [], rests: [] }));
    step.changed += moment.changed;
    step.failed += moment.failed;
    if (isRest(moment, moving.get(moment.deployment))) step.rests.push({ deployment: moment.deployment, undone: moment.undone });
    moving.set(moment.deployment, moment.moving);
  }
  // A commit stands where its effects begin.
  for (const commit of commits) (steps.find(({ at }) => at >= commit.at) ?? steps.at(-1))?.commits.push(commit);
  return steps;
}

const isRest = ({ moving }: PlanMoment, before: number | undefined): boolean => moving === 0 && before !== undefined && before > 0;

/** The most telling one. */
export function markOf({ failed, commits, rests }: Step): Mark | undefined {
  if (failed > 0) return 'failure';
  if (commits.length > 0) return 'commit';
  return rests.length > 0 ? 'rest' : undefined;
}

/** The step that shows how it was at `at`; the one after the last is the present. */
export function indexOf(steps: readonly Step[], at: number | undefined): number {
  if (at === undefined) return steps.length;
  const later = steps.findIndex((step) => step.at > at);
  return Math.max(0, (later < 0 ? steps.length : later) - 1);
}

/** `3 node-roles changed, 1 failed · commit 2 of ntp: more patience` */
export function stepText({ changed, failed, commits, rests }: Step): string {
  return [
    `${counted(changed, 'node-role')} changed${failed > 0 ? `, ${failed} failed` : ''}`,
    ...commits.map(({ deployment, barclamp, commit, note }) => `commit ${commit} of ${barclamp} in ${deployment}${note ? `: ${note}` : ''}`),
    ...rests.map(({ deployment, undone }) => (undone === 0 ? `${deployment} is done` : `${deployment} goes no further, ${undone} not done`)),
  ].join(' · ');
}

// Quick enough to be followed, and no longer in a pause than one waits for the next picture.
const shortest = 60;
const longest = 1_500;

/** How long a replay stays at a step before it goes to the next one, in ms. */
export const stayOf = (from: Step, to: Step, speed: number): number => Math.min(longest, Math.max(shortest, (to.at - from.at) / speed));
