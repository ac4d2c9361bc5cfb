// Trials of several barclamps one after another, each case on fresh machines of one engine, which is started when something is tried and
// ends with the last. `prybar barclamp test` and `npm run soak -- barclamps` are this.

import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Folders } from '../catalog/catalog.ts';
import { type Containers, startContainers } from '../containers.ts';
import { clearContainers } from '../lab/containers.ts';
import type { Checked } from '../model/problem.ts';
import type { Attempt } from './converge.ts';
import { type CaseReport, type KeptMachine, type Step, trial } from './trial.ts';

export type TrialsOptions = {
  folders: readonly string[];
  /** The barclamps they may build on. */
  others: Folders;
  /** Where the machines' image is kept. */
  cacheDir: string;
  /** Only the case of this name. */
  only?: string;
  /** Leave the machines of a case running until `signal`: with what failed on them, or as they are at the end. */
  keep?: boolean;
  onPhase?(text: string): void;
  onStep?(step: Step): void;
  onAttempt?(attempt: Attempt): void;
  /** Machines wait: ssh commands that enter them. */
  onKept?(commands: string[]): void;
  signal?: AbortSignal;
};

/** A case; or, without one, why the barclamp could not be tried at all. */
export type Row = CaseReport & { barclamp: string };

export async function trials({ folders, cacheDir, onPhase = () => {}, onKept = () => {}, keep, ...options }: TrialsOptions): Promise<Row[]> {
  await clearForsaken();
  const stateDir = mkdtempSync(PREFIX);
  writeFileSync(path.join(stateDir, 'pid'), String(process.pid));
  const { signal = new AbortController().signal } = options;
  let started: Promise<Checked<Containers>> | undefined;
  let phase = '';
  const onProgress = (progress: { phase: string }): void => {
    if (phase !== progress.phase) onPhase((phase = progress.phase));
  };
  const kept = async (machines: KeptMachine[]): Promise<void> => {
    const key = path.join(stateDir, 'key');
    writeFileSync(key, machines[0]!.privateKey, { mode: 0o600 });
    onKept(machines.map(({ node, address }) => `ssh -i ${key} -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null root@${address}   # ${node}`));
    await new Promise<void>((resolve) => (signal.aborted ? resolve() : signal.addEventListener('abort', () => resolve(), { once: true })));
  };
  const rows: Row[] = [];
  try {
    for (const folder of folders) {
      const barclamp = path.basename(path.resolve(folder));
      const tried = await trial({
        ...options,
        folder,
        containers: () => (started ??= startContainers({ cacheDir, stateDir, count: 0, onProgress, signal })),
        ...(keep && { keep: kept }),
        signal,
      });
      if (!tried.ok) rows.push({ ...nothing(barclamp), failures: tried.problems.map((found) => ({ problem: found, log: [] })) });
      else if (!tried.value.cases.length) rows.push({ ...nothing(barclamp), skipped: 'it has no test case' });
      else rows.push(...tried.value.cases.map((report) => ({ barclamp, ...report })));
    }
  } finally {
    // One that was stopped while it started has cleaned up after itself.
    const running = await started?.catch(() => undefined);
    if (running?.ok) await running.value.stop();
    rmSync(stateDir, { recursive: true, force: true });
  }
  return rows;
}

const PREFIX = path.join(tmpdir(), 'prybar-trials-');

/** What a trial that was killed has left: its engine's bridge and rules, and the space its machines took. */
async function clearForsaken(): Promise<void> {
  for (const name of readdirSync(tmpdir()).filter((one) => one.startsWith(path.basename(PREFIX)))) {
    const stateDir = path.join(tmpdir(), name);
    const pid = await readFile(path.join(stateDir, 'pid'), 'utf8').catch(() => '');
    // Without one it is not a trial's, or begins just now.
    if (!pid || existsSync(`/proc/${pid}`)) continue;
    await clearContainers(stateDir);
    rmSync(stateDir, { recursive: true, force: true });
  }
}

const nothing = (barclamp: string): Row => ({ barclamp, case: '', nodes: 0, notes: [], failures: [] });
