// How a program reaches a node, runs there and is stopped. What the program is and what its output means is none of its business.
// remotes.ts gives out the one for each node.

import type { Problem } from '../model/problem.ts';
import type { Reach } from '../model/reach.ts';

/** `lost`: nobody knows how far it came. Never to be taken for success. */
export type RunEnd = { kind: 'exited'; code: number } | { kind: 'lost'; problem: Problem };

export type RunOptions = {
  /** Stops the program with all that it started, as far as it can be reached. */
  signal: AbortSignal;
  timeoutMs: number;
  onOutput(chunk: Buffer): void;
  onError(chunk: Buffer): void;
};

export interface Remote {
  /** Runs sh code as root. A program killed by a signal has the code that sh would give: 128 and the signal's number. */
  run(program: string, options: RunOptions): Promise<RunEnd>;
  /** Frees what is kept open for later runs; those that go on are lost. */
  close(): void;
  /** How another program of the admin node gets there with the same identity; absent where nobody knows. */
  reach?: Reach;
}
