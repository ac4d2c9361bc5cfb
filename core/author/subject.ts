// A barclamp under inspection: loaded, among the others it may refer to.

import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { type Folders, foldersIn, lineFinder, loadBarclamp, loadFolders } from '../catalog/catalog.ts';
import type { Barclamp } from '../model/barclamp.ts';
import type { Catalog, Role } from '../model/catalog.ts';
import type { Problem } from '../model/problem.ts';

export type Subject = {
  name: string;
  folder: string;
  barclamp: Barclamp;
  roles: Role[];
  /** With all the others. */
  catalog: Catalog;
  /** Text of a file of it by path, undefined when there is none. */
  text(file: string): string | undefined;
  /** Line of a JSON pointer in barclamp.yml. */
  declaredAt(pointer: string): number;
};

/** The barclamps that come with Prybar: what a new one may build on. */
export const shippedFolder = path.resolve(import.meta.dirname, '../../barclamps');

/** The given folders among those that come with Prybar; a given one hides another of its name. */
export function foldersFor(folders: readonly string[]): Folders {
  return new Map([...foldersIn(shippedFolder), ...folders.map((folder) => [path.basename(path.resolve(folder)), path.resolve(folder)] as const)]);
}

/** Without a subject there are Problems that keep it from being looked at more closely. */
export function openSubject(folder: string, others: Folders): { subject?: Subject; problems: Problem[] } {
  const home = path.resolve(folder);
  const name = path.basename(home);
  const { barclamp, roles, problems } = loadBarclamp(home);
  const { catalog, problems: together } = loadFolders(new Map([...others, [name, home]]));
  // What others have is theirs to mend.
  const about = together.filter((p) => p.where?.file?.startsWith(`${name}/`));
  const all = [...problems, ...about];
  if (!barclamp || !catalog.barclamps.has(name)) return { problems: all };
  const text = (file: string): string | undefined => {
    try {
      return readFileSync(path.join(home, file), 'utf8');
    } catch {
      return undefined;
    }
  };
  const find = lineFinder(text('barclamp.yml')!);
  return { subject: { name, folder: home, barclamp, roles, catalog, text, declaredAt: (pointer) => find(pointer) ?? 1 }, problems: all };
}

/** One barclamp, all in a folder, or without a folder those that come with Prybar; with all that they may refer to. */
export function openTogether(folder?: string): { catalog: Catalog; names: ReadonlySet<string>; problems: Problem[] } {
  const own =
    folder === undefined
      ? foldersIn(shippedFolder)
      : existsSync(path.join(folder, 'barclamp.yml'))
        ? new Map([[path.basename(path.resolve(folder)), path.resolve(folder)]])
        : foldersIn(path.resolve(folder));
  const { catalog, problems } = loadFolders(new Map([...foldersIn(shippedFolder), ...own]));
  const names = new Set(own.keys());
  return { catalog, names, problems: problems.filter((p) => names.has(p.where?.file?.split('/')[0] ?? '')) };
}
