// What the operator wants: deployments and, in each, one proposal a barclamp.

/** Nodes for a role: by name, or so many of a pool that fit a condition (`memory >= 64GiB`), chosen deterministically. */
export type NodeSelector = string[] | { pool?: string; count?: number | 'all'; where?: string };

export type ProposalBody = {
  attributes: Record<string, unknown>;
  /** Role name → who takes it. A role that is absent is on no node (implicit roles place themselves). */
  roles: Record<string, NodeSelector>;
};

export type Proposal = {
  /** `<deployment>.<barclamp>` */
  id: string;
  deployment: string;
  barclamp: string;
  /** What is being edited; equals the committed body right after a commit. */
  draft: ProposalBody;
  committed?: ProposalBody;
  /** Number of the last commit, 0 before the first. */
  commit: number;
  /** Taken away: nothing of it is wanted. What was committed is kept, because its roles are undone with those settings. */
  removed?: boolean;
};

/** A draft as it was with one revision of its proposal. */
export type SavedDraft = { body: ProposalBody; by: string; at: number };

/** One commit, kept for ever. */
export type ProposalCommit = { proposalId: string; commit: number; body: ProposalBody; note: string; at: number };

/** The deployment that holds what all others stand on. */
export const SYSTEM = 'system';

export type Deployment = {
  name: string;
  summary: string;
  /** Which nodes belong to it: pools by name; `admin` is the admin node's own pool. Empty means every pool but `admin`. */
  pools: string[];
  /** Whose it is: it takes machines of that tenant only. Absent: the site's, which may take any. */
  tenant?: string;
  /** Nothing of it is begun. What runs goes on to its end. */
  paused?: boolean;
  /** Most attempts at the same time, over all its roles. */
  atOnce?: number;
  /** How often its node-roles are looked at for drift, as `2h`; absent: as the settings say. */
  driftEvery?: string;
  /** It was made like another one, on other machines. */
  clone?: Clone;
};

export type Clone = {
  of: string;
  /** Id of each machine of the original → id of the one that stands for it here. */
  pairs: Record<string, string>;
  /** Unix ms. */
  at: number;
  /** Since when other deployments name its machines in place of the original's. */
  promotedAt?: number;
};
