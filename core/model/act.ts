// What the admin node does to a machine's hardware for a role, through its board controller: `hardware.yml`, filled in. What each kind of
// act means is hardware/acts.ts's business.

import type { Node } from './node.ts';
import type { Where } from './problem.ts';
import type { Outcome, RunEvent } from './run.ts';

export type Act = {
  /** `bios-settings` and the like: the key of the item. */
  kind: string;
  given: Record<string, unknown>;
  where: Where;
};

/** `check` only says what would change. */
export type Acting = { node: Node; acts: readonly Act[]; mode: 'apply' | 'check'; onEvent(event: RunEvent): void; signal: AbortSignal };

export type ActOnHardware = (acting: Acting) => Promise<Outcome>;
