// Applies one role to one node: scope from the plan, what its folder holds to a program, program to the node, report to an outcome.

import { evaluate, render } from '../catalog/catalog.ts';
import type { Node } from '../model/node.ts';
import { bad, type Checked, ok, problem } from '../model/problem.ts';
import type { Platform } from '../model/platform.ts';
import type { RecipeSource, Scope } from '../model/recipe.ts';
import type { Outcome, RunEvent, RunMode } from '../model/run.ts';
import { scopeNode } from '../plan/fingerprint.ts';
import type { Group, Plan } from '../plan/plan.ts';
import { compile, type Compiled, compileScript, type ProgramMode, readReport } from '../recipes/compile.ts';
import type { Remote } from '../remote/remote.ts';

export type Application = {
  plan: Plan;
  group: Group;
  node: Node;
  mode: RunMode;
  remote: Remote;
  signal: AbortSignal;
  onEvent(event: RunEvent): void;
};

// Resources have limits of their own; this one only catches what escapes them.
const RUN_LIMIT_MS = 3600_000;

export async function applyRole(application: Application): Promise<Outcome> {
  const { group, node, mode, remote } = application;
  const role = group.role.declaration.name;
  const compiled = programFor(group, node, mode, 'apply');
  const outcome: Outcome = compiled.ok ? await runOver(remote, compiled.value, application) : { kind: 'failed', problem: compiled.problems[0]! };
  return placed(outcome, role, node);
}

async function runOver(remote: Remote, compiled: Compiled, { signal, onEvent }: Application): Promise<Outcome> {
  const report = readReport({ ...compiled, onEvent });
  const end = await remote.run(compiled.program, {
    signal: AbortSignal.any([signal, report.tooMuch]),
    timeoutMs: RUN_LIMIT_MS,
    onOutput: report.output,
    onError: report.error,
  });
  return report.outcome(end);
}

/** The program for a role on a node, by what its folder holds to apply or remove it: a recipe or a script. */
export function programFor(group: Group, node: Node, mode: RunMode, run: 'apply' | 'check'): Checked<Compiled> {
  const { apply, remove, files, declaration } = group.role;
  const recipe = mode === 'apply' ? apply : remove;
  if (recipe) return compileFor(group, node, recipe, run);
  const script = files.get(mode);
  if (script) return compileScriptFor(group, node, mode, script, run);
  return bad(
    problem(
      `Nothing in the folder of ${declaration.name} says how to ${mode} it.`,
      { role: declaration.name, node: node.name },
      `Add ${mode === 'apply' ? 'recipe.yml or a script `apply`' : 'remove.yml or a script `remove`'} to it.`,
    ),
  );
}

function compileScriptFor(group: Group, node: Node, name: RunMode, content: Buffer, run: 'apply' | 'check'): Checked<Compiled> {
  const { declaration, files } = group.role;
  const scope = scopeOf(group, node);
  return compileScript({
    name: `${declaration.name} on ${node.name}`,
    file: `${declaration.barclamp}/roles/${declaration.name}/${name}`,
    content,
    inputs: variablesOf(scope),
    secrets: scope.secrets,
    files: new Map([...files].filter(([file]) => file.includes('/'))),
    platform: platformOf(node),
    mode: run,
  });
}

/** What scripts and playbooks are given: the scope of templates, with `nodes` as a mapping from role to nodes. */
function variablesOf({ roleNodes, ...scope }: Scope): Record<string, unknown> {
  return { ...scope, nodes: roleNodes };
}

/** The program that would be sent, readable by a person. */
export function compileFor(group: Group, node: Node, source: RecipeSource, mode: ProgramMode): Checked<Compiled> {
  return compile({
    source,
    scope: scopeOf(group, node),
    platform: platformOf(node),
    mode,
    name: `${group.role.declaration.name} on ${node.name}`,
    render,
    evaluate,
    readFile(relative) {
      const content = group.role.files.get(relative);
      if (content) return ok(content);
      return {
        ok: false,
        problems: [problem(`There is no file ${relative} in the role's folder.`, { file: source.file }, `Add it beside ${source.file}, or correct the name.`)],
      };
    },
  });
}

const platformOf = (node: Node): Platform => node.system?.platform ?? 'debian-12';

export function scopeOf(group: Group, node: Node): Scope {
  return {
    attributes: group.attributes,
    node: scopeNode(node),
    inputs: group.inputs,
    secrets: {},
    roleNodes: group.roleNodes,
    site: group.site,
  };
}

function placed(outcome: Outcome, role: string, node: Node): Outcome {
  if (outcome.kind !== 'failed' && outcome.kind !== 'lost') return outcome;
  return { ...outcome, problem: { ...outcome.problem, where: { ...outcome.problem.where, role, node: node.name } } };
}
