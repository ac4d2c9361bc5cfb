// The plan as people watch it: the points they wait for, when those will be reached, what the end waits for, and what a person has to do.

import type { ForecastView, MilestoneView } from '../model/plan.ts';
import type { Forecast } from './forecast.ts';
import { holdUpsOf } from './hold-ups.ts';
import { groupAt, keyOf, nodeAt, type Plan } from './plan.ts';
import { isDone } from './states.ts';

/** In the order of the plan. A role that is on no machine is no milestone yet. */
export function milestonesOf(plan: Plan, { endsAt }: Forecast, deployment?: string): MilestoneView[] {
  const found: MilestoneView[] = [];
  for (const group of plan.groups) {
    const { milestone, name } = group.role.declaration;
    if (milestone === undefined || group.orphan || group.start === group.end || (deployment && group.deployment !== deployment)) continue;
    let done = 0;
    let inMs = 0;
    for (let vertex = group.start; vertex < group.end; vertex++) {
      if (isDone(plan, vertex)) done++;
      else inMs = Math.max(inMs, endsAt[vertex]!);
    }
    const total = group.end - group.start;
    found.push({ deployment: group.deployment, role: name, title: milestone, done, total, reached: done === total, ...(Number.isFinite(inMs) && { inMs }) });
  }
  return found;
}

/** As it is sent; `deployment` as it was forecast for. */
export function forecastView(plan: Plan, forecast: Forecast, deployment?: string): ForecastView {
  const criticalPath = forecast.path.map((vertex) => ({
    key: keyOf(plan, vertex),
    role: groupAt(plan, vertex).role.declaration.name,
    nodeName: nodeAt(plan, vertex).name,
    startsInMs: forecast.startsAt[vertex]!,
    ms: forecast.endsAt[vertex]! - forecast.startsAt[vertex]!,
  }));
  const { ms, stuck, guessed } = forecast;
  return { ms, criticalPath, stuck, holdUps: holdUpsOf(plan, forecast, deployment), guessed, milestones: milestonesOf(plan, forecast, deployment) };
}
