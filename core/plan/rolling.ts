// How many of a role's nodes may be worked on at once, so that a change that breaks a service breaks it in one place.

import { type Group, keyOf, nodeAt, type Plan, stateOf } from './plan.ts';

export type Turn = { /** How many more may start now. */ starts: number /** Why no more, in words; absent when nothing limits them. */; reason?: string };

// A plan never changes once it is made, and why-not-yet asks for each member.
const counted = new WeakMap<Plan, Map<Group, Turn>>();

/** Counts the group's own members; limits of the whole site are the annealer's. */
export function turnOf(plan: Plan, group: Group): Turn {
  const turns = counted.get(plan) ?? new Map<Group, Turn>();
  counted.set(plan, turns);
  let turn = turns.get(group);
  if (!turn) turns.set(group, (turn = countTurn(plan, group)));
  return turn;
}

function countTurn(plan: Plan, group: Group): Turn {
  const { serial, canary, atOnce, name } = group.role.declaration;
  const rolled = serial !== undefined || canary;
  if (group.orphan || (!rolled && atOnce === undefined)) return { starts: Number.POSITIVE_INFINITY };
  let running = 0;
  let failed = 0;
  let done = 0;
  let open = 0;
  let failing = 0;
  let unproven = 0;
  for (let vertex = group.start; vertex < group.end; vertex++) {
    const state = stateOf(plan, vertex);
    if (state === 'running') running++;
    else if (state === 'failed') failed++;
    else if (state === 'done' && rolled) {
      const health = healthOf(plan, group, vertex);
      if (health === 'failing') failing++;
      else if (health === 'unknown') unproven++;
      else done++;
    } else if (state === 'runnable' || state === 'waiting') open++;
  }
  if (rolled && failed) return { starts: 0, reason: `${name} goes on nowhere else while it is failed on ${failed} machine${failed === 1 ? '' : 's'}` };
  if (failing) return { starts: 0, reason: `${name} goes on nowhere else while its health check fails on ${failing} machine${failing === 1 ? '' : 's'}` };
  // What was just done is only known to work when it was probed: until then its place is taken.
  running += unproven;
  if (canary && done === 0) return { starts: Math.max(0, 1 - running), reason: `${name} is tried on one machine first` };
  const most = mostAtOnce(group);
  return {
    starts: Math.max(0, most - running),
    ...(running + open > most && { reason: `${name} is done on ${most} machine${most === 1 ? '' : 's'} at a time` }),
  };
}

// Of a node that is not ready nobody can know, and it never holds up the others.
function healthOf(plan: Plan, group: Group, vertex: number): 'fine' | 'failing' | 'unknown' {
  if (!group.role.health || !plan.facts.health || plan.unready[plan.nodeOf[vertex]!]) return 'fine';
  const health = plan.facts.health.get(keyOf(plan, vertex));
  if (health?.runId !== group.latest.get(nodeAt(plan, vertex).id)?.id) return 'unknown';
  return health?.state === 'failing' ? 'failing' : 'fine';
}

/** On how many of its nodes a role may be worked at a time; infinite where it says nothing. */
export function mostAtOnce(group: Group): number {
  const { serial, atOnce } = group.role.declaration;
  return Math.min(atOnce ?? Number.POSITIVE_INFINITY, serial === undefined ? Number.POSITIVE_INFINITY : shareOf(serial, group.end - group.start));
}

/** `2`, or `"25%"` of all: at least one. */
const shareOf = (serial: number | string, all: number): number =>
  typeof serial === 'number' ? serial : Math.max(1, Math.floor((all * Number.parseInt(serial, 10)) / 100));
