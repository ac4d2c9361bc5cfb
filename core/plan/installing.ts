// Where a machine is given its system: the deployment that does it, or those that could.

import type { Catalog } from '../model/catalog.ts';
import type { Node } from '../model/node.ts';
import { SYSTEM } from '../model/proposal.ts';
import { belongs } from './place.ts';
import type { Plan } from './plan.ts';

/** `holds`: the machine has the role there. */
export type InstallingPlace = { deployment: string; role: string; barclamp: string; holds: boolean };

/**
 * Deployments that are about to install it where there are any, else those whose proposals could, else all that may take it. `open`: those that may be
 * changed so that they do.
 */
export function installingIn(plan: Plan, catalog: Catalog, node: Node, open: (deployment: string) => boolean = () => true): InstallingPlace[] {
  const roles = [...catalog.roles.values()].map((role) => role.declaration).filter(({ installs }) => installs);
  const index = plan.indexOf.get(node.id);
  const all = plan.facts.deployments.flatMap((deployment) =>
    roles.map(({ name: role, barclamp }) => ({
      deployment: deployment.name,
      role,
      barclamp,
      holds: plan.groups.some(
        (g) => !g.orphan && g.deployment === deployment.name && g.role.declaration.name === role && index !== undefined && g.at[index]! >= 0,
      ),
      takes: belongs(node, deployment) && open(deployment.name),
      proposed: plan.facts.proposals.some((p) => p.deployment === deployment.name && p.barclamp === barclamp),
    })),
  );
  const taking = all.filter(({ takes }) => takes);
  const best = [
    all.filter(({ holds }) => holds),
    taking.filter(({ proposed }) => proposed),
    // What everything else stands on installs machines only where somebody wanted that.
    taking.filter(({ deployment }) => deployment !== SYSTEM),
  ].find((places) => places.length);
  return (best ?? []).map(({ deployment, role, barclamp, holds }) => ({ deployment, role, barclamp, holds }));
}
