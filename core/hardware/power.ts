// What can be asked of a machine's board controller, whichever protocol it speaks: ipmi.ts and redfish.ts both take this shape.

import type { Duplex } from 'node:stream';
import type { BmcEvent, BmcIdentity, Sensor } from '../model/bmc.ts';
import { bad, type Checked, type Problem } from '../model/problem.ts';
import type { RedfishService, Resource } from './redfish-service.ts';

export type NextBoot = 'pxe' | 'disk';

/**
 * Each answer is a value or the Problems an operator can fix (no answer, wrong user or password). `on` and `off` are
 * idempotent and return when the controller took the order, not when the machine has followed it.
 */
export type Power = {
  status(): Promise<Answer<'on' | 'off'>>;
  on(): Promise<Answer<void>>;
  /** Hard: the system is not asked. */
  off(): Promise<Answer<void>>;
  /** Off and on again; a machine that is off is switched on. */
  cycle(): Promise<Answer<void>>;
  /** For the next start only. */
  setNextBoot(device: NextBoot): Promise<Answer<void>>;
};

export type Bmc = Power & {
  identity(): Promise<Answer<BmcIdentity>>;
  sensors(): Promise<Answer<Sensor[]>>;
  /** The latest, newest first. */
  events(limit: number): Promise<Answer<BmcEvent[]>>;
  /** The machine's serial line; ends when either side does. Most controllers give it to one at a time. */
  console(): Promise<Answer<Duplex>>;
  /** Work with its Redfish service and the system in it: settings of the firmware, volumes, updates. Absent where it speaks IPMI only. */
  redfish?: <T>(work: (service: RedfishService, system: Resource) => Promise<T>, limitMs?: number) => Promise<Answer<T>>;
};

/** `silent`: nobody answered there at all, so that another way may be tried. */
export type Answer<T> = Checked<T> | Silence | OtherSuite;
export type Silence = { ok: false; problems: Problem[]; silent: true };
/** The cipher suite of IPMI was not taken; the password was not looked at yet. */
export type OtherSuite = { ok: false; problems: Problem[]; otherSuite: true };

export const silence = (problem: Problem): Silence => ({ ...bad(problem), silent: true });
export const isSilent = (answer: Answer<unknown>): boolean => 'silent' in answer;
