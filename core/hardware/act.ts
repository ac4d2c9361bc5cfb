// What an act on hardware is: what it may be given, and how it is done to one machine.

import type { TSchema } from 'typebox';
import type { FirmwareFile } from '../model/firmware.ts';
import type { Node } from '../model/node.ts';
import type { Checked, Problem } from '../model/problem.ts';
import type { Outcome } from '../model/run.ts';
import type { Store } from '../store/store.ts';
import type { Bmc } from './power.ts';

/** What acts have beside the machine. */
export type Site = {
  store: Store;
  bmc(node: Node): Promise<Checked<Bmc>>;
  /** Has the machine start again in the way that is kindest to what runs on it. */
  restart(node: Node, signal: AbortSignal): Promise<Checked<unknown>>;
  /** A file of the admin node's, when it is there and is what was signed. */
  firmwareFile(sha256: string): Promise<Checked<FirmwareFile>>;
  /** Where controllers fetch it; undefined while no machines are served. */
  downloadUrl(file: FirmwareFile): string | undefined;
  now(): number;
  /** Between two looks at something that takes its time, ms. */
  pauseMs: number;
};

export type Ended =
  /** A `diff` says what it changed, or in check mode would change. */
  | { kind: 'done'; diff?: string; outputs?: Record<string, unknown> }
  /** Nothing can be done here, and that is no fault. */
  | { kind: 'skipped'; reason: string; outputs?: Record<string, unknown> }
  | Extract<Outcome, { kind: 'notYet' | 'failed' }>;

export type Doing<Given> = { site: Site; node: Node; given: Given; mode: 'apply' | 'check'; say(text: string): void; signal: AbortSignal };

export type HardwareAct<Given = never> = {
  /** Its name in the log. */
  title: string;
  schema: TSchema;
  run(doing: Doing<Given>): Promise<Ended>;
};

export const failed = (problem: Problem): Ended => ({ kind: 'failed', problem });
