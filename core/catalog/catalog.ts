// Barclamp folders → a checked Catalog. Every Problem of every barclamp is collected; a barclamp with errors is left out,
// and the others still load. What belongs to a plan (cycles, placements) is checked in plan/.

import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import type { Barclamp } from '../model/barclamp.ts';
import type { Catalog, Role } from '../model/catalog.ts';
import { errorsIn, problem, type Problem } from '../model/problem.ts';
import { version } from '../version.ts';
import { loadBarclamp } from './load-barclamp.ts';
import { checkNeeds, checkReferences } from './references.ts';
import { checkSecrets } from './secrets.ts';

export { loadBarclamp } from './load-barclamp.ts';
export { linesOfLoopsWithIf, type Read, readsOfExpression, readsOfTemplate } from './reads.ts';
export { evaluate, render, type Variables } from './render.ts';
export { lineFinder, lineOf, located, parseYaml } from './yaml.ts';

/** The folders directly in `root`, each one a barclamp. */
export const loadCatalog = (root: string): { catalog: Catalog; problems: Problem[] } => loadFolders(foldersIn(root));

/** Barclamp name → its folder. */
export type Folders = ReadonlyMap<string, string>;

export function foldersIn(root: string): Folders {
  const names = readdirSync(root)
    .sort()
    .filter((name) => !name.startsWith('.') && statSync(path.join(root, name)).isDirectory());
  return new Map(names.map((name) => [name, path.join(root, name)]));
}

/** These barclamps together, wherever each of them lies. */
export function loadFolders(folders: Folders): { catalog: Catalog; problems: Problem[] } {
  const problems: Problem[] = [];
  const barclamps = new Map<string, Barclamp>();
  const roles = new Map<string, Role>();
  for (const [name, folder] of [...folders].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const loaded = loadBarclamp(folder, name);
    problems.push(...loaded.problems);
    if (!loaded.barclamp || errorsIn(loaded.problems).length) continue;
    const twice = loaded.roles.find((role) => roles.has(role.declaration.name));
    if (twice) {
      const first = roles.get(twice.declaration.name)!.declaration.barclamp;
      problems.push(
        problem(
          `The role ${twice.declaration.name} is declared by ${first} as well.`,
          { file: `${name}/barclamp.yml` },
          'Role names are unique over all barclamps: rename one.',
        ),
      );
      continue;
    }
    barclamps.set(name, loaded.barclamp);
    for (const role of loaded.roles) roles.set(role.declaration.name, role);
  }
  const catalog = { barclamps, roles };
  problems.push(...checkReferences(catalog), ...checkSecrets(catalog), ...checkNeeds(catalog, version));
  return { catalog, problems };
}
