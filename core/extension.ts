// What a barclamp's extension.ts may import: types, and nothing that runs. It holds `export const extension: Extension = { … }`, pure
// functions over copies of what they are given; catalog/extension.ts calls them, where there is nothing to reach out to.

import type { RoleScope, Site, SiteImage } from './model/extension.ts';
import type { Network } from './model/network.ts';
import type { Problem } from './model/problem.ts';
import type { NodeSelector, ProposalBody } from './model/proposal.ts';
import type { ScopeNode } from './model/recipe.ts';

export type { Network, NodeSelector, Problem, ProposalBody, RoleScope, ScopeNode, Site, SiteImage };

export type Extension = {
  /** Machines for roles that the operator has given to none yet. Only a suggestion: nothing is done with it until somebody takes it. */
  suggestNodes?(site: Site): Record<string, NodeSelector>;
  /** Further values for the templates of a role, as `inputs`: what several templates would else each work out, or what they cannot. */
  deriveInputs?(role: string, scope: RoleScope): Record<string, unknown>;
  /** What is wrong with a proposal that its schema cannot say. Attributes have their defaults; pointers lead into the proposal. */
  validateProposal?(body: ProposalBody, site: Site): Problem[];
};
