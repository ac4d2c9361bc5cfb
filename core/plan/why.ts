// Why a node-role is not done yet: what stands in its way, and the smallest act that would remove it. And the plan as people see it.

import type { Catalog } from '../model/catalog.ts';
import type { Node } from '../model/node.ts';
import { type Hindrance, type NodeRoleState, nodeRoleStates, type NodeRoleView, type PlanGroup, type PlanSummary, type PlanView } from '../model/plan.ts';
import { groupName } from '../model/run.ts';
import { fingerprintOf, type Group, groupAt, keyOf, nodeAt, type Plan, stateOf, vertexCount } from './plan.ts';
import { barrierOpen, comingSystem, isDone, isPassed, notReady, wrongSystem } from './states.ts';
import { roleEdges } from './role-graph.ts';
import { turnOf } from './rolling.ts';

export function whyNot(plan: Plan, vertex: number): Hindrance[] {
  const group = groupAt(plan, vertex);
  const node = nodeAt(plan, vertex);
  const role = group.role.declaration.name;
  const run = group.latest.get(node.id);
  switch (stateOf(plan, vertex)) {
    case 'done':
    case 'running':
    case 'orphan':
      return [];
    case 'runnable':
      return held(plan, group);
    case 'held':
      return whyHeld(plan, vertex);
    case 'waiting':
      return [{ what: run?.problem?.summary ?? `${role} asked to be tried again later`, ...(run?.problem?.next && { next: run.problem.next }) }];
    case 'failed':
      return [
        {
          what: run?.problem?.summary ?? `${role} failed`,
          next: run?.problem?.next ?? `Look at its log, mend the cause, then: prybar run retry ${keyOf(plan, vertex)}`,
          key: keyOf(plan, vertex),
        },
      ];
    case 'outdated':
      if (group.role.declaration.installs) return [installed(node, keyOf(plan, vertex))];
      return [
        {
          what: `${role} was done with earlier settings and never runs again by itself`,
          next: `If it should: prybar run retry ${keyOf(plan, vertex)}`,
          key: keyOf(plan, vertex),
        },
      ];
    case 'blocked':
      return blockers(plan, vertex);
  }
}

function whyHeld(plan: Plan, vertex: number): Hindrance[] {
  const [group, node] = [groupAt(plan, vertex), nodeAt(plan, vertex)];
  const what = notReady(node);
  if (what) return [{ what, ...heldAdvice(node) }];
  const index = plan.nodeOf[vertex]!;
  const system = comingSystem(plan, group, index) ?? group.installers.map(({ at }) => at[index]!).find((installer) => installer >= 0);
  if (system !== undefined) return [comesFirst(plan, system)];
  const next = `Have a system installed on it: Install in its menu, or prybar node install ${node.name}`;
  return [{ what: wrongSystem(node, group.role)!, ...(node.system?.kind === 'live' && group.role.declaration.runsOn.includes('installed') && { next }) }];
}

const noImage: Hindrance = { what: 'there is no image of an operating system yet', next: 'It is being built, or: prybar image build' };

function installed(node: Node, key: string): Hindrance {
  const what =
    node.system?.kind === 'installed'
      ? `${node.name} was installed with other settings, or by another role`
      : `${node.name} has an installed system, and runs the discovery image now`;
  return { what, next: `Keep it as it is, or have it installed anew, which erases its disk: prybar run retry ${key}`, key };
}

// It could start, were it not for the pace that somebody set.
function held(plan: Plan, group: Group): Hindrance[] {
  if (plan.facts.deployments.find((d) => d.name === group.deployment)?.paused)
    return [{ what: `the deployment ${group.deployment} is paused`, next: `prybar deployment resume ${group.deployment}` }];
  const turn = turnOf(plan, group);
  return turn.starts === 0 && turn.reason ? [{ what: turn.reason }] : [];
}

function heldAdvice(node: { name: string; approved: boolean; maintenance?: boolean; contact: string }): { next?: string } {
  if (!node.approved) return { next: `prybar node approve ${node.name}` };
  if (node.maintenance) return { next: `Take ${node.name} out of maintenance.` };
  if (node.contact !== 'up') return { next: `Switch it on (prybar node power ${node.name} on), or look at its console.` };
  return {};
}

function blockers(plan: Plan, vertex: number): Hindrance[] {
  const group = groupAt(plan, vertex);
  const node = plan.nodeOf[vertex]!;
  const found: Hindrance[] = [];
  for (const { role, groups } of group.requires) {
    const parents = groups.map((g) => g.at[node]!).filter((v) => v >= 0);
    if (group.orphan ? parents.length === 0 : parents.some((v) => isDone(plan, v))) continue;
    const parent = parents[0];
    found.push(
      parent === undefined
        ? { what: `${role} is not on ${plan.nodes[node]!.name}`, next: `Give ${role} to ${plan.nodes[node]!.name}.` }
        : { what: `${role} on ${plan.nodes[node]!.name} is ${stateOf(plan, parent)}`, key: keyOf(plan, parent) },
    );
  }
  for (const { role, groups } of group.waitsFor) {
    if (!group.orphan && !groups.length) {
      if (group.missing.some((input) => input.startsWith(`${role}.`)))
        found.push({ what: `no machine holds ${role}`, next: `Give ${role} to a machine of ${group.deployment}.` });
      continue;
    }
    for (const g of groups) {
      if (!group.orphan && barrierOpen(g)) continue;
      if (g.end === g.start) found.push({ what: `no machine holds ${role} yet` });
      for (let v = g.start; v < g.end; v++) {
        if (!isDone(plan, v)) found.push({ what: `${role} on ${nodeAt(plan, v).name} is ${stateOf(plan, v)}`, key: keyOf(plan, v) });
      }
    }
  }
  for (const orphans of group.displaces) {
    const vertexThere = orphans.at[node]!;
    if (vertexThere >= 0)
      found.push({ what: `${orphans.role.declaration.name} on ${plan.nodes[node]!.name} has to be undone first`, key: keyOf(plan, vertexThere) });
  }
  for (const gate of group.gates) if (!isPassed(plan, gate, node)) found.push(comesFirst(plan, gate.at[node]!));
  if (group.fault) found.push({ what: group.fault.summary, ...(group.fault.next && { next: group.fault.next }) });
  if (!found.length) for (const input of group.missing) found.push(input === 'site.images' ? noImage : { what: `${input} has not been published yet` });
  return found;
}

// It keeps back roles that know nothing of it, so that it says itself what is in its way.
function comesFirst(plan: Plan, vertex: number): Hindrance {
  const { role, latest } = groupAt(plan, vertex);
  const [state, node] = [stateOf(plan, vertex), nodeAt(plan, vertex)];
  const failure = state === 'failed' ? latest.get(node.id)?.problem : undefined;
  const what = `${role.declaration.name} comes first on ${node.name}, and is ${state}${failure ? `: ${failure.summary}` : ''}`;
  return { what, ...(failure?.next && { next: failure.next }), key: keyOf(plan, vertex) };
}

export function nodeRoleView(plan: Plan, vertex: number): NodeRoleView {
  const group = groupAt(plan, vertex);
  const node = nodeAt(plan, vertex);
  const key = keyOf(plan, vertex);
  const run = group.latest.get(node.id);
  return {
    key,
    deployment: group.deployment,
    role: group.role.declaration.name,
    barclamp: group.role.declaration.barclamp,
    nodeId: node.id,
    nodeName: node.name,
    state: stateOf(plan, vertex),
    whyNot: whyNot(plan, vertex),
    fingerprint: fingerprintOf(plan, vertex),
    ...(run && { runId: run.id, ran: { startedAt: run.startedAt, ...(run.endedAt !== undefined && { endedAt: run.endedAt }) } }),
  };
}

export function totalsOf(plan: Plan, wanted: (vertex: number) => boolean = () => true): Record<NodeRoleState, number> {
  const totals = Object.fromEntries(nodeRoleStates.map((state) => [state, 0])) as Record<NodeRoleState, number>;
  for (let vertex = 0; vertex < vertexCount(plan); vertex++) if (wanted(vertex)) totals[stateOf(plan, vertex)]++;
  return totals;
}

/** What needs a person first, what is finished last. */
export const urgency: readonly NodeRoleState[] = ['failed', 'outdated', 'running', 'runnable', 'waiting', 'blocked', 'held', 'orphan', 'done'];

function edgesOf(plan: Plan, catalog: Catalog): PlanView['edges'] {
  const present = new Set(plan.groups.map((group) => group.role.declaration.name));
  return roleEdges(catalog).filter((edge) => present.has(edge.from) && present.has(edge.to));
}

/** The plan as the API sends it, narrowed to the vertices that `wanted` accepts; of these `limit` at most, the most urgent ones. */
export function planView(plan: Plan, catalog: Catalog, seq: number, wanted: (vertex: number) => boolean = () => true, limit = Infinity): PlanView {
  let matching: number[] = [];
  for (let vertex = 0; vertex < vertexCount(plan); vertex++) if (wanted(vertex)) matching.push(vertex);
  const count = matching.length;
  if (count > limit) {
    const rank = new Map(urgency.map((state, index) => [state, index]));
    const rankOf = (vertex: number): number => rank.get(stateOf(plan, vertex))!;
    matching = matching.toSorted((a, b) => rankOf(a) - rankOf(b)).slice(0, limit);
  }
  return {
    nodeRoles: matching.map((vertex) => nodeRoleView(plan, vertex)),
    matching: count,
    edges: edgesOf(plan, catalog),
    choices: [...plan.choices],
    problems: [...plan.problems],
    totals: totalsOf(plan),
    seq,
  };
}

/** Above it a role is told in numbers. */
export const FEW = 48;
/** Over all roles, so that hundreds of small ones do not make a large answer. */
export const FEW_IN_ALL = 2000;

/** The plan by roles, narrowed to the vertices that `wanted` accepts. */
export function planSummary(plan: Plan, catalog: Catalog, seq: number, wanted: (vertex: number) => boolean): PlanSummary {
  let told = 0;
  // One that was taken off some machines is there twice, the second time to be undone.
  const groups = new Map<string, PlanGroup>();
  for (const group of plan.groups) {
    const { name: role, barclamp } = group.role.declaration;
    const name = groupName(group.deployment, role);
    const members = [];
    for (let vertex = group.start; vertex < group.end; vertex++) if (wanted(vertex)) members.push(vertex);
    if (!members.length) continue;
    const known: PlanGroup = groups.get(name) ?? { deployment: group.deployment, role, barclamp, totals: {}, failing: 0, drifted: 0, nodeRoles: [] };
    const { nodeRoles, totals } = known;
    for (const vertex of members) totals[stateOf(plan, vertex)] = (totals[stateOf(plan, vertex)] ?? 0) + 1;
    if (nodeRoles && nodeRoles.length + members.length <= FEW && told + members.length <= FEW_IN_ALL) {
      told += members.length;
      nodeRoles.push(...members.map((vertex) => nodeRoleView(plan, vertex)));
    } else delete known.nodeRoles;
    groups.set(name, known);
  }
  return {
    groups: [...groups.values()],
    edges: edgesOf(plan, catalog),
    choices: [...plan.choices],
    problems: [...plan.problems],
    totals: totalsOf(plan, wanted),
    seq,
  };
}
