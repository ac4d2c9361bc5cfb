// How long it will take: the plan played through with what each role took so far. Nodes do one thing at a time, barriers hold,
// and the limits of the annealer and of each role count. The critical path is what each start waited for, followed back from the last end.
//
// It plays in order of the earliest possible start, which is the annealer's own order but for ties: a forecast, not a promise.

import { type Group, groupAt, type Plan, stateOf } from './plan.ts';
import type { Role } from '../model/catalog.ts';
import { mostAtOnce } from './rolling.ts';
import { comingSystem, isPassed } from './states.ts';

/** What a role takes on one node, in ms; undefined when it was never done before. */
export type Durations = (role: Role, mode: 'apply' | 'remove') => number | undefined;

export type Forecast = {
  /** From now until the last of what can be done, in the deployment that was asked for, is done. */
  ms: number;
  /** Vertices, first to last: making one of them quicker makes the whole quicker. */
  path: number[];
  /** Vertex → ms from now; infinite where a person has to act first. */
  startsAt: Float64Array;
  endsAt: Float64Array;
  /** Node-roles of it that wait for a person, or for something that does. */
  stuck: number;
  /** Roles that were never done before: what they take is a guess. */
  guessed: string[];
};

export type ForecastOptions = {
  /** The path is the one to the last end in this deployment; absent: of the whole site. */
  deployment?: string;
  durations: Durations;
  /** Attempts at the same time, over all nodes. */
  limit: number;
  /** Unix ms. */
  now: number;
};

const GUESS_MS = 15_000;
// Nothing takes no time: with it, what waits always comes after what it waits for.
const LEAST_MS = 1;

export function forecast(plan: Plan, options: ForecastOptions): Forecast {
  const length = lengths(plan, options);
  const earliest = play(plan, length, inGroupOrder(plan));
  const order = inGroupOrder(plan).sort((a, b) => compare(earliest.startsAt[a]!, earliest.startsAt[b]!));
  const { startsAt, endsAt, cause } = play(plan, length, order, slotsFor(plan, options.limit));
  const isAsked = (group: Group): boolean => !options.deployment || group.deployment === options.deployment;
  let last = -1;
  let stuck = 0;
  const guessed = new Set<string>();
  for (let vertex = 0; vertex < endsAt.length; vertex++) {
    if (!Number.isFinite(endsAt[vertex]!)) stuck += isAsked(groupAt(plan, vertex)) ? 1 : 0;
    else if (endsAt[vertex]! > 0) {
      const group = groupAt(plan, vertex);
      if (isAsked(group) && endsAt[vertex]! > (endsAt[last] ?? 0)) last = vertex;
      if (length[vertex]! > 0 && takes(group, options) === undefined) guessed.add(group.role.declaration.name);
    }
  }
  const path: number[] = [];
  for (let vertex = last; vertex >= 0; vertex = cause[vertex]!) path.unshift(vertex);
  return { ms: endsAt[last] ?? 0, path, startsAt, endsAt, stuck, guessed: [...guessed].sort() };
}

// Infinite ones are equal, which their difference would not say.
const compare = (a: number, b: number): number => (a < b ? -1 : a > b ? 1 : 0);

/** Vertex → ms of work left: 0 when done, infinite when only a person can go on. */
function lengths(plan: Plan, options: ForecastOptions): Float64Array {
  const length = new Float64Array(plan.states.length);
  const paused = new Set(plan.facts.deployments.filter((d) => d.paused).map((d) => d.name));
  for (const group of plan.groups) {
    if (group.start === group.end) continue;
    const whole = Math.max(LEAST_MS, takes(group, options) ?? GUESS_MS);
    for (let vertex = group.start; vertex < group.end; vertex++) {
      const state = stateOf(plan, vertex);
      if (state === 'done' || state === 'outdated') continue;
      if (state === 'running') length[vertex] = Math.max(LEAST_MS, whole - (options.now - startOf(plan, group, vertex)));
      else if (state === 'failed' || isHeld(plan, group, vertex) || paused.has(group.deployment)) length[vertex] = Number.POSITIVE_INFINITY;
      else length[vertex] = whole;
    }
  }
  return length;
}

/** Nobody knows how long; of a machine whose system is on its way one does. */
const isHeld = (plan: Plan, group: Group, vertex: number): boolean =>
  stateOf(plan, vertex) === 'held' && (plan.unready[plan.nodeOf[vertex]!] !== undefined || comingSystem(plan, group, plan.nodeOf[vertex]!) === undefined);

const takes = (group: Group, { durations }: ForecastOptions): number | undefined => durations(group.role, group.orphan ? 'remove' : 'apply');

const startOf = (plan: Plan, group: Group, vertex: number): number => group.latest.get(plan.nodes[plan.nodeOf[vertex]!]!.id)?.startedAt ?? 0;

/** Parents first: what is undone before what is done, each in role order. */
function inGroupOrder(plan: Plan): Uint32Array {
  const order = new Uint32Array(plan.states.length);
  let next = 0;
  for (const orphans of [true, false]) {
    for (const group of plan.groups) {
      if (group.orphan === orphans) for (let vertex = group.start; vertex < group.end; vertex++) order[next++] = vertex;
    }
  }
  return order;
}

/** When a place to work is free again, and who has it. */
type Slots = { freeAt: Float64Array; holder: Int32Array };
type Limits = { site: Slots; nodes: Slots; groups: Map<Group, Slots> };

const slots = (count: number): Slots => ({ freeAt: new Float64Array(count), holder: new Int32Array(count).fill(-1) });

function slotsFor(plan: Plan, limit: number): Limits {
  const groups = new Map<Group, Slots>();
  for (const group of plan.groups) {
    const most = mostAtOnce(group);
    if (!group.orphan && most < group.end - group.start) groups.set(group, slots(most));
  }
  return { site: slots(Math.min(limit, Math.max(1, plan.nodes.length))), nodes: slots(plan.nodes.length), groups };
}

type Played = { startsAt: Float64Array; endsAt: Float64Array /** Vertex → the one whose end let it start, -1 for none. */; cause: Int32Array };

// `order` has parents before children; without limits it gives the earliest start of each.
function play(plan: Plan, length: Float64Array, order: Uint32Array, limits?: Limits): Played {
  const startsAt = new Float64Array(length.length);
  const endsAt = new Float64Array(length.length);
  const cause = new Int32Array(length.length).fill(-1);
  const barriers = new Map<Group, { at: number; by: number; members: number }>(plan.groups.map((group) => [group, { at: 0, by: -1, members: 0 }]));
  const firsts = new Map<Group, number>(); // of a role with a canary: the first that is done
  for (const vertex of order) {
    const group = groupAt(plan, vertex);
    const work = length[vertex]!;
    let start = 0;
    let by = -1;
    const after = (at: number, what: number) => {
      if (at > start) [start, by] = [at, what];
    };
    if (work > 0) {
      if (stateOf(plan, vertex) !== 'running') {
        awaitParents(plan, group, vertex, endsAt, barriers, after);
        const canary = firsts.get(group);
        if (canary !== undefined) after(endsAt[canary]!, canary);
      }
      if (limits && Number.isFinite(start + work)) takePlaces(plan, group, vertex, limits, after, () => start + work);
    }
    startsAt[vertex] = start;
    endsAt[vertex] = start + work;
    cause[vertex] = by;
    const barrier = barriers.get(group)!;
    // A machine that is held holds up nobody.
    if (!isHeld(plan, group, vertex)) {
      barrier.members++;
      if (endsAt[vertex] > barrier.at) [barrier.at, barrier.by] = [endsAt[vertex], vertex];
    }
    if (group.role.declaration.canary && !group.orphan && !firsts.has(group) && !isHeld(plan, group, vertex)) firsts.set(group, vertex);
  }
  return { startsAt, endsAt, cause };
}

type After = (at: number, what: number) => void;

function awaitParents(
  plan: Plan,
  group: Group,
  vertex: number,
  endsAt: Float64Array,
  barriers: ReadonlyMap<Group, { at: number; by: number; members: number }>,
  after: After,
): void {
  const node = plan.nodeOf[vertex]!;
  for (const { groups } of group.requires) {
    const parents = groups.map((g) => g.at[node]!).filter((v) => v >= 0);
    const soonest = parents.toSorted((a, b) => endsAt[a]! - endsAt[b]!)[0];
    if (soonest !== undefined) after(endsAt[soonest]!, soonest);
    else if (!group.orphan) after(Number.POSITIVE_INFINITY, -1);
  }
  for (const { groups } of group.waitsFor) {
    for (const upstream of groups) {
      const barrier = barriers.get(upstream)!;
      if (barrier.members) after(barrier.at, barrier.by);
      else if (!group.orphan) after(Number.POSITIVE_INFINITY, -1);
    }
  }
  for (const input of group.missing) {
    // Being built.
    if (input.startsWith('site.')) continue;
    const role = input.split('.')[0];
    const published = [...group.requires, ...group.waitsFor].some((edge) => edge.role === role && edge.groups.some((g) => g.end > g.start));
    if (!published) after(Number.POSITIVE_INFINITY, -1);
  }
  for (const orphans of group.displaces) if (orphans.at[node]! >= 0) after(endsAt[orphans.at[node]!]!, orphans.at[node]!);
  for (const gate of group.gates) if (!isPassed(plan, gate, node)) after(endsAt[gate.at[node]!]!, gate.at[node]!);
  const system = comingSystem(plan, group, node);
  if (system !== undefined) after(endsAt[system]!, system);
}

function takePlaces(plan: Plan, group: Group, vertex: number, { site, nodes, groups }: Limits, after: After, end: () => number): void {
  const places = [[nodes, plan.nodeOf[vertex]!] as const, [site, soonestOf(site)] as const];
  const own = groups.get(group);
  if (own) places.push([own, soonestOf(own)] as const);
  for (const [place, index] of places) after(place.freeAt[index]!, place.holder[index]!);
  for (const [place, index] of places) {
    place.freeAt[index] = end();
    place.holder[index] = vertex;
  }
}

function soonestOf({ freeAt }: Slots): number {
  let best = 0;
  for (let index = 1; index < freeAt.length; index++) if (freeAt[index]! < freeAt[best]!) best = index;
  return best;
}
