// What people watch: work that takes longer than a second, machines on their way up, and attempts asked for.

import type { Problem } from './problem.ts';
import type { NodeRoleKey } from './run.ts';

/** Something that takes longer than a second, with a bar where the length is known. */
export type Activity = {
  id: string;
  title: string;
  /** What it is doing at the moment. */
  phase: string;
  /** 0…1, absent where the length is not known. */
  fraction?: number;
  /** Unix ms. */
  startedAt: number;
  endedAt?: number;
  problem?: Problem;
};

/** A machine that has asked for something to boot, known or not yet. */
export type Sighting = {
  mac: string;
  /** What it last asked for. */
  stage: 'ipxe' | 'kernel' | 'initrd' | 'inventory';
  /** Unix ms. */
  at: number;
  address?: string;
  nodeId?: string;
  serial?: string;
};

/** A person wants an attempt to end. Gone when it has. */
export type Cancellation = { runId: number; at: number };

/** A person asked for another attempt of a failed or outdated node-role: runs up to `afterRun` no longer count. */
export type Retry = { key: NodeRoleKey; afterRun: number; at: number };
