// For tests of the annealer and its rounds: a barclamp `b` made of a few texts, and "machines" that are all this one.

import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { loadCatalog } from '../catalog/catalog.ts';
import type { Catalog } from '../model/catalog.ts';
import type { Node } from '../model/node.ts';
import type { CaptureShop } from './capture.ts';

/** Where no image is made of any machine. */
export const noCaptures: CaptureShop = { make: () => Promise.reject(new Error('nothing is installed here')), drop: () => Promise.resolve() };

/** `declaration` is YAML below the role's name in barclamp.yml; in the recipes MADE stands for the folder that they may change. */
export type RoleText = { declaration?: string; recipe: string; remove?: string; health?: string };

/** Written into `folder`, loaded from there. */
export function barclampOf(folder: string, roles: Record<string, RoleText>): Catalog {
  const home = path.join(folder, 'barclamps/b');
  const write = (file: string, text: string): void => {
    mkdirSync(path.dirname(path.join(home, file)), { recursive: true });
    writeFileSync(path.join(home, file), text.replaceAll('MADE', path.join(folder, 'made')));
  };
  const declarations = Object.entries(roles).map(
    ([name, { declaration = '' }]) => `  ${name}:\n    summary: ${name}\n    runsOn: [live]\n${declaration.replaceAll(/^/gm, '    ')}\n`,
  );
  write('barclamp.yml', `name: b\nversion: 1.0.0\nsummary: test\nroles:\n${declarations.join('')}`);
  write('proposal.schema.json', '{"type":"object","properties":{"word":{"type":"string","description":"a word","default":"one"}}}');
  for (const [name, { recipe, remove = '[]', health }] of Object.entries(roles)) {
    write(`roles/${name}/recipe.yml`, recipe);
    write(`roles/${name}/remove.yml`, remove);
    if (health) write(`roles/${name}/health.yml`, health);
  }
  const { catalog, problems } = loadCatalog(path.join(folder, 'barclamps'));
  assert.deepEqual(problems, []);
  return catalog;
}

export const machine = (name: string): Node => ({
  id: name,
  name,
  remote: 'ssh',
  macs: [],
  approved: true,
  pool: 'p',
  addresses: {},
  system: { kind: 'live', instance: name, platform: 'debian-12' },
  discoveredAt: 0,
  contact: 'up',
  contactAt: 0,
});
