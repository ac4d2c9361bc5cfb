// The package pool that machines without internet install from: it holds what the barclamps in use name in `bundle`, and grows when
// another one is used. A barclamp that nobody asked for costs no download.

import { buildPackagePool, type PackagePool } from '../iso-builder/package-pool/build-package-pool.ts';
import { track } from './activities.ts';
import type { Barclamp } from './model/barclamp.ts';
import type { Store } from './store/store.ts';

export type Packages = {
  /** Served as it is; undefined until the first is built. */
  folder(): string | undefined;
  /** Builds the first, for systems that have already what `installed` (a dpkg status file) lists. Throws a ProblemError. */
  open(installed: string): Promise<void>;
  /** Waits until the packages of this barclamp are there too. That they could not be fetched shows as an activity. */
  need(barclamp: string): Promise<void>;
};

export type PackagesOptions = {
  store: Store;
  cacheDir: string;
  barclamps(): ReadonlyMap<string, Barclamp>;
  signal: AbortSignal;
};

export function openPackages({ store, cacheDir, barclamps, signal }: PackagesOptions): Packages {
  let pool: PackagePool | undefined;
  let installed: string | undefined;
  let held = new Set<string>();
  let turn: Promise<unknown> = Promise.resolve();

  const build = async (wanted: Set<string>): Promise<void> => {
    const packages = [...wanted].flatMap((name) => barclamps().get(name)?.bundle['debian-12']?.packages ?? []);
    pool = await track(store, 'package-pool', 'Package pool', (onProgress) =>
      buildPackagePool({ cacheDir, packages, ...(installed && { installed }), onProgress, signal }),
    );
    held = wanted;
  };
  const inUse = async (): Promise<Set<string>> => new Set((await store.list('proposal')).map((proposal) => proposal.barclamp));
  // One build at a time: the second finds what the first has brought.
  const inTurn = (work: () => Promise<void>): Promise<void> => {
    const result = turn.then(work);
    turn = result.catch(() => {});
    return result;
  };
  return {
    folder: () => pool?.folder,
    open: (status) =>
      inTurn(async () => {
        installed = status;
        if (!pool) await build(await inUse());
      }),
    need: (barclamp) =>
      inTurn(async () => {
        if (!pool || held.has(barclamp) || !barclamps().get(barclamp)?.bundle['debian-12']?.packages.length) return;
        await build(new Set([...held, ...(await inUse()), barclamp])).catch(() => {});
      }),
  };
}
