// The package pool that machines without internet install from: it holds what the barclamps in use name in `bundle`, and grows when
// another one is used. A barclamp that nobody asked for costs no download.

import { readFile } from 'node:fs/promises';
import { buildPackagePool, type PackagePool } from '../iso-builder/package-pool/build-package-pool.ts';
import { track } from './activities.ts';
import { barclampsInUse } from './barclamps-in-use.ts';
import type { Architecture } from './model/architecture.ts';
import type { Barclamp } from './model/barclamp.ts';
import type { Image } from './model/image.ts';
import type { Store } from './store/store.ts';
import { takeTurns } from './take-turns.ts';

export type Packages = {
  /** Served as it is; undefined until the first is built. */
  folder(): string | undefined;
  /** Builds the first, or adds an architecture, for systems that have already what this dpkg status file lists. Throws a ProblemError. */
  open(statusFile: string, architecture?: Architecture): Promise<void>;
  /** Waits until what is used now is there, and the packages of this barclamp too. That they could not be fetched shows as an activity. */
  need(barclamp?: string): Promise<void>;
};

export type PackagesOptions = {
  store: Store;
  cacheDir: string;
  barclamps(): ReadonlyMap<string, Barclamp>;
  signal: AbortSignal;
};

export function openPackages({ store, cacheDir, barclamps, signal }: PackagesOptions): Packages {
  let pool: PackagePool | undefined;
  const statusTexts: Partial<Record<Architecture, string>> = {};
  let held = '';

  const bring = async (more?: string): Promise<void> => {
    const used = await barclampsInUse(store, barclamps(), more);
    const packages = [...new Set(used.flatMap(({ bundle }) => bundle['debian-12']?.packages ?? []))].sort();
    const images = await store.list('image');
    const wanted = JSON.stringify([packages, images.map((image) => image.digest), Object.keys(statusTexts)]);
    if (wanted === held) return;
    const installed: typeof statusTexts = {};
    for (const [architecture, text] of Object.entries(statusTexts) as [Architecture, string][])
      installed[architecture] = onAll(
        text,
        images.filter((image) => (image.architecture ?? 'amd64') === architecture),
      );
    pool = await track(store, 'package-pool', 'Package pool', (onProgress) => buildPackagePool({ cacheDir, packages, installed, onProgress, signal }));
    held = wanted;
  };
  // The second finds what the first has brought.
  const inTurn = takeTurns();
  return {
    folder: () => pool?.folder,
    open: (statusFile, architecture = 'amd64') =>
      inTurn(async () => {
        statusTexts[architecture] = await readFile(statusFile, 'utf8');
        await bring();
      }),
    need: (barclamp) => inTurn(async () => (pool ? bring(barclamp).catch(() => {}) : undefined)),
  };
}

/** The part of a dpkg status file that every image has too, in the same version: what is left out is in the pool for those that lack it. */
function onAll(statusText: string, images: readonly Image[]): string {
  const has = images.map((image) => new Set(image.provenance.packages));
  const stanzas = statusText.split('\n\n').filter((stanza) => {
    const field = (name: string): string => new RegExp(`^${name}: (.*)$`, 'm').exec(stanza)?.[1] ?? '';
    return has.every((packages) => packages.has(`${field('Package')} ${field('Version')}`));
  });
  return stanzas.join('\n\n');
}
