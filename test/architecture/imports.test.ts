// The import table of ARCHITECTURE.md as data, held against every import in the code.

import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '../..');

/** Folder (or file) of core/ → what else of core/ it may import. `main.ts` and the files beside it wire everything. */
const allowed: Record<string, string[]> = {
  model: [],
  'schema.ts': ['model'],
  'extension.ts': ['model'],
  'config.ts': ['model', 'schema.ts'],
  'version.ts': [],
  'take-turns.ts': [],
  'signing.ts': ['model'],
  catalog: ['model', 'schema.ts', 'version.ts', 'signing.ts'],
  store: ['model', 'schema.ts'],
  plan: ['model', 'schema.ts'],
  remote: ['model', 'schema.ts'],
  recipes: ['model', 'schema.ts'],
  network: ['model', 'schema.ts', 'store'],
  access: ['model', 'schema.ts', 'store'],
  annealer: ['model', 'catalog', 'store', 'plan', 'remote', 'recipes'],
  boot: ['model', 'schema.ts', 'take-turns.ts', 'store', 'network'],
  hardware: ['model', 'schema.ts', 'store', 'network'],
  images: ['model', 'schema.ts', 'signing.ts', 'take-turns.ts', 'store', 'network'],
  backup: ['model', 'store', 'state-folder.ts', 'take-turns.ts'],
  webhooks: ['model', 'store', 'plan'],
  orders: ['model', 'store', 'plan', 'webhooks'],
  home: ['model', 'schema.ts', 'store', 'webhooks'],
  lab: ['model', 'network', 'hardware'],
  api: [
    'model',
    'schema.ts',
    'signing.ts',
    'take-turns.ts',
    'store',
    'plan',
    'catalog',
    'network',
    'access',
    'hardware',
    'images',
    'recipes',
    'webhooks',
    'orders',
    'home',
    'backup',
  ],
  author: [
    'model',
    'schema.ts',
    'version.ts',
    'catalog',
    'plan',
    'recipes',
    'remote',
    'lab',
    'containers.ts',
    'annealer/acts.ts',
    'annealer/apply-role.ts',
    'hardware/acts.ts',
    'annealer/reveal.ts',
    'access/role-secrets.ts',
  ],
  cli: ['model', 'version.ts', 'signing.ts', 'api/contract.ts', 'catalog', 'author', 'backup/restore.ts'],
};

/** Package → the only places that may know it. */
const confined: Record<string, string[]> = {
  ajv: ['core/schema.ts'],
  'ajv-formats': ['core/schema.ts'],
  'js-yaml': ['core/catalog/', 'core/cli/proposal.ts'],
  nunjucks: ['core/catalog/'],
  graphlib: ['core/plan/role-graph.ts'],
  ssh2: ['core/remote/'],
  'openid-client': ['core/access/'],
  'dns-packet': ['core/network/verification/'],
  '@bomb.sh/tab': ['core/cli/completion.ts'],
  dockerode: ['core/lab/', 'iso-builder/'],
  kysely: ['core/store/'],
  'node:sqlite': ['core/store/'],
};

type Import = { file: string; target: string; line: number; typeOnly: boolean };

function importsOf(file: string): Import[] {
  const found: Import[] = [];
  for (const [index, text] of readFileSync(path.join(root, file), 'utf8').split('\n').entries()) {
    const match =
      /^\s*(?:import|export)\s(type\s)?.*?from\s+'([^']+)'|^import\s+'([^']+)'|\bimport\('([^']+)'\)/.exec(text) ?? /^\}\s+from\s+'([^']+)'/.exec(text);
    const target = match?.slice(1).findLast((part) => part && part !== 'type ');
    if (target) found.push({ file, target, line: index + 1, typeOnly: match?.[1] === 'type ' });
  }
  return found;
}

const sources = globSync(['core/**/*.ts', 'iso-builder/**/*.ts', 'ui/src/**/*.{ts,tsx}'], { cwd: root }).filter((file) => !file.endsWith('.test.ts'));
const imports = sources.flatMap(importsOf);
const place = (file: string): string => path.relative('core', file).split('/')[0]!;

describe('import table', () => {
  it('is kept by every folder of core', () => {
    const broken = imports.filter(({ file, target }) => {
      if (!file.startsWith('core/') || !target.startsWith('.')) return false;
      const from = place(file);
      if (!(from in allowed)) return !/^[a-z-]+\.ts$/.test(from); // a file beside main.ts wires
      const reached = path.relative('core', path.join(path.dirname(file), target));
      const to = reached.split('/')[0]!;
      return to !== from && !allowed[from]!.includes(to) && !allowed[from]!.includes(reached);
    });
    assert.deepEqual(
      broken.map(({ file, line, target }) => `${file}:${line} imports ${target}`),
      [],
    );
  });

  it('keeps each library in its place', () => {
    const strays = imports.filter(({ file, target }) => {
      const name = Object.keys(confined).find((library) => target === library || target.startsWith(`${library}/`));
      return name && !confined[name]!.some((home) => file.startsWith(home));
    });
    assert.deepEqual(
      strays.map(({ file, line, target }) => `${file}:${line} imports ${target}`),
      [],
    );
  });

  it('lets the page import types of the model and the contract only, and the language that machines are chosen in', () => {
    const strays = imports.filter(({ file, target, typeOnly }) => {
      if (!file.startsWith('ui/src/') || !target.startsWith('.')) return false;
      const reached = path.join(path.dirname(file), target);
      return (
        reached.startsWith('core/') &&
        reached !== 'core/model/condition.ts' &&
        !(typeOnly && (reached.startsWith('core/model/') || reached === 'core/api/contract.ts'))
      );
    });
    assert.deepEqual(
      strays.map(({ file, line, target }) => `${file}:${line} imports ${target}`),
      [],
    );
  });

  it('builds the page one way: views of topics, topics of parts, and no part knows a topic', () => {
    const within = ['parts', 'api', 'style'];
    const strays = imports.filter(({ file, target }) => {
      const reached = path.join(path.dirname(file), target);
      if (!target.startsWith('.') || ![file, reached].every((place) => place.startsWith('ui/src/'))) return false;
      const [from, to] = [file, reached].map((place) => place.split('/')[2]!) as [string, string];
      return within.includes(from) ? !within.includes(to) : to === 'views' && !['views', 'main.tsx'].includes(from);
    });
    assert.deepEqual(
      strays.map(({ file, line, target }) => `${file}:${line} imports ${target}`),
      [],
    );
  });

  it('says at the top of each file what it is for', () => {
    const silent = sources.filter((file) => !/^(#!.*\n)?\/\/ \S|^\/\*\* \S/.test(readFileSync(path.join(root, file), 'utf8')));
    assert.deepEqual(silent, []);
  });

  it('reads the environment and ends the process in the entry files only', () => {
    const entries = new Set(['core/main.ts', 'core/cli/prybar.ts', 'core/network/door.ts', 'core/network/dhcp-probe.ts']);
    const strays = sources.filter(
      (file) => !entries.has(file) && file.startsWith('core/') && /process\.exit\(|process\.env\.PRYBAR/.test(readFileSync(path.join(root, file), 'utf8')),
    );
    assert.deepEqual(strays, []);
  });
});
