// Roles and edges that are there only under a condition: each is asked once for a deployment, by the settings that count in it.

import type { Catalog, Condition, Role } from '../model/catalog.ts';
import type { Problem } from '../model/problem.ts';
import { attributesOf } from './inputs.ts';
import type { PlanFacts } from './plan.ts';
import { providersOf } from './role-graph.ts';

export type Conditions = {
  /** Whether the role exists in the deployment. */
  role(deployment: string, role: Role): boolean;
  /** Whether it keeps other roles back. */
  gate(deployment: string, role: Role): boolean;
  /** Whether the edge from `role` to the role called `other` does: its own condition holds, and somebody who stands for the other exists. */
  edge(deployment: string, role: Role, other: string): boolean;
};

/** What cannot be said counts as no, and goes to `problems`. */
export function conditionsIn(facts: PlanFacts, catalog: Catalog, problems: Problem[]): Conditions {
  const asked = new Map<string, boolean>();
  const ask = (deployment: string, role: Role, what: string, condition: Condition | undefined): boolean => {
    if (!condition) return true;
    const name = `${deployment}/${role.declaration.name} ${what}`;
    let holds = asked.get(name);
    if (holds === undefined) {
      const answer = condition(attributesOf(facts.proposals, deployment, role, catalog));
      if (!answer.ok) problems.push(...answer.problems.map((p) => ({ ...p, where: { ...p.where, deployment } })));
      asked.set(name, (holds = answer.ok && answer.value));
    }
    return holds;
  };
  const exists: Conditions['role'] = (deployment, role) => ask(deployment, role, '', role.when);
  const providers = providersOf(catalog);
  return {
    role: exists,
    gate: (deployment, role) => ask(deployment, role, 'gate', role.gate),
    edge(deployment, role, other) {
      if (!ask(deployment, role, other, role.edgesWhen?.get(other))) return false;
      const standing = providers.get(other) ?? [];
      return !standing.length || standing.some((name) => exists(deployment, catalog.roles.get(name)!));
    },
  };
}
