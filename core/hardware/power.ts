// What can be asked of a machine's power, whichever way it is reached. Redfish and virtual power take this same shape.

import type { Checked } from '../model/problem.ts';

export type NextBoot = 'pxe' | 'disk';

/**
 * Each answer is a value or the Problems an operator can fix (no answer, wrong user or password). `on` and `off` are
 * idempotent and return when the controller took the order, not when the machine has followed it.
 */
export type Power = {
  status(): Promise<Checked<'on' | 'off'>>;
  on(): Promise<Checked<void>>;
  /** Hard: the system is not asked. */
  off(): Promise<Checked<void>>;
  /** Off and on again; a machine that is off is switched on. */
  cycle(): Promise<Checked<void>>;
  /** For the next start only. */
  setNextBoot(device: NextBoot): Promise<Checked<void>>;
};
