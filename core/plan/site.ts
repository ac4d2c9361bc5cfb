// The site as a barclamp's extension sees it, from one deployment of a plan; and what the extension says of a proposal there.

import type { Catalog } from '../model/catalog.ts';
import type { Site } from '../model/extension.ts';
import type { Problem } from '../model/problem.ts';
import type { ScopeNode } from '../model/recipe.ts';
import { SYSTEM } from '../model/proposal.ts';
import { withDefaults } from '../schema.ts';
import { scopeNode } from './fingerprint.ts';
import { imagesByName, imagesKnownTo, membersOf, networksByName } from './inputs.ts';
import { belongs, deploymentOf } from './place.ts';
import type { Committed, Plan } from './plan.ts';

export function siteOf(plan: Plan, deployment: string): Site {
  const taking = deploymentOf(plan.facts, deployment);
  const roleNodes: Record<string, ScopeNode[]> = {};
  // What the deployment has itself counts before what the system has.
  for (const name of [SYSTEM, deployment])
    for (const group of plan.groups) if (group.deployment === name && !group.orphan) roleNodes[group.role.declaration.name] = membersOf(plan, group);
  return {
    deployment,
    nodes: plan.nodes.filter((node) => belongs(node, taking)).map(scopeNode),
    roleNodes,
    networks: networksByName(plan.facts.networks),
    images: imagesByName(imagesKnownTo(plan, deployment)),
  };
}

/** What the barclamp itself finds wrong with a proposal whose attributes fit the schema; `plan` is the one with it. Pointers lead into its body. */
export function objections(plan: Plan, { deployment, barclamp, body }: Pick<Committed, 'deployment' | 'barclamp' | 'body'>, catalog: Catalog): Problem[] {
  const known = catalog.barclamps.get(barclamp);
  if (!known?.extension?.validateProposal) return [];
  return known.extension.validateProposal({ ...body, attributes: withDefaults(known.proposalSchema, body.attributes) }, siteOf(plan, deployment));
}
