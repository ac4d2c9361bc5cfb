// What is found out about node-roles that are done: whether they work, and whether the machine still is as the role left it.

import type { Role } from './catalog.ts';
import type { Problem } from './problem.ts';
import type { NodeRoleKey } from './run.ts';

/** What the probes in a role's health.yml say of it on one machine. Written only when that changes. */
export type Health = {
  key: NodeRoleKey;
  /** The attempt whose work was probed; after a later one nobody knows until it is probed again. */
  runId: number;
  state: 'ok' | 'failing';
  /** Unix ms: since when it is in this state. */
  since: number;
  /** Unix ms; coarse: refreshed about once an hour while nothing changes. */
  checkedAt: number;
  /** What fails. */
  problem?: Problem;
};

/** What the role would change on the machine if it were applied again. Nothing, as long as nobody else has changed it. */
export type Drift = {
  key: NodeRoleKey;
  runId: number;
  /** Unix ms. */
  checkedAt: number;
  /** Resources that would change. */
  changed: number;
  /** Those, with what would change; a long diff is cut. */
  resources: { name: string; diff?: string }[];
  /** Why it could not be found out; what else is said is then incomplete. */
  problem?: Problem;
};

/** A person wants to know now whether a node-role has drifted. Gone when it was looked at. */
export type CheckRequest = { key: NodeRoleKey; at: number };

/** A script cannot say what it would change, and of a disk that was written nobody asks. */
export const canCheck = ({ declaration }: Role): boolean =>
  (declaration.jig === 'recipe' || declaration.jig === 'ansible' || declaration.jig === 'hardware') &&
  !declaration.installs &&
  !declaration.wipes &&
  !declaration.captures;
