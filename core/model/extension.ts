// What a barclamp may work out by itself: what the functions of its extension.ts are given, and how the rest of the code calls them.

import type { Image } from './image.ts';
import type { Network } from './network.ts';
import type { Checked, Problem } from './problem.ts';
import type { NodeSelector, ProposalBody } from './proposal.ts';
import type { Scope, ScopeNode } from './recipe.ts';

/** What templates may know of an image. */
export type SiteImage = Pick<Image, 'digest' | 'bytes' | 'rawBytes' | 'rootPartition' | 'platform' | 'architecture' | 'pieces' | 'tree'>;

/** The site as an extension sees it, from one deployment. */
export type Site = {
  deployment: string;
  /** Approved machines that the deployment may take, by name; the admin node, whose id is `admin`, where it may be among them. */
  nodes: readonly ScopeNode[];
  /** Role → machines that hold it in the deployment, or would if the proposal in question were committed. */
  roleNodes: Readonly<Record<string, readonly ScopeNode[]>>;
  networks: Readonly<Record<string, Network>>;
  /** By name, the newest of each. */
  images: Readonly<Record<string, SiteImage>>;
};

/** What the templates of a role see on every machine alike. */
export type RoleScope = Pick<Scope, 'attributes' | 'inputs' | 'site' | 'roleNodes'>;

/** The functions of an extension.ts, each of which may be absent. However they fail, that is a Problem with the name of the file. */
export type Extended = {
  suggestNodes?: (site: Site) => Checked<Record<string, NodeSelector>>;
  deriveInputs?: (role: string, scope: RoleScope) => Checked<Record<string, unknown>>;
  validateProposal?: (body: ProposalBody, site: Site) => Problem[];
};
