// Which role is on which node: first what proposals ask for, then what those roles require, then the limits.

import type { Catalog, Role } from '../model/catalog.ts';
import type { Node } from '../model/node.ts';
import type { Choice } from '../model/plan.ts';
import { problem, type Problem, warning, type Where } from '../model/problem.ts';
import { type Deployment, type NodeSelector, SYSTEM } from '../model/proposal.ts';
import { groupName } from '../model/run.ts';
import { type Conditions, conditionsIn } from './conditions.ts';
import type { PlanFacts } from './plan.ts';
import { providersOf } from './role-graph.ts';
import { notReady } from './states.ts';
import { readCondition } from './where.ts';

export type Placement = {
  deployment: string;
  role: string;
  /** Indices into the plan's nodes. */
  members: number[];
  orphan: boolean;
};

export function placeRoles(
  facts: PlanFacts,
  catalog: Catalog,
  order: string[],
): { placements: Placement[]; problems: Problem[]; choices: Choice[]; conditions: Conditions } {
  const problems: Problem[] = [];
  const choices: Choice[] = [];
  const placed = new Map<string, Set<number>>();
  const membersOf = (deployment: string, role: string): Set<number> => {
    const name = `${deployment}/${role}`;
    let members = placed.get(name);
    if (!members) placed.set(name, (members = new Set()));
    return members;
  };
  const holds = (deployment: string, role: string, node: number): boolean => placed.get(`${deployment}/${role}`)?.has(node) ?? false;

  // A role, or an edge of it, may exist under conditions.
  const holdsHere = conditionsIn(facts, catalog, problems);

  // 1. Roles that a proposal names.
  for (const proposal of facts.proposals) {
    const deployment = deploymentOf(facts, proposal.deployment);
    for (const [roleName, selector] of Object.entries(proposal.body.roles)) {
      const role = catalog.roles.get(roleName);
      const where = { deployment: proposal.deployment, role: roleName };
      if (!role || role.declaration.barclamp !== proposal.barclamp) {
        problems.push(
          problem(
            `The barclamp ${proposal.barclamp} has no role ${roleName}.`,
            where,
            `Its roles are ${Object.keys(catalog.barclamps.get(proposal.barclamp)?.roles ?? {}).join(', ') || 'none: is it installed?'}.`,
          ),
        );
        continue;
      }
      if (!holdsHere.role(deployment.name, role)) {
        problems.push(warning(`${roleName} is not there unless ${role.declaration.when}.`, where, 'Change that setting, or take the role out.'));
        continue;
      }
      const chosen = select(facts, deployment, role, selector);
      problems.push(...chosen.problems);
      if (chosen.choice) choices.push(chosen.choice);
      for (const node of chosen.members) membersOf(deployment.name, roleName).add(node);
    }
  }

  // 2. Roles that place themselves, on every node of the deployment that holds nothing they conflict with.
  for (const proposal of facts.proposals) {
    const deployment = deploymentOf(facts, proposal.deployment);
    for (const declaration of Object.values(catalog.barclamps.get(proposal.barclamp)?.roles ?? {})) {
      if (!declaration.implicit || proposal.body.roles[declaration.name]) continue;
      if (!holdsHere.role(deployment.name, catalog.roles.get(declaration.name)!)) continue;
      for (const [node, candidate] of facts.nodes.entries()) {
        if (!belongs(candidate, deployment) || (candidate.id === 'admin' && !declaration.runsOn.includes('admin'))) continue;
        if (declaration.conflictsWith.some((other) => holds(deployment.name, other, node))) continue;
        membersOf(deployment.name, declaration.name).add(node);
      }
    }
  }

  // 3. What erases disks, on every machine that is retired with proof, and what makes an image of a machine, on those that one is wanted of;
  // whatever pool they are in.
  const placeFor = (end: 'wipes' | 'captures', wanted: (node: Node) => boolean): void => {
    const [by] = facts.proposals.flatMap(({ deployment, barclamp }) =>
      Object.values(catalog.barclamps.get(barclamp)?.roles ?? {}).flatMap((declaration) => (declaration[end] ? [{ deployment, role: declaration.name }] : [])),
    );
    if (by) for (const [index, node] of facts.nodes.entries()) if (wanted(node)) membersOf(by.deployment, by.role).add(index);
  };
  placeFor('wipes', ({ leaving }) => leaving?.disks !== undefined);
  placeFor('captures', ({ capture, leaving }) => capture !== undefined && !leaving);

  // 4. What they require, added by itself; in reverse role order, so that one pass reaches what is required by the required.
  const providers = providersOf(catalog);
  for (const roleName of [...order].reverse()) {
    const role = catalog.roles.get(roleName)!;
    for (const deployment of facts.deployments) {
      const members = placed.get(`${deployment.name}/${roleName}`);
      if (!members?.size) continue;
      const requires = role.declaration.requires.filter((name) => holdsHere.edge(deployment.name, role, name));
      for (const node of members) {
        for (const needed of requires) {
          const stands = (providers.get(needed) ?? []).some((name) => holds(deployment.name, name, node) || holds(SYSTEM, name, node));
          if (!stands && catalog.roles.has(needed)) membersOf(deployment.name, needed).add(node);
        }
      }
    }
  }

  // 5. Limits, when everybody is in place.
  const placements: Placement[] = [];
  for (const [name, members] of placed) {
    const [deployment, role] = name.split('/') as [string, string];
    placements.push({ deployment, role, members: [...members], orphan: false });
    problems.push(...conflicts(facts, catalog, deployment, role, members, holds));
  }
  // Who was told already that machines are missing need not be told that the least number is not reached.
  const told = new Set(problems.filter((p) => p.severity === 'warning').map((p) => `${p.where?.deployment}/${p.where?.role}`));
  for (const proposal of facts.proposals) problems.push(...limits(catalog, proposal.deployment, proposal.barclamp, placed, told, holdsHere));
  return { placements, problems, choices, conditions: holdsHere };
}

export function deploymentOf(facts: Pick<PlanFacts, 'deployments'>, name: string): Deployment {
  return facts.deployments.find((d) => d.name === name) ?? { name, summary: '', pools: [] };
}

/** A tenant's deployment is on its own machines only, and is told of no others; the site's may be on any. */
export const sharesTenant = (node: Pick<Node, 'tenant'> | undefined, { tenant }: Deployment): boolean => tenant === undefined || node?.tenant === tenant;

/** Whether the deployment may take the machine. */
export function belongs(node: Node, deployment: Deployment): boolean {
  if (!node.approved || node.leaving || !sharesTenant(node, deployment)) return false;
  return deployment.pools.length ? deployment.pools.includes(node.pool) : node.id !== 'admin';
}

function select(facts: PlanFacts, deployment: Deployment, role: Role, selector: NodeSelector): { members: number[]; problems: Problem[]; choice?: Choice } {
  const name = role.declaration.name;
  const where = { deployment: deployment.name, role: name };
  if (Array.isArray(selector)) {
    const problems: Problem[] = [];
    const members: number[] = [];
    for (const wanted of selector) {
      const index = facts.nodes.findIndex((node) => node.name === wanted || node.id === wanted);
      const node = facts.nodes[index];
      // Of machines of others a tenant is not even told that they are there.
      if (!node || !sharesTenant(node, deployment))
        problems.push(
          problem(`There is no machine called ${wanted}.`, { ...where, node: wanted }, 'Correct the name, or wait until the machine is discovered.'),
        );
      else if (!node.approved) problems.push(problem(`${wanted} is not approved.`, { ...where, node: wanted }, `Approve it: prybar node approve ${wanted}`));
      else if (node.leaving)
        problems.push(warning(`${wanted} is being retired, and takes no roles.`, { ...where, node: wanted }, `Give ${name} to another machine.`));
      else if (node.id === 'admin' && !role.declaration.runsOn.includes('admin'))
        problems.push(problem(`${name} may not be on the admin node.`, { ...where, node: wanted }, 'Choose another machine.'));
      else members.push(index);
    }
    return { members, problems };
  }
  const condition = selector.where === undefined ? undefined : readCondition(selector.where);
  if (condition && !condition.ok) return { members: [], problems: condition.problems.map((p) => ({ ...p, where })) };
  const fits = condition?.value ?? (() => true);
  const candidates = facts.nodes
    .map((node, index) => ({ node, index }))
    .filter(
      ({ node }) =>
        fits(node) &&
        belongs(node, deployment) &&
        (!selector.pool || node.pool === selector.pool) &&
        (node.id !== 'admin' || role.declaration.runsOn.includes('admin')),
    );
  const count = selector.count ?? 'all';
  if (count === 'all') return { members: candidates.map((c) => c.index), problems: [] };
  // Who has it keeps it, so that a newly found machine never moves a service; then who has begun, then who could begin, then the nodes' own order.
  const group = groupName(deployment.name, name);
  const rank = (node: Node): number => {
    if (facts.lastDone.get(group)?.has(node.id)) return 0;
    if (notReady(node)) return 3;
    return facts.latest.get(group)?.get(node.id)?.mode === 'apply' ? 1 : 2;
  };
  const taken = candidates.toSorted((a, b) => rank(a.node) - rank(b.node)).slice(0, count);
  const members = taken.map((c) => c.index);
  const choice: Choice = {
    deployment: deployment.name,
    role: name,
    fit: candidates.length,
    chosen: taken.map(({ node }) => ({ nodeName: node.name, why: reasons[rank(node)]! })),
  };
  return { members, problems: tooFew(name, selector, count, members.length, where), choice };
}

function tooFew(name: string, selector: Exclude<NodeSelector, string[]>, count: number, found: number, where: Where): Problem[] {
  if (found >= count) return [];
  const which = `${selector.pool ? ` of the pool ${selector.pool}` : ''}${selector.where ? ` with ${selector.where}` : ''}`;
  // At a first start they are still on their way, and nothing is wrong.
  if (!found)
    return [
      warning(
        `${name} waits for ${count === 1 ? 'a machine' : `${count} machines`}${which}; none is there yet.`,
        where,
        'It begins by itself once one is let in: switch one on, or approve one that waits.',
      ),
    ];
  const missing = count - found;
  return [
    warning(
      `${name} wants ${count} machines${which}; ${missing} more ${missing === 1 ? 'is' : 'are'} needed.`,
      where,
      'Switch on or approve more machines, or ask for fewer.',
    ),
  ];
}

// By rank.
const reasons = ['has it, and keeps it', 'was begun with', 'is among the first by name that are ready', 'is not ready, but no other fits'];

function conflicts(
  facts: PlanFacts,
  catalog: Catalog,
  deployment: string,
  role: string,
  members: Set<number>,
  holds: (d: string, r: string, n: number) => boolean,
): Problem[] {
  const { conflictsWith } = catalog.roles.get(role)!.declaration;
  return conflictsWith.flatMap((other) =>
    [...members]
      .filter((node) => holds(deployment, other, node))
      .map((node) =>
        problem(
          `${role} and ${other} may not be on the same machine.`,
          { deployment, role, node: facts.nodes[node]!.name },
          `Take one of them off ${facts.nodes[node]!.name}.`,
        ),
      ),
  );
}

function limits(
  catalog: Catalog,
  deployment: string,
  barclamp: string,
  placed: Map<string, Set<number>>,
  told: ReadonlySet<string>,
  conditions: Conditions,
): Problem[] {
  const problems: Problem[] = [];
  for (const { name, nodes } of Object.values(catalog.barclamps.get(barclamp)?.roles ?? {})) {
    if (!conditions.role(deployment, catalog.roles.get(name)!)) continue;
    const count = placed.get(`${deployment}/${name}`)?.size ?? 0;
    const where = { deployment, role: name };
    if (nodes.min !== undefined && count < nodes.min && !told.has(`${deployment}/${name}`))
      problems.push(
        warning(`${name} is on ${count} machine${count === 1 ? '' : 's'} and needs at least ${nodes.min}.`, where, `Give it to ${nodes.min - count} more.`),
      );
    if (nodes.max !== undefined && count > nodes.max)
      problems.push(problem(`${name} is on ${count} machines; at most ${nodes.max} are allowed.`, where, `Take it off ${count - nodes.max}.`));
    if (nodes.odd && count && count % 2 === 0)
      problems.push(problem(`${name} is on ${count} machines, and needs an odd number for its quorum.`, where, 'Add or remove one.'));
  }
  return problems;
}
