// What a barclamp's extension.ts may import: types, and nothing that runs. An extension is pure functions over what it is given; lint
// refuses one that reaches outside. Written as `import type { Extension } from 'prybar/extension'`.

import type { Problem } from './model/problem.ts';
import type { NodeSelector, ProposalBody } from './model/proposal.ts';
import type { ScopeNode } from './model/recipe.ts';

export type { NodeSelector, Problem, ProposalBody, ScopeNode };

/** The site as an extension sees it: the approved machines, and who holds which role now. */
export type Site = { nodes: readonly ScopeNode[]; roleNodes: Readonly<Record<string, readonly ScopeNode[]>> };

export type Extension = {
  /** Machines for roles that the operator has given to none yet. */
  suggestNodes?(site: Site): Record<string, NodeSelector>;
  /** Further values for the templates of a role, as `inputs`. */
  deriveInputs?(role: string, scope: { attributes: Record<string, unknown>; inputs: Record<string, unknown>; node: ScopeNode }): Record<string, unknown>;
  /** What is wrong with a proposal that its schema cannot say. Pointers lead into the proposal. */
  validateProposal?(body: ProposalBody, site: Site): Problem[];
};
