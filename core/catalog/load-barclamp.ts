// One barclamp folder → its declaration and its roles, with every Problem that can be seen without the other barclamps.

import { readdirSync } from 'node:fs';
import path from 'node:path';
import { validRange } from 'semver';
import type { Barclamp, JigKind, RoleDeclaration } from '../model/barclamp.ts';
import type { Condition, Role } from '../model/catalog.ts';
import { bad, type Checked, ok, problem, type Problem } from '../model/problem.ts';
import type { RecipeItem, RecipeSource } from '../model/recipe.ts';
import { checkAgainst, withDefaults } from '../schema.ts';
import { barclampSchema } from './barclamp-schema.ts';
import { loadExtension } from './extension.ts';
import { digestOf, listFolders, listLinks, readText, readTree } from './files.ts';
import { loadMigrations } from './migrations.ts';
import { evaluate } from './render.ts';
import { readSecret } from './secrets.ts';
import { loadProposalSchema } from './proposal-schema.ts';
import { lineFinder, lineOf, located, parseYaml } from './yaml.ts';

export type Loaded = { barclamp?: Barclamp; roles: Role[]; problems: Problem[] };

/** One barclamp folder by itself; references to other barclamps are checked by loadCatalog. `name` is what the folder stands for. */
export function loadBarclamp(folder: string, name = path.basename(folder)): Loaded {
  const file = `${name}/barclamp.yml`;
  const problems: Problem[] = [];
  const text = readText(path.join(folder, 'barclamp.yml'));
  if (text === undefined) return { roles: [], problems: [problem(`The folder ${name} has no barclamp.yml.`, { file }, 'Add one, or move the folder away.')] };
  const parsed = parseYaml(text, file);
  if (!parsed.ok) return { roles: [], problems: parsed.problems };
  const faults = checkAgainst(barclampSchema, parsed.value);
  if (faults.length) return { roles: [], problems: located(faults, file, text) };
  const declared = withDefaults(barclampSchema, parsed.value) as DeclaredBarclamp;
  if (declared.name !== name)
    problems.push(
      problem(`The barclamp calls itself ${declared.name}, its folder ${name}.`, { file, line: lineOf(text, '/name') ?? 1 }, 'Give both the same name.'),
    );

  problems.push(...unknownFiles(folder, name));
  problems.push(...unreadableRanges(declared.needs, file, text));
  const schema = loadProposalSchema(folder, name);
  if (!schema.ok) problems.push(...schema.problems);
  const migrations = loadMigrations(folder, name);
  if (!migrations.ok) problems.push(...migrations.problems);
  const smokeText = readText(path.join(folder, 'smoke.yml'));
  const smoke = smokeText === undefined ? undefined : readRecipe(smokeText, `${name}/smoke.yml`);
  if (smoke && !smoke.ok) problems.push(...smoke.problems);
  const extensionText = readText(path.join(folder, 'extension.ts'));
  const extension = extensionText === undefined ? undefined : loadExtension(extensionText, `${name}/extension.ts`, Object.keys(declared.roles));
  if (extension && !extension.ok) problems.push(...extension.problems);

  const roles: Role[] = [];
  for (const [roleName, declaration] of Object.entries(declared.roles)) {
    const role = loadRole(folder, declared.name, roleName, declaration);
    if (role.ok) roles.push(role.value);
    else
      problems.push(
        ...role.problems.map((p) =>
          p.where?.file === file
            ? { ...p, where: { ...p.where, line: lineOf(text, p.where.pointer ?? `/roles/${roleName}`) ?? lineOf(text, `/roles/${roleName}`) ?? 1 } }
            : p,
        ),
      );
  }
  for (const extra of listFolders(path.join(folder, 'roles'))) {
    if (!declared.roles[extra])
      problems.push(
        problem(`roles/${extra} is not declared in barclamp.yml.`, { file: `${name}/roles/${extra}` }, 'Declare it under roles:, or remove the folder.'),
      );
  }
  const { roles: _, needs, ...rest } = declared;
  const barclamp: Barclamp = {
    ...rest,
    needs: { barclamps: {}, ...needs },
    roles: Object.fromEntries(roles.map((role) => [role.declaration.name, role.declaration])),
    proposalSchema: schema.ok ? schema.value : {},
    ...(smoke?.ok && { smoke: smoke.value }),
    ...(extension?.ok && { extension: extension.value }),
    folder,
    digest: digestOf(readTree(folder)),
  };
  return { barclamp, roles, problems };
}

type DeclaredEdge = string | { role: string; when: string };
type DeclaredRole = Omit<RoleDeclaration, 'name' | 'barclamp' | 'jig' | 'secrets' | 'requires' | 'waitsFor' | 'edgesWhen'> & {
  secrets: Record<string, string>;
  requires: DeclaredEdge[];
  waitsFor: DeclaredEdge[];
};
type DeclaredBarclamp = Omit<Barclamp, 'roles' | 'proposalSchema' | 'smoke' | 'extension' | 'folder' | 'digest' | 'needs'> & {
  roles: Record<string, DeclaredRole>;
  needs: { prybar?: string; barclamps?: Record<string, string> };
};

function unreadableRanges(needs: DeclaredBarclamp['needs'], file: string, text: string): Problem[] {
  const ranges = [
    ['/needs/prybar', needs.prybar],
    ...Object.entries(needs.barclamps ?? {}).map(([name, range]) => [`/needs/barclamps/${name}`, range]),
  ] as const;
  return ranges.flatMap(([pointer, range]) =>
    range === undefined || validRange(range) !== null
      ? []
      : [
          problem(
            `"${range}" is not a range of versions.`,
            { file, line: lineOf(text, pointer) ?? 1, pointer: pointer },
            'Write it as npm does: "^1.2", ">=1 <3", "1.x".',
          ),
        ],
  );
}

const knownEntries = new Set(['barclamp.yml', 'proposal.schema.json', 'README.md', 'roles', 'test', 'smoke.yml', 'extension.ts', 'migrations']);
const knownRoleEntries = new Set(['recipe.yml', 'apply', 'playbook.yml', 'hardware.yml', 'remove.yml', 'remove', 'health.yml', 'templates', 'files']);

// File names are the interface: a typo must not vanish.
function unknownFiles(folder: string, name: string): Problem[] {
  const strangers: string[] = [];
  for (const entry of readdirSync(folder)) if (!knownEntries.has(entry)) strangers.push(entry);
  for (const role of listFolders(path.join(folder, 'roles'))) {
    for (const entry of readdirSync(path.join(folder, 'roles', role))) if (!knownRoleEntries.has(entry)) strangers.push(`roles/${role}/${entry}`);
  }
  const unknown = strangers.map((entry) =>
    problem(
      `No part of a barclamp is called ${path.basename(entry)}.`,
      { file: `${name}/${entry}` },
      `Known here are ${[...(entry.startsWith('roles/') ? knownRoleEntries : knownEntries)].join(', ')}.`,
    ),
  );
  // A link could lead out of the folder, and what it leads to would be in no package.
  const links = listLinks(folder).map((entry) => problem(`${entry} is a link.`, { file: `${name}/${entry}` }, 'Put the file itself there.'));
  return [...unknown, ...links];
}

const jigFiles: Record<string, JigKind> = { 'recipe.yml': 'recipe', apply: 'script', 'playbook.yml': 'ansible', 'hardware.yml': 'hardware' };

function loadRole(folder: string, barclamp: string, name: string, declared: DeclaredRole): Checked<Role> {
  const home = `${barclamp}/roles/${name}`;
  const files = readTree(path.join(folder, 'roles', name));
  if (!files.size)
    return bad(problem(`The role ${name} has no folder.`, { file: `${barclamp}/barclamp.yml`, pointer: `/roles/${name}` }, `Add roles/${name}/recipe.yml.`));
  const jigs = Object.keys(jigFiles).filter((file) => files.has(file));
  if (jigs.length !== 1) {
    return bad(
      problem(
        `The role ${name} has ${jigs.length ? jigs.join(' and ') : 'nothing that applies it'}.`,
        { file: home },
        'Keep exactly one of recipe.yml, apply, playbook.yml, hardware.yml.',
      ),
    );
  }
  const removable = files.has('remove.yml') || files.has('remove');
  const problems: Problem[] = [];
  if (files.has('remove.yml') && files.has('remove'))
    problems.push(problem(`The role ${name} has two ways of being undone, remove and remove.yml.`, { file: home }, 'Keep one of the two.'));
  if (removable && declared.irreversible)
    problems.push(problem(`The role ${name} has a remove and says that it is irreversible.`, { file: home }, 'Keep one of the two.'));
  if (!removable && !declared.irreversible)
    problems.push(problem(`Nothing says how the role ${name} is undone.`, { file: home }, 'Add remove.yml, or say in barclamp.yml `irreversible: <why>`.'));

  const recipes: Partial<Record<'apply' | 'acts' | 'remove' | 'health', RecipeSource>> = {};
  for (const [part, file] of [
    ['apply', 'recipe.yml'],
    ['acts', 'hardware.yml'],
    ['remove', 'remove.yml'],
    ['health', 'health.yml'],
  ] as const) {
    const content = files.get(file);
    if (!content) continue;
    const recipe = readRecipe(content.toString('utf8'), `${home}/${file}`);
    if (recipe.ok) recipes[part] = recipe.value;
    else problems.push(...recipe.problems);
  }
  const secrets: RoleDeclaration['secrets'] = {};
  for (const [secret, text] of Object.entries(declared.secrets)) {
    const read = readSecret(text);
    if (read.ok) secrets[secret] = read.value;
    else problems.push(...read.problems.map((p) => ({ ...p, where: { file: `${barclamp}/barclamp.yml`, pointer: `/roles/${name}/secrets/${secret}` } })));
  }
  if (problems.length) return { ok: false, problems };
  const declaration: RoleDeclaration = { ...declared, ...edgesOf(declared), secrets, name, barclamp, jig: jigFiles[jigs[0]!]! };
  return ok({ declaration, ...conditionsOf(declaration), digest: digestOf(files, JSON.stringify(declaration)), ...recipes, reads: listedRoles(files), files });
}

function edgesOf({ requires, waitsFor }: DeclaredRole): Pick<RoleDeclaration, 'requires' | 'waitsFor' | 'edgesWhen'> {
  const named = (edges: DeclaredEdge[]): string[] => edges.map((edge) => (typeof edge === 'string' ? edge : edge.role));
  const conditional = [...requires, ...waitsFor].filter((edge) => typeof edge !== 'string');
  return {
    requires: named(requires),
    waitsFor: named(waitsFor),
    ...(conditional.length && { edgesWhen: Object.fromEntries(conditional.map((edge) => [edge.role, edge.when])) }),
  };
}

// Given to the planner as functions, because it knows no expressions.
function conditionsOf({ when, gate, edgesWhen, name, barclamp }: RoleDeclaration): Pick<Role, 'when' | 'gate' | 'edgesWhen'> {
  const condition =
    (expression: string): Condition =>
    (attributes) => {
      const value = evaluate(expression, { attributes }, { file: `${barclamp}/barclamp.yml`, role: name });
      return value.ok ? ok(Boolean(value.value)) : value;
    };
  return {
    ...(when !== undefined && { when: condition(when) }),
    ...(gate !== undefined && { gate: condition(gate) }),
    ...(edgesWhen && { edgesWhen: new Map(Object.entries(edgesWhen).map(([role, expression]) => [role, condition(expression)])) }),
  };
}

// Found in the text rather than declared, so that the fingerprint covers exactly the lists that are used.
function listedRoles(files: ReadonlyMap<string, Buffer>): string[] {
  const found = new Set<string>();
  for (const [name, content] of files) {
    if (!/\.(yml|njk|j2)$/.test(name) && name !== 'apply' && name !== 'remove') continue;
    for (const match of content.toString('utf8').matchAll(/\bnodes[([]\s*['"]([a-z][a-z0-9-]*)['"]\s*[)\]]/g)) found.add(match[1]!);
  }
  return [...found].sort();
}

function readRecipe(text: string, file: string): Checked<RecipeSource> {
  const parsed = parseYaml(text, file);
  if (!parsed.ok) return parsed;
  if (!Array.isArray(parsed.value)) return bad(problem('A recipe is a list of resources.', { file, line: 1 }, 'Start each resource with "- ".'));
  const problems: Problem[] = [];
  for (const [index, item] of parsed.value.entries()) {
    if (typeof item === 'object' && item !== null && !Array.isArray(item)) continue;
    problems.push(problem('Each item of a recipe is a mapping such as "package: chrony".', { file, line: lineOf(text, `/${index}`) ?? 1 }));
  }
  if (problems.length) return { ok: false, problems };
  const items = parsed.value as RecipeItem[];
  const find = lineFinder(text);
  return ok({ file, items, lines: items.map((_, index) => find(`/${index}`) ?? 1) });
}
