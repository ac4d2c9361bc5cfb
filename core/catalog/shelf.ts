// The barclamps of an admin node: those that come with Prybar, and those installed over them, each version in a folder of its own below the
// state folder. Which versions count is a fact in the store; for any set of them the shelf gives the catalogue, so facts and
// catalogue can never be of different times.

import { existsSync, mkdirSync, readdirSync, rmdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { InstalledBarclamp } from '../model/barclamp.ts';
import type { Catalog } from '../model/catalog.ts';
import type { Problem } from '../model/problem.ts';
import { foldersIn, loadFolders } from './catalog.ts';
import { type Package, unpack } from './package.ts';

export type Installed = ReadonlyMap<string, Pick<InstalledBarclamp, 'name' | 'version' | 'digest'>>;
export type Loaded = { catalog: Catalog; problems: Problem[] };

export type Shelf = {
  /** Everything that comes with Prybar, and these installed ones, loaded and checked together. */
  with(installed: Installed): Loaded;
  /** Whether one of this name comes with Prybar. */
  isShipped(name: string): boolean;
  folderOf(installed: Pick<InstalledBarclamp, 'name' | 'version' | 'digest'>): string;
  put(found: Package): void;
  /** Removes all folders but those of these. */
  tidy(installed: Installed): void;
};

// A few sets are asked for again and again: the present one, and one that is being tried.
const KEPT = 4;

export function openShelf(options: { shipped: string; installed: string }): Shelf {
  const kept = new Map<string, Loaded>();
  // The digest is part of the name: the same version may come again while its author works on it.
  const entryOf = ({ version, digest }: { version: string; digest: string }): string => `${version}+${digest.slice(0, 12)}`;
  const folderOf: Shelf['folderOf'] = (one) => path.join(options.installed, one.name, entryOf(one));
  return {
    with(installed) {
      const key = [...installed.values()]
        .map((one) => `${one.name} ${entryOf(one)}`)
        .sort()
        .join('\n');
      let loaded = kept.get(key);
      loaded ??= loadFolders(new Map([...foldersIn(options.shipped), ...[...installed.values()].map((one) => [one.name, folderOf(one)] as const)]));
      // The set asked for last is dropped last.
      kept.delete(key);
      kept.set(key, loaded);
      for (const oldest of [...kept.keys()].slice(0, -KEPT)) kept.delete(oldest);
      return loaded;
    },
    isShipped: (name) => existsSync(path.join(options.shipped, name, 'barclamp.yml')),
    folderOf,
    put(found) {
      const folder = folderOf(found.manifest);
      if (existsSync(folder)) return;
      mkdirSync(path.dirname(folder), { recursive: true });
      unpack(found, folder);
    },
    tidy(installed) {
      if (!existsSync(options.installed)) return;
      for (const name of readdirSync(options.installed)) {
        const one = installed.get(name);
        const folder = path.join(options.installed, name);
        // Only what was put here is removed: whatever else somebody keeps in this folder is theirs.
        const stale = readdirSync(folder).filter((entry) => /\+[0-9a-f]{12}$|\.incoming$/.test(entry) && (!one || entry !== entryOf(one)));
        for (const entry of stale) rmSync(path.join(folder, entry), { recursive: true });
        if (readdirSync(folder).length === 0) rmdirSync(folder);
      }
    },
  };
}
