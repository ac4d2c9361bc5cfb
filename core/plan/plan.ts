// Facts + catalog → Plan: which roles are on which nodes, in which order, and how far each is. Pure: no clock, no disk;
// the same facts give the same plan, byte for byte.
//
// Vertices are node-roles. All node-roles of one role in one deployment form a group and stand next to one another in plain
// arrays, so edges exist once per pair of groups: `requires` is looked up by node, and `waitsFor` passes a barrier, which is
// the group's own count of what is still to do. A million node-roles cost a few bytes each.

import type { Catalog, Role } from '../model/catalog.ts';
import type { Image } from '../model/image.ts';
import type { AdminSite, Network } from '../model/network.ts';
import type { Node } from '../model/node.ts';
import { type Choice, type NodeRoleState, nodeRoleStates } from '../model/plan.ts';
import type { Problem } from '../model/problem.ts';
import type { Retry } from '../model/progress.ts';
import type { Health } from '../model/watch.ts';
import { type Deployment, type ProposalBody, SYSTEM } from '../model/proposal.ts';
import type { ScopeNode } from '../model/recipe.ts';
import type { SecretRequest, SecretRotation, SecretValue } from '../model/secret.ts';
import { groupName, type NodeRoleKey, nodeRoleKey, parseNodeRoleKey, type Run, type RunIndex } from '../model/run.ts';
import { type NodeFingerprints, nodeFingerprints, rolePart, stillThere } from './fingerprint.ts';
import type { Conditions } from './conditions.ts';
import { attributesOf, derivedInputs, downloadsAt, inputsFor, secretsFor } from './inputs.ts';
import { type Placement, placeRoles } from './place.ts';
import { compareNames, sortedByName } from './names.ts';
import { goingAhead, providersOf, roleOrder } from './role-graph.ts';
import { endOf, markStates, notReady } from './states.ts';

export type Committed = { deployment: string; barclamp: string; commit: number; body: ProposalBody };

/** Everything a plan is made from. */
export type PlanFacts = {
  nodes: readonly Node[];
  deployments: readonly Deployment[];
  proposals: readonly Committed[];
  /** Proposals that were taken away, as they last were: what they did is undone with the settings it was done with. */
  removed?: readonly Committed[];
  /** The latest run of each node-role, finished or not. */
  latest: RunIndex;
  /** The latest successful apply of each node-role: its outputs are what others read. */
  lastDone: RunIndex;
  retries: ReadonlyMap<NodeRoleKey, Retry>;
  /** What probes say; absent where nobody probes. */
  health?: ReadonlyMap<NodeRoleKey, Health>;
  networks: readonly Network[];
  images?: readonly Image[];
  /** Secrets that were replaced, by id. */
  rotations?: ReadonlyMap<string, SecretRotation>;
  site?: AdminSite;
};

export type Group = {
  deployment: string;
  role: Role;
  /** Vertices [start, end) are its node-roles, in the order of `plan.nodes`. */
  start: number;
  end: number;
  /** Node index → vertex, -1 where there is none. */
  at: Int32Array;
  /** Of each `requires`: the groups that can satisfy it on the same node. */
  requires: { role: string; groups: Group[] }[];
  /** Of each `waitsFor`: the groups behind whose barriers it stands. */
  waitsFor: { role: string; groups: Group[] }[];
  /** Of each role whose nodes its templates list: where those are. No edge: being listed is not being done. */
  reads: { role: string; groups: Group[] }[];
  /** Of an orphan: whose outputs it reads. Its edges run the other way. */
  upstream: { role: string; groups: Group[] }[];
  /** Orphans that are undone first where they share its node: those it conflicts with; all, where it erases disks. */
  displaces: Group[];
  /** Roles that are done first where they share its node, whatever it is. */
  gates: Group[];
  /** Roles that give its machines another system, where its own work would be lost with the one they have. */
  installers: Group[];
  attributes: Record<string, unknown>;
  inputs: Record<string, unknown>;
  /** Inputs that no upstream role has given yet. */
  missing: string[];
  /** Why its barclamp's extension could not say what it was asked: it is not begun then. */
  fault?: Problem;
  site: Record<string, unknown>;
  roleNodes: Record<string, ScopeNode[]>;
  /** Where machines get what its barclamp downloads: SHA-256 → URL on the admin node; absent where that serves none. */
  downloads?: ReadonlyMap<string, string>;
  /** Which secrets it is given; never their values. */
  secrets: SecretRequest[];
  /** Their values, on a copy made just before the role is applied; never in a plan. */
  revealed?: Record<string, SecretValue>;
  fingerprint: string;
  /** Node id → the latest run, and the latest successful apply. */
  latest: ReadonlyMap<string, Run>;
  lastDone: ReadonlyMap<string, Run>;
  /** To be undone: no proposal asks for it any more. */
  orphan: boolean;
  /** Members that are ready and not done: the barrier is open when none is left and one is done. */
  pending: number;
  done: number;
  /** Members that could be begun, now or after a pause. */
  startable: number;
  /** Its own inputs are there and the barriers it stands behind are open. */
  open: boolean;
};

export type Plan = {
  /** By name. */
  nodes: readonly Node[];
  /** Node id → index in `nodes`. */
  indexOf: ReadonlyMap<string, number>;
  /** In role order, orphans last in reverse order. */
  groups: readonly Group[];
  /** Vertex → index in `nodes`. */
  nodeOf: Uint32Array;
  /** Vertex → index in `groups`. */
  groupOf: Uint32Array;
  /** Vertex → index in `nodeRoleStates`. */
  states: Uint8Array;
  /** Node index → its parts of the fingerprint, with the dots before them. */
  nodeFingerprints: readonly NodeFingerprints[];
  /** Node index → why it can take no role now. */
  unready: readonly (string | undefined)[];
  /** Of `problems`, those of who is where. */
  placing: readonly Problem[];
  problems: readonly Problem[];
  choices: readonly Choice[];
  facts: PlanFacts;
};

export function makePlan(facts: PlanFacts, catalog: Catalog): Plan {
  const order = roleOrder(catalog);
  if (!order.ok) return emptyPlan(facts, order.problems);
  const nodes = sortedByName(facts.nodes);

  // Which role is on which node: what proposals say, then what roles require, limits checked at the end.
  const placed = placeRoles({ ...facts, nodes }, catalog, order.value);
  // What ran once and is not asked for any more must be undone, on the same footing as what is to be done.
  const orphans = findOrphans(facts, nodes, catalog, placed.placements, order.value);
  // Now every vertex is known: number them, then join the groups.
  const groups = layOut([...placed.placements, ...orphans], nodes.length, facts, catalog, order.value);
  connect(groups, catalog, placed.conditions);
  // In role order, because what a role publishes is part of the fingerprint of those that read it.
  const plan = {
    nodes,
    indexOf: new Map(nodes.map((node, position) => [node.id, position])),
    groups,
    ...index(groups),
    nodeFingerprints: nodes.map(nodeFingerprints),
    unready: nodes.map(notReady),
    placing: placed.problems,
    problems: placed.problems,
    choices: placed.choices,
    facts,
  };
  for (const group of groups) {
    resolveInputs(plan, group, catalog);
    markStates(plan, group);
  }
  return withFaults(plan);
}

/** With the Problems that resolving inputs has found. */
export function withFaults(plan: Plan): Plan {
  return { ...plan, problems: [...plan.placing, ...plan.groups.flatMap((group) => group.fault ?? [])] };
}

export const vertexCount = (plan: Plan): number => plan.states.length;
export const stateOf = (plan: Plan, vertex: number): NodeRoleState => nodeRoleStates[plan.states[vertex]!]!;
export const groupAt = (plan: Plan, vertex: number): Group => plan.groups[plan.groupOf[vertex]!]!;
export const nodeAt = (plan: Plan, vertex: number): Node => plan.nodes[plan.nodeOf[vertex]!]!;
export function fingerprintOf(plan: Plan, vertex: number): string {
  const { fingerprint, role } = groupAt(plan, vertex);
  return `${fingerprint}${plan.nodeFingerprints[plan.nodeOf[vertex]!]![role.declaration.lasts]}`;
}

export function keyOf(plan: Plan, vertex: number): NodeRoleKey {
  const group = groupAt(plan, vertex);
  return nodeRoleKey(group.deployment, group.role.declaration.name, nodeAt(plan, vertex).id);
}

/** Where a node-role stands; undefined when the plan does not have it. */
export function vertexOf(plan: Plan, key: NodeRoleKey): number | undefined {
  const place = parseNodeRoleKey(key);
  const node = place && plan.indexOf.get(place.nodeId);
  if (node === undefined) return undefined;
  const here = plan.groups.filter((group) => group.deployment === place!.deployment && group.role.declaration.name === place!.role);
  return here.map((group) => group.at[node]!).find((vertex) => vertex >= 0);
}

function emptyPlan(facts: PlanFacts, problems: Problem[]): Plan {
  return {
    nodes: [],
    indexOf: new Map(),
    groups: [],
    nodeOf: new Uint32Array(),
    groupOf: new Uint32Array(),
    states: new Uint8Array(),
    nodeFingerprints: [],
    unready: [],
    placing: problems,
    problems,
    choices: [],
    facts,
  };
}

function findOrphans(facts: PlanFacts, nodes: readonly Node[], catalog: Catalog, placements: Placement[], order: string[]): Placement[] {
  const indexOf = new Map(nodes.map((node, position) => [node.id, position]));
  const placed = new Map(placements.map((placement) => [groupName(placement.deployment, placement.role), placement]));
  const found: Placement[] = [];
  for (const [name, runs] of facts.latest) {
    const [deployment, role] = name.split('/') as [string, string];
    const known = catalog.roles.get(role);
    if (!known || known.declaration.irreversible) continue;
    const wanted = new Set(placed.get(name)?.members);
    const members: number[] = [];
    for (const [nodeId, run] of runs) {
      const node = indexOf.get(nodeId);
      if (node === undefined || wanted.has(node) || (run.mode === 'remove' && run.outcome === 'done')) continue;
      // What was done to a system that no longer exists is undone already.
      if (stillThere(run.fingerprint, nodes[node]!, known.declaration.lasts)) members.push(node);
    }
    if (members.length) found.push({ deployment, role, members, orphan: true });
  }
  const reverse = new Map(order.map((name, position) => [name, -position]));
  return found.sort((a, b) => reverse.get(a.role)! - reverse.get(b.role)! || compareNames(a.deployment, b.deployment));
}

function layOut(placements: Placement[], nodeCount: number, facts: PlanFacts, catalog: Catalog, order: string[]): Group[] {
  const position = new Map(order.map((name, index) => [name, index]));
  const wanted = placements.filter((p) => !p.orphan).sort((a, b) => position.get(a.role)! - position.get(b.role)! || compareNames(a.deployment, b.deployment));
  let next = 0;
  return [...wanted, ...placements.filter((p) => p.orphan)].map((placement) => {
    const at = new Int32Array(nodeCount).fill(-1);
    const start = next;
    for (const member of Uint32Array.from(placement.members).sort()) at[member] = next++;
    const name = groupName(placement.deployment, placement.role);
    return {
      deployment: placement.deployment,
      role: catalog.roles.get(placement.role)!,
      start,
      end: next,
      at,
      requires: [],
      waitsFor: [],
      reads: [],
      upstream: [],
      displaces: [],
      gates: [],
      installers: [],
      attributes: {},
      inputs: {},
      missing: [],
      site: {},
      roleNodes: {},
      secrets: [],
      fingerprint: '',
      latest: facts.latest.get(name) ?? noRuns,
      lastDone: facts.lastDone.get(name) ?? noRuns,
      orphan: placement.orphan,
      pending: 0,
      done: 0,
      startable: 0,
      open: false,
    };
  });
}

const noRuns: ReadonlyMap<string, Run> = new Map();

function index(groups: Group[]): Pick<Plan, 'nodeOf' | 'groupOf' | 'states'> {
  const total = groups.at(-1)?.end ?? 0;
  const nodeOf = new Uint32Array(total);
  const groupOf = new Uint32Array(total);
  for (const [number, group] of groups.entries()) {
    for (let node = 0; node < group.at.length; node++) {
      const vertex = group.at[node]!;
      if (vertex < 0) continue;
      nodeOf[vertex] = node;
      groupOf[vertex] = number;
    }
  }
  return { nodeOf, groupOf, states: new Uint8Array(total) };
}

function connect(groups: Group[], catalog: Catalog, conditions: Conditions): void {
  const byName = new Map<string, Group>();
  for (const group of groups) byName.set(`${group.orphan ? '-' : ''}${group.deployment}/${group.role.declaration.name}`, group);
  const providers = providersOf(catalog);
  const gates = groups.filter(({ orphan, deployment, role }) => !orphan && role.gate && conditions.gate(deployment, role));
  const installers = groups.filter(({ orphan, role }) => !orphan && role.declaration.installs);
  const { forGates, forSystems } = goingAhead(catalog);
  for (const group of groups) {
    if (group.orphan) {
      connectOrphan(group, byName, catalog, providers);
      continue;
    }
    const reach = group.deployment === SYSTEM ? [SYSTEM] : [group.deployment, SYSTEM];
    const groupsOf = (role: string): Group[] =>
      reach.flatMap((deployment) => (providers.get(role) ?? []).map((name) => byName.get(`${deployment}/${name}`))).filter((g) => g !== undefined);
    const there = (role: string): boolean => conditions.edge(group.deployment, group.role, role);
    group.requires = group.role.declaration.requires.filter(there).map((role) => ({ role, groups: groupsOf(role) }));
    // The nearest deployment that has the role is the one meant: its own before the system's.
    const nearest = (role: string) => {
      const all = groupsOf(role);
      return { role, groups: all.filter((g) => g.deployment === all[0]!.deployment) };
    };
    group.waitsFor = group.role.declaration.waitsFor.filter(there).map(nearest);
    group.reads = group.role.reads.map(nearest);
    // Erasing comes last: when nothing that is on a disk is needed to undo something.
    if (!forGates.has(group.role.declaration.name)) group.gates = gates;
    if (!forSystems.has(group.role.declaration.name) && livesInSystem(group.role)) group.installers = installers;
    group.displaces = groups.filter((other) => other.orphan && (group.role.declaration.wipes || inConflict(group.role, other.role)));
  }
}

const livesInSystem = (role: Role): boolean =>
  role.declaration.lasts === 'system' && role.declaration.runsOn.includes('installed') && endOf(role) === undefined;

const inConflict = (a: Role, b: Role): boolean =>
  a.declaration.conflictsWith.includes(b.declaration.name) || b.declaration.conflictsWith.includes(a.declaration.name);

// Undone in reverse: an orphan stands behind the orphans of the roles that need it, on the same node or anywhere.
function connectOrphan(group: Group, byName: Map<string, Group>, catalog: Catalog, providers: ReadonlyMap<string, string[]>): void {
  const name = group.role.declaration.name;
  for (const { declaration } of catalog.roles.values()) {
    const later = byName.get(`-${group.deployment}/${declaration.name}`);
    if (!later) continue;
    if (declaration.requires.includes(name)) group.requires.push({ role: declaration.name, groups: [later] });
    if (declaration.waitsFor.includes(name)) group.waitsFor.push({ role: declaration.name, groups: [later] });
  }
  // To undo what it did it may need to know what it knew: those that are wanted still, and those that are undone as well.
  const known = (role: string) => {
    const names = (providers.get(role) ?? []).flatMap((provider) => [
      `${group.deployment}/${provider}`,
      `-${group.deployment}/${provider}`,
      `${SYSTEM}/${provider}`,
    ]);
    return { role, groups: names.map((key) => byName.get(key)).filter((g) => g !== undefined) };
  };
  const { reads, declaration } = group.role;
  group.reads = reads.map(known);
  group.upstream = [...declaration.requires, ...declaration.waitsFor].map(known);
}

/** What the group reads, and with it the role's part of the fingerprint. */
export function resolveInputs(plan: Plan, group: Group, catalog: Catalog): void {
  const { facts } = plan;
  const proposals = group.orphan && facts.removed ? [...facts.proposals, ...facts.removed] : facts.proposals;
  group.attributes = attributesOf(proposals, group.deployment, group.role, catalog);
  Object.assign(group, inputsFor(plan, group));
  delete group.fault;
  Object.assign(group, derivedInputs(group, catalog));
  group.secrets = secretsFor({ ...facts, proposals }, group, catalog);
  // Where a file comes from is no part of what is done with it.
  Object.assign(group, downloadsAt(facts.site, catalog.barclamps.get(group.role.declaration.barclamp)!));
  group.fingerprint = rolePart(group);
}
