// Golden cases: test/<case>/proposal.yml says which machines there are, what is wanted and what upstream roles have published;
// expected/<role>/ holds what the role's templates must come to. Both are files that people read and compare.

import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { actsFor } from '../annealer/acts.ts';
import { compileFor, scopeOf } from '../annealer/apply-role.ts';
import { located, parseYaml, render } from '../catalog/catalog.ts';
import type { Image } from '../model/image.ts';
import type { AdminSite, Network } from '../model/network.ts';
import type { Node } from '../model/node.ts';
import { errorsIn, placeOf, type Problem, problem, warning } from '../model/problem.ts';
import type { ProposalBody } from '../model/proposal.ts';
import { indexRuns, nodeRoleKey, type Run } from '../model/run.ts';
import { groupAt, keyOf, makePlan, nodeAt, type Plan, type PlanFacts, vertexCount } from '../plan/plan.ts';
import { objections } from '../plan/site.ts';
import { checkAgainst } from '../schema.ts';
import type { Part } from './sources.ts';
import { sampleSecrets } from './sample-secrets.ts';
import type { Subject } from './subject.ts';

export type Case = {
  name: string;
  nodes: Record<string, Partial<Node> & { platform?: string }>;
  attributes: Record<string, unknown>;
  roles: ProposalBody['roles'];
  /** What roles have published, on every machine that holds them. */
  outputs: Record<string, Record<string, unknown>>;
  /** Proposals of other barclamps in the same deployment, by barclamp. */
  beside: Record<string, Partial<ProposalBody>>;
  site?: AdminSite;
  networks: Network[];
  images: Omit<Image, 'provenance'>[];
  /** `false`, or why it cannot be tried on machines: it only renders. */
  trial?: false | string;
  /** What the roles leave on a machine on purpose when they are removed: a path (with all below it) or `user NAME`, and why. */
  leaves: Record<string, string>;
};

type Written = Pick<Case, 'nodes' | 'roles'> & Partial<Omit<Case, 'name'>>;

const caseSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['nodes', 'roles'],
  properties: {
    nodes: { type: 'object', additionalProperties: { type: ['object', 'null'] }, minProperties: 1 },
    attributes: { type: 'object' },
    roles: { type: 'object' },
    outputs: { type: 'object', additionalProperties: { type: 'object' } },
    beside: { type: 'object', additionalProperties: { type: 'object' } },
    site: { type: 'object' },
    networks: { type: 'array', items: { type: 'object' } },
    images: { type: 'array', items: { type: 'object' } },
    trial: { anyOf: [{ const: false }, { type: 'string', minLength: 1 }] },
    leaves: { type: 'object', additionalProperties: { type: 'string', minLength: 1 } },
  },
};

export function readCases({ folder, name }: Subject): { cases: Case[]; problems: Problem[] } {
  const home = path.join(folder, 'test');
  const cases: Case[] = [];
  const problems: Problem[] = [];
  for (const test of existsSync(home) ? readdirSync(home).sort() : []) {
    const file = `${name}/test/${test}/proposal.yml`;
    const source = path.join(home, test, 'proposal.yml');
    if (!existsSync(source)) {
      problems.push(problem(`The case ${test} has no proposal.yml.`, { file: `${name}/test/${test}` }, 'Add one with nodes and roles, or remove the folder.'));
      continue;
    }
    const text = readFileSync(source, 'utf8');
    const parsed = parseYaml(text, file);
    const faults = parsed.ok ? located(checkAgainst(caseSchema, parsed.value), file, text) : parsed.problems;
    for (const entry of readdirSync(path.join(home, test))) {
      if (entry !== 'proposal.yml' && entry !== 'expected')
        faults.push(problem(`No part of a case is called ${entry}.`, { file: `${name}/test/${test}/${entry}` }, 'Known here are proposal.yml and expected.'));
    }
    problems.push(...faults);
    if (parsed.ok && !faults.length)
      cases.push({ attributes: {}, outputs: {}, networks: [], images: [], beside: {}, leaves: {}, ...(parsed.value as Written), name: test });
  }
  return { cases, problems };
}

/** The facts of a case: its machines are up, and each role has published what the case says. */
export function factsOf({ name }: Pick<Subject, 'name'>, given: Case): PlanFacts {
  const nodes: Node[] = Object.entries(given.nodes).map(([id, more]) => {
    const { platform = 'debian-12', ...rest } = more ?? {};
    return {
      id,
      name: id,
      remote: 'ssh',
      macs: [],
      approved: true,
      pool: 'default',
      addresses: {},
      discoveredAt: 0,
      contact: 'up',
      contactAt: 0,
      system: { kind: id === 'admin' ? 'installed' : 'live', instance: 'x', platform },
      ...rest,
    };
  });
  const runs: Run[] = [];
  for (const [role, outputs] of Object.entries(given.outputs)) {
    for (const node of nodes) {
      const key = nodeRoleKey('test', role, node.id);
      runs.push({
        id: 1,
        key,
        deployment: 'test',
        role,
        nodeId: node.id,
        nodeName: node.name,
        mode: 'apply',
        fingerprint: '',
        startedAt: 0,
        endedAt: 1,
        outcome: 'done',
        outputs,
      });
    }
  }
  const proposals = Object.entries({ ...given.beside, [name]: given }).map(([barclamp, { attributes = {}, roles = {} }]) => ({
    deployment: 'test',
    barclamp,
    commit: 1,
    body: { attributes, roles },
  }));
  return {
    nodes,
    deployments: [{ name: 'test', summary: '', pools: [] }],
    proposals,
    latest: new Map(),
    lastDone: indexRuns(runs),
    retries: new Map(),
    networks: given.networks,
    // How they were made is nothing that a case is about.
    images: given.images.map((image) => ({ ...image, provenance: { recipe: '', sources: [], packages: [], extraPackages: [] } })),
    ...(given.site && { site: given.site }),
  };
}

export type Program = { role: string; node: string; part: Part; mode: 'apply' | 'check'; text: string };
export type Rendered = {
  plan: Plan;
  /** `<role>/<file>` → what its template comes to, on the first machine that holds the role. */
  files: Map<string, { text: string; source: string }>;
  programs: Program[];
  problems: Problem[];
};

/** Everything that would be sent to the machines of a case. */
export function renderCase(subject: Subject, test: Case): Rendered {
  const file = `${subject.name}/test/${test.name}/proposal.yml`;
  const facts = factsOf(subject, test);
  const plan = makePlan(facts, subject.catalog);
  const own = facts.proposals.find((p) => p.barclamp === subject.name)!;
  const rendered: Rendered = {
    plan,
    files: new Map(),
    programs: [],
    problems: errorsIn([...plan.problems, ...objections(plan, own, subject.catalog)]).map((p) => ({ ...p, where: { ...p.where, file, line: 1 } })),
  };
  for (let vertex = 0; vertex < vertexCount(plan); vertex++) {
    const planned = groupAt(plan, vertex);
    const group = { ...planned, revealed: sampleSecrets(planned.secrets, planned.role.declaration) };
    const node = nodeAt(plan, vertex);
    const role = group.role.declaration.name;
    if (group.role.declaration.barclamp !== subject.name) continue;
    if (group.missing.length) {
      rendered.problems.push(
        problem(`${keyOf(plan, vertex)} lacks ${group.missing.join(' and ')}.`, { file, line: 1 }, 'Say under outputs: what the role before it has published.'),
      );
      continue;
    }
    for (const [name, content] of group.role.files) {
      const golden = path.join(role, path.basename(name, '.njk'));
      if (!name.startsWith('templates/') || rendered.files.has(golden)) continue;
      const source = `${subject.name}/roles/${role}/${name}`;
      const text = render(content.toString('utf8'), scopeOf(group, node), { file: source });
      // A template for the rounds of a `for` makes sense in its recipe only.
      if (text.ok) rendered.files.set(golden, { text: text.value, source });
    }
    if (group.role.acts && !rendered.files.has(path.join(role, 'hardware.json'))) {
      const acts = actsFor(group, node);
      const text =
        acts.ok &&
        `${JSON.stringify(
          acts.value.map(({ kind, given }) => ({ [kind]: given })),
          null,
          2,
        )}\n`;
      if (text) rendered.files.set(path.join(role, 'hardware.json'), { text, source: `${subject.name}/roles/${role}/hardware.yml` });
      else if (!acts.ok) rendered.problems.push(...acts.problems);
    }
    for (const part of ['apply', 'remove', 'health'] as const) {
      const recipe = group.role[part];
      if (!recipe) continue;
      for (const mode of ['apply', 'check'] as const) {
        const compiled = compileFor(group, node, recipe, mode);
        if (compiled.ok) rendered.programs.push({ role, node: node.name, part, mode, text: compiled.value.program });
        else rendered.problems.push(...compiled.problems);
      }
    }
  }
  return rendered;
}

/** What keeps the cases from coming out as expected, and roles that no case takes in. */
export function checkCases(subject: Subject): Problem[] {
  const { cases, problems } = readCases(subject);
  const covered = new Set<string>();
  for (const test of cases) {
    const { plan, ...rendered } = renderCase(subject, test);
    for (const group of plan.groups) covered.add(group.role.declaration.name);
    problems.push(...rendered.problems, ...compare(subject, test, rendered.files));
  }
  if (problems.length) return problems;
  return subject.roles
    .filter((role) => !covered.has(role.declaration.name))
    .map(({ declaration }) =>
      warning(
        `No test case takes in the role ${declaration.name}.`,
        { file: `${subject.name}/test` },
        `Add test/<case>/proposal.yml with ${declaration.name} on one of its machines.`,
      ),
    );
}

function compare({ folder, name }: Subject, test: Case, files: Rendered['files']): Problem[] {
  const home = path.join(folder, 'test', test.name, 'expected');
  return goldenIn(home).flatMap((golden) => {
    const file = `${name}/test/${test.name}/expected/${golden}`;
    const found = files.get(golden);
    if (!found)
      return [problem('No template of the barclamp gives this file.', { file }, 'Its path is <role>/<template without .njk>, of a role that the case places.')];
    const expected = readFileSync(path.join(home, golden), 'utf8');
    if (found.text === expected) return [];
    const { line, was, is } = firstDifference(expected, found.text);
    return [
      problem(
        `${found.source} gives ${is}, where ${was} is expected.`,
        { file, line },
        `Correct the template; or take the new text with: prybar barclamp test ${name} --update`,
      ),
    ];
  });
}

function firstDifference(expected: string, found: string): { line: number; was: string; is: string } {
  const [a, b] = [expected.split('\n'), found.split('\n')];
  const at = a.findIndex((line, index) => line !== b[index]);
  const index = at < 0 ? a.length : at;
  const shown = (line: string | undefined): string => (line === undefined ? 'nothing more' : JSON.stringify(line));
  return { line: index + 1, was: shown(a[index]), is: shown(b[index]) };
}

const goldenIn = (home: string): string[] =>
  existsSync(home)
    ? readdirSync(home, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => path.relative(home, path.join(entry.parentPath, entry.name)))
        .sort()
    : [];

/** Writes what the templates come to as what is expected. A case without any expected file gets one for each template. */
export function updateCases(subject: Subject): { written: string[]; problems: Problem[] } {
  const { cases, problems } = readCases(subject);
  const written: string[] = [];
  for (const test of cases) {
    const home = path.join(subject.folder, 'test', test.name, 'expected');
    const rendered = renderCase(subject, test);
    problems.push(...rendered.problems);
    const present = goldenIn(home);
    for (const stale of present.filter((golden) => !rendered.files.has(golden))) rmSync(path.join(home, stale));
    for (const [golden, { text }] of rendered.files) {
      const file = path.join(home, golden);
      if (present.length && !present.includes(golden) && !isNew(present, golden)) continue;
      if (existsSync(file) && readFileSync(file, 'utf8') === text) continue;
      mkdirSync(path.dirname(file), { recursive: true });
      writeFileSync(file, text);
      written.push(placeOf({ file: `${subject.name}/test/${test.name}/expected/${golden}` }));
    }
  }
  return { written, problems };
}

// A case may leave templates of a role out on purpose; of a role it shows nothing of, it lacks all.
const isNew = (present: string[], golden: string): boolean => !present.some((file) => path.dirname(file) === path.dirname(golden));
