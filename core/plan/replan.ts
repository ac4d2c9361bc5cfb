// A plan made from the one before and what has changed since: only what a change touches is derived anew. Gives exactly what makePlan would
// (a property test holds the two against each other); whatever could move a role to another node is left to makePlan.

import type { Catalog } from '../model/catalog.ts';
import type { Node } from '../model/node.ts';
import type { NodeSelector } from '../model/proposal.ts';
import { groupName } from '../model/run.ts';
import { canonical, instancePart, nodeFingerprints as fingerprintsOf } from './fingerprint.ts';
import { type Group, makePlan, type Plan, type PlanFacts, resolveInputs, withFaults } from './plan.ts';
import { markAgain, markStates, mayPass, notReady } from './states.ts';

/** What may have changed since the plan was made, by what it is about. */
export type Changed = {
  /** Ids. */
  nodes: ReadonlySet<string>;
  /** Node-roles with a new run, or with another attempt asked for. */
  keys: ReadonlySet<string>;
  /** `deployment/barclamp` */
  proposals: ReadonlySet<string>;
  /** Anything else: networks, deployments, the catalogue. */
  other: boolean;
};

export function replan(before: Plan, facts: PlanFacts, catalog: Catalog, changed: Changed): Plan {
  const nodes = sameNodes(before, facts, changed);
  if (changed.other || !nodes || before.groups.some((group) => group.orphan) || !samePlaces(before, facts, catalog, changed, nodes))
    return makePlan(facts, catalog);

  const dirtyNodes = [...changed.nodes].flatMap((id) => before.indexOf.get(id) ?? []);
  const plan = copyOf(before, facts, nodes, dirtyNodes);
  const dirty = new Map<Group, Set<number>>(); // group → vertices to look at
  const counted = countedRoles(facts);
  const byName = new Map(plan.groups.map((group) => [groupName(group.deployment, group.role.declaration.name), group]));
  for (const key of changed.keys) {
    const at = key.lastIndexOf('@');
    const name = key.slice(0, at);
    const group = byName.get(name);
    const vertex = group?.at[plan.indexOf.get(key.slice(at + 1)) ?? -1] ?? -1;
    // Of a role that is not placed there, or of one whose machines are chosen by where it has run: what is where may change.
    if (!group || vertex < 0 || counted.has(name)) return makePlan(facts, catalog);
    dirty.set(group, (dirty.get(group) ?? new Set()).add(vertex));
  }

  const moved = new Map<Group, number[]>(); // group → nodes whose state there is another one now
  for (const group of plan.groups) {
    const fingerprint = group.fingerprint;
    const { barclamp } = group.role.declaration;
    const upstreamRan = [...group.requires, ...group.waitsFor].some(({ groups }) => groups.some((g) => dirty.has(g)));
    const listsNodes =
      dirtyNodes.length > 0 && (group.reads.length > 0 || group.role.declaration.inputs.some((input) => input === 'site.nodes' || input === 'site.images'));
    if (upstreamRan || listsNodes || changed.proposals.has(groupName(group.deployment, barclamp)) || changed.proposals.has(groupName('system', barclamp)))
      resolveInputs(plan, group, catalog);
    if (group.fingerprint !== fingerprint || group.open !== mayPass(group)) {
      const states = plan.states.slice(group.start, group.end);
      markStates(plan, group);
      moved.set(group, changedNodes(plan, group, states));
      continue;
    }
    const vertices = dirty.get(group) ?? new Set<number>();
    const look = (index: number) => {
      if (group.at[index]! >= 0) vertices.add(group.at[index]!);
    };
    for (const index of dirtyNodes) look(index);
    for (const { groups } of group.requires) for (const parent of groups) for (const index of moved.get(parent) ?? []) look(index);
    for (const earlier of [...group.gates, ...group.installers]) for (const index of moved.get(earlier) ?? []) look(index);
    const other: number[] = [];
    for (const vertex of vertices) if (markAgain(plan, group, vertex)) other.push(plan.nodeOf[vertex]!);
    moved.set(group, other);
  }
  return withFaults(plan);
}

/** The nodes in the old order with the changed ones replaced; undefined when one came, went or was renamed. */
function sameNodes(before: Plan, facts: PlanFacts, { nodes }: Changed): Node[] | undefined {
  if (facts.nodes.length !== before.nodes.length) return undefined;
  if (!nodes.size) return [...before.nodes];
  const now = new Map(facts.nodes.filter((node) => nodes.has(node.id)).map((node) => [node.id, node]));
  if (now.size !== nodes.size) return undefined;
  const list = before.nodes.map((node) => now.get(node.id) ?? node);
  return list.some((node, index) => node.name !== before.nodes[index]!.name) ? undefined : list;
}

/** Whether every role stays where it is: selectors and pools say the same of the changed nodes and proposals. */
function samePlaces(before: Plan, facts: PlanFacts, catalog: Catalog, changed: Changed, nodes: readonly Node[]): boolean {
  const selectors: NodeSelector[] = facts.proposals.flatMap((proposal) => Object.values(proposal.body.roles));
  const choosing = selectors.some((selector) => !Array.isArray(selector) && (selector.where !== undefined || typeof selector.count === 'number'));
  for (const [index, node] of nodes.entries()) {
    const old = before.nodes[index]!;
    if (node === old) continue;
    if (
      node.approved !== old.approved ||
      node.pool !== old.pool ||
      instancePart(node) !== instancePart(old) ||
      node.leaving !== old.leaving ||
      node.capture !== old.capture
    )
      return false;
    if (choosing && (notReady(node) !== notReady(old) || canonical(node.inventory) !== canonical(old.inventory))) return false;
  }
  if (!changed.proposals.size) return true;
  // A setting may decide whether a role or an edge is there at all.
  const barclamps = new Set([...changed.proposals].map((name) => name.split('/')[1]));
  for (const role of catalog.roles.values()) if ((role.when ?? role.gate ?? role.edgesWhen) && barclamps.has(role.declaration.barclamp)) return false;
  const placements = (of: PlanFacts): string => canonical(of.proposals.map(({ deployment, barclamp, body }) => [deployment, barclamp, body.roles]));
  return placements(facts) === placements(before.facts);
}

/** `deployment/role` of those whose machines are so many of a pool. */
const countedRoles = (facts: PlanFacts): ReadonlySet<string> =>
  new Set(
    facts.proposals.flatMap(({ deployment, body }) =>
      Object.entries(body.roles).flatMap(([role, selector]) =>
        !Array.isArray(selector) && typeof selector.count === 'number' ? [groupName(deployment, role)] : [],
      ),
    ),
  );

function copyOf(before: Plan, facts: PlanFacts, nodes: readonly Node[], dirtyNodes: readonly number[]): Plan {
  const nodeFingerprints = [...before.nodeFingerprints];
  const unready = [...before.unready];
  for (const index of dirtyNodes) {
    nodeFingerprints[index] = fingerprintsOf(nodes[index]!);
    unready[index] = notReady(nodes[index]!);
  }
  const copies = new Map(before.groups.map((group) => [group, { ...group }]));
  for (const [group, copy] of copies) {
    const again = (edges: Group['requires']) => edges.map(({ role, groups }) => ({ role, groups: groups.map((g) => copies.get(g)!) }));
    const name = groupName(group.deployment, group.role.declaration.name);
    Object.assign(copy, {
      requires: again(group.requires),
      waitsFor: again(group.waitsFor),
      reads: again(group.reads),
      gates: group.gates.map((gate) => copies.get(gate)!),
      installers: group.installers.map((installer) => copies.get(installer)!),
      latest: facts.latest.get(name) ?? group.latest,
      lastDone: facts.lastDone.get(name) ?? group.lastDone,
    });
  }
  return { ...before, nodes, nodeFingerprints, unready, groups: [...copies.values()], states: before.states.slice(), facts };
}

function changedNodes(plan: Plan, group: Group, before: Uint8Array): number[] {
  const found: number[] = [];
  for (let vertex = group.start; vertex < group.end; vertex++) if (plan.states[vertex] !== before[vertex - group.start]) found.push(plan.nodeOf[vertex]!);
  return found;
}
