// What a plan was at a moment: told anew from what changed between moments. Only who is where in which state is known of the past, never why.
// Pure; that the differences, one after another, give the plan they were taken from is a property test.

import type { Catalog } from '../model/catalog.ts';
import { type NodeRoleState, nodeRoleStates, type NodeRoleView, type PlanGroup, type PlanSummary, type PlanView } from '../model/plan.ts';
import { groupName, type NodeRoleKey, nodeRoleKey } from '../model/run.ts';
import type { Group, Plan } from './plan.ts';
import { stateOf, vertexCount } from './plan.ts';
import { roleEdges } from './role-graph.ts';
import { FEW, FEW_IN_ALL, urgency } from './why.ts';

/** What changed of one deployment: role → state → node ids; `gone`: the role is on that node no more. */
export type Difference = Record<string, Partial<Record<NodeRoleState | 'gone', string[]>>>;
/** Of one deployment: role → node id → state. */
export type PastStates = Map<string, Map<string, NodeRoleState>>;
/** By deployment. */
export type Differences = Map<string, Difference>;
export type Past = ReadonlyMap<string, PastStates>;

/** What is another state in `after`; all of it, where there was no plan before. */
export function differencesBetween(before: Plan | undefined, after: Plan): Differences {
  const found: Differences = new Map();
  const groupsBefore = grouped(before?.groups ?? [], nameOf);
  const placeBefore = after.nodes.map(({ id }) => before?.indexOf.get(id) ?? -1);
  for (const group of after.groups) {
    const old = groupsBefore.get(nameOf(group));
    for (let vertex = group.start; vertex < group.end; vertex++) {
      const node = after.nodeOf[vertex]!;
      const was = old && vertexIn(old, placeBefore[node]!);
      if (was === undefined || before!.states[was] !== after.states[vertex]) note(found, group, stateOf(after, vertex), after.nodes[node]!.id);
    }
  }
  if (!before) return found;
  const groupsAfter = grouped(after.groups, nameOf);
  const placeAfter = before.nodes.map(({ id }) => after.indexOf.get(id) ?? -1);
  for (const group of before.groups) {
    const now = groupsAfter.get(nameOf(group));
    for (let vertex = group.start; vertex < group.end; vertex++) {
      const node = before.nodeOf[vertex]!;
      if (!now || vertexIn(now, placeAfter[node]!) === undefined) note(found, group, 'gone', before.nodes[node]!.id);
    }
  }
  return found;
}

/** The same from what was kept, where the plan that it was taken from is no longer there. */
export function differencesSince(past: Past, after: Plan): Differences {
  const found: Differences = new Map();
  const present = statesOf(after);
  for (const [deployment, roles] of present)
    for (const [role, states] of roles)
      for (const [nodeId, state] of states) if (past.get(deployment)?.get(role)?.get(nodeId) !== state) noteOf(found, deployment, role, state, nodeId);
  for (const [deployment, roles] of past)
    for (const [role, states] of roles)
      for (const nodeId of states.keys()) if (!present.get(deployment)?.get(role)?.has(nodeId)) noteOf(found, deployment, role, 'gone', nodeId);
  return found;
}

/** Changes `states` to what they were after it. */
export function applyDifference(states: PastStates, difference: Difference): void {
  for (const [role, byState] of Object.entries(difference)) {
    const nodes = states.get(role) ?? new Map<string, NodeRoleState>();
    states.set(role, nodes);
    for (const [state, ids] of Object.entries(byState) as [NodeRoleState | 'gone', string[]][]) {
      for (const id of ids) {
        if (state === 'gone') nodes.delete(id);
        else nodes.set(id, state);
      }
    }
    if (!nodes.size) states.delete(role);
  }
}

/** From the bodies that were kept, oldest first, of which the first holds all of it. */
export function replayed(bodies: readonly string[]): PastStates {
  const states: PastStates = new Map();
  for (const body of bodies) applyDifference(states, JSON.parse(body) as Difference);
  return states;
}

export function statesOf(plan: Plan): Map<string, PastStates> {
  const all: Map<string, PastStates> = new Map();
  for (const [deployment, difference] of differencesBetween(undefined, plan)) {
    const states: PastStates = new Map();
    applyDifference(states, difference);
    all.set(deployment, states);
  }
  return all;
}

/** How a deployment stands: `moving` is at work or about to be, `undone` is not done for whatever reason. */
export type Standing = { size: number; moving: number; undone: number };

const moves: ReadonlySet<NodeRoleState> = new Set(['running', 'runnable', 'waiting', 'orphan']);

export function standings(plan: Plan): Map<string, Standing> {
  const found = new Map<string, Standing>();
  for (let vertex = 0; vertex < vertexCount(plan); vertex++) {
    const { deployment } = plan.groups[plan.groupOf[vertex]!]!;
    let standing = found.get(deployment);
    if (!standing) found.set(deployment, (standing = { size: 0, moving: 0, undone: 0 }));
    const state = stateOf(plan, vertex);
    standing.size++;
    if (state !== 'done') standing.undone++;
    if (moves.has(state)) standing.moving++;
  }
  return found;
}

/** What was told of a machine and of its latest attempt then. */
export type PastWords = { nodeName(nodeId: string, key: NodeRoleKey): string; told(key: NodeRoleKey): Pick<NodeRoleView, 'runId' | 'whyNot'> };
type Place = Pick<NodeRoleView, 'key' | 'deployment' | 'role' | 'nodeId' | 'state'>;

/** Every node-role of then, in order of their names. */
export function pastPlaces(past: Past, wanted: (place: Place) => boolean): Place[] {
  const found: Place[] = [];
  for (const deployment of [...past.keys()].sort())
    for (const role of [...past.get(deployment)!.keys()].sort())
      for (const [nodeId, state] of past.get(deployment)!.get(role)!) {
        const place = { key: nodeRoleKey(deployment, role, nodeId), deployment, role, nodeId, state };
        if (wanted(place)) found.push(place);
      }
  return found;
}

/** Of these `limit` at most, the most urgent ones: those that a view names. */
export function mostUrgent(places: readonly Place[], limit: number): Place[] {
  if (places.length <= limit) return [...places];
  const rank = new Map(urgency.map((state, index) => [state, index]));
  return places.toSorted((a, b) => rank.get(a.state)! - rank.get(b.state)!).slice(0, limit);
}

/** Those of small roles, as the summary of the present plan names them. */
export function fewOfEach(places: readonly Place[]): Place[] {
  let told = 0;
  return [...grouped(places, ({ deployment, role }) => groupName(deployment, role)).values()].flatMap((members) => {
    if (members.length > FEW || told + members.length > FEW_IN_ALL) return [];
    told += members.length;
    return members;
  });
}

/** As `planView` tells the present. `places` are all that fit, `shown` those that are sent. */
export function pastView(places: readonly Place[], shown: readonly Place[], catalog: Catalog, words: PastWords): Omit<PlanView, 'seq' | 'totals'> {
  return {
    nodeRoles: shown.map((place) => viewOf(place, catalog, words)),
    matching: places.length,
    edges: edgesAmong(places, catalog),
    choices: [],
    problems: [],
  };
}

/** As `planSummary` tells the present; the edges are those of today's catalogue. */
export function pastSummary(places: readonly Place[], shown: readonly Place[], catalog: Catalog, words: PastWords): Omit<PlanSummary, 'seq'> {
  const named = grouped(shown, ({ deployment, role }) => groupName(deployment, role));
  const groups = [...grouped(places, ({ deployment, role }) => groupName(deployment, role))].map(([name, members]): PlanGroup => {
    const { deployment, role } = members[0]!;
    const totals: PlanGroup['totals'] = {};
    for (const { state } of members) totals[state] = (totals[state] ?? 0) + 1;
    const few = named.get(name)?.map((place) => viewOf(place, catalog, words));
    return { deployment, role, barclamp: barclampOf(catalog, role), totals, failing: 0, drifted: 0, ...(few && { nodeRoles: few }) };
  });
  return { groups, edges: edgesAmong(places, catalog), choices: [], problems: [], totals: totalsIn(places) };
}

export function totalsIn(places: readonly Place[]): Record<NodeRoleState, number> {
  const totals = Object.fromEntries(nodeRoleStates.map((state) => [state, 0])) as Record<NodeRoleState, number>;
  for (const { state } of places) totals[state]++;
  return totals;
}

const viewOf = (place: Place, catalog: Catalog, { nodeName, told }: PastWords): NodeRoleView => ({
  ...place,
  barclamp: barclampOf(catalog, place.role),
  nodeName: nodeName(place.nodeId, place.key),
  ...told(place.key),
});

const barclampOf = (catalog: Catalog, role: string): string => catalog.roles.get(role)?.declaration.barclamp ?? '';

function edgesAmong(places: readonly Place[], catalog: Catalog): PlanView['edges'] {
  const present = new Set(places.map(({ role }) => role));
  return roleEdges(catalog).filter((edge) => present.has(edge.from) && present.has(edge.to));
}

const nameOf = ({ deployment, role }: Group): string => groupName(deployment, role.declaration.name);

/** Its vertex in one of them: a role that was taken off some machines is there twice, but never twice on one. */
function vertexIn(groups: readonly Group[], node: number): number | undefined {
  if (node < 0) return undefined;
  for (const { at } of groups) if (at[node]! >= 0) return at[node];
  return undefined;
}

const note = (found: Differences, { deployment, role }: Group, state: NodeRoleState | 'gone', nodeId: string): void =>
  noteOf(found, deployment, role.declaration.name, state, nodeId);

function noteOf(found: Differences, deployment: string, role: string, state: NodeRoleState | 'gone', nodeId: string): void {
  let difference = found.get(deployment);
  if (!difference) found.set(deployment, (difference = {}));
  const byState = (difference[role] ??= {});
  (byState[state] ??= []).push(nodeId);
}

function grouped<T>(items: readonly T[], by: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const name = by(item);
    const group = groups.get(name);
    if (group) group.push(item);
    else groups.set(name, [item]);
  }
  return groups;
}
