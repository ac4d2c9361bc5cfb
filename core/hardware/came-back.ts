// Whether a machine that was started again is back.

import type { Node } from '../model/node.ts';

const NOTICED_MS = 5 * 60_000;

/** `before`: the system that ran then. A live system is another one after a start; an installed one was away, unless it was quicker than anybody noticed. */
export function cameBack(before: Partial<NonNullable<Node['system']>> | undefined, now: Node, begun: number): boolean {
  if (now.contact !== 'up') return false;
  return before?.kind === 'live' ? now.system?.instance !== before.instance : now.contactAt > begun || Date.now() - begun > NOTICED_MS;
}
