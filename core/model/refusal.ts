// Somebody who was turned away where machines knock: machines that boot, and those that call home. Kept so that people see it, for the one that was turned
// away tells nobody.

import type { Problem } from './problem.ts';

export type Refusal = {
  /** `boot 192.168.124.51`: where, and whom. */
  id: string;
  door: 'boot' | 'home';
  address: string;
  /** What it asked for last: `POST /boot/inventory`. */
  asked: string;
  /** Why it was turned away last, as it was told. */
  problem: Problem;
  /** How often, and when first and last; Unix ms. */
  count: number;
  firstAt: number;
  at: number;
};

/** Older ones are no news any more. */
export const REFUSAL_KEPT_MS = 7 * 24 * 3600_000;
