// Addresses as they are in use: who leased one from the admin node, and who answers at one.

import type { Problem } from './problem.ts';

export type Lease = {
  address: string;
  mac: string;
  /** As whoever leased it calls itself. */
  hostname?: string;
  /** Unix ms; absent where it never ends. */
  expiresAt?: number;
};

/** Who answered at which address when they were all asked. */
export type AddressCheck = {
  network: string;
  /** Unix ms. */
  at: number;
  by: string;
  /** How many were asked. */
  asked: number;
  answers: { address: string; mac: string }[];
  problems: Problem[];
};
