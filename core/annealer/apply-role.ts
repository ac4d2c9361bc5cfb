// Applies one role to one node: scope from the plan, what its folder holds to a program, program to the node, report to an outcome.

import { evaluate, render } from '../catalog/catalog.ts';
import type { ActOnHardware } from '../model/act.ts';
import type { Node } from '../model/node.ts';
import { bad, type Checked, ok, problem } from '../model/problem.ts';
import type { RecipeSource, Scope } from '../model/recipe.ts';
import type { Outcome, RunEvent, RunMode } from '../model/run.ts';
import { scopeNode } from '../plan/fingerprint.ts';
import type { Group, Plan } from '../plan/plan.ts';
import { compile, type Compiled, compilePlaybook, compileScript, type ProgramMode, readReport } from '../recipes/compile.ts';
import { localRemote } from '../remote/local.ts';
import type { Remote } from '../remote/remote.ts';
import { actsFor } from './acts.ts';
import { endTasks, type Ground, playbookGround } from './playbook.ts';

export type Application = {
  plan: Plan;
  group: Group;
  node: Node;
  mode: RunMode;
  remote: Remote;
  /** Absent where there is no hardware, as in trials. */
  hardware?: ActOnHardware;
  signal: AbortSignal;
  onEvent(event: RunEvent): void;
};

// Resources have limits of their own; this one only catches what escapes them.
const RUN_LIMIT_MS = 3600_000;
const LEEWAY_MS = 60_000;

export async function applyRole(application: Application): Promise<Outcome> {
  const { group, node } = application;
  return placed(await runRole(application, 'apply', RUN_LIMIT_MS), group.role.declaration.name, node);
}

/** `check` only says what would change. */
export async function runRole(wish: Omit<Application, 'plan'>, run: 'apply' | 'check', limitMs: number): Promise<Outcome> {
  const { group, node, mode, remote } = wish;
  // What takes a role away is a recipe or a script, also where a playbook applied it.
  if (group.role.declaration.jig === 'ansible' && mode === 'apply') return runPlaybook(wish, run, limitMs);
  if (group.role.acts && mode === 'apply') return runActs(wish, run);
  return runProgram(programFor(group, node, mode, run), remote, wish, limitMs);
}

async function runActs({ group, node, hardware, onEvent, signal }: Omit<Application, 'plan'>, run: 'apply' | 'check'): Promise<Outcome> {
  const acts = actsFor(group, node);
  if (!acts.ok) return { kind: 'failed', problem: acts.problems[0]! };
  if (hardware) return hardware({ node, acts: acts.value, mode: run, onEvent, signal });
  const summary = `${group.role.declaration.name} acts on hardware, and here is none.`;
  return { kind: 'failed', problem: problem(summary, { node: node.name }, 'Say in the case why it cannot be tried: `trial: …`.') };
}

async function runPlaybook(wish: Omit<Application, 'plan'>, run: 'apply' | 'check', limitMs: number): Promise<Outcome> {
  const { group, node, remote, signal } = wish;
  const ground = await playbookGround(remote, node, signal);
  if ('kind' in ground) return ground;
  const outcome = await runProgram(compilePlaybookFor(group, node, ground, run), localRemote(node.name), wish, limitMs);
  if (outcome.kind === 'failed' || outcome.kind === 'lost') await endTasks(remote, ground.mark);
  return outcome;
}

/** A program that could not be compiled has failed already. */
export async function runProgram(
  compiled: Checked<Compiled>,
  remote: Remote,
  { signal, onEvent }: Pick<Application, 'signal' | 'onEvent'>,
  limitMs: number,
): Promise<Outcome> {
  if (!compiled.ok) return { kind: 'failed', problem: compiled.problems[0]! };
  const report = readReport({ ...compiled.value, onEvent });
  const end = await remote.run(compiled.value.program, {
    signal: AbortSignal.any([signal, report.tooMuch]),
    // A resource that may take days (erasing, burning in) says so.
    timeoutMs: compiled.value.mode === 'apply' ? Math.max(limitMs, compiled.value.seconds * 1000 + LEEWAY_MS) : limitMs,
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

/** The program that runs a role's playbook on the admin node. */
export function compilePlaybookFor(group: Group, node: Node, { reach, python }: Pick<Ground, 'reach' | 'python'>, run: 'apply' | 'check'): Checked<Compiled> {
  const { declaration, files } = group.role;
  const scope = scopeOf(group, node);
  return compilePlaybook({
    name: `${declaration.name} on ${node.name}`,
    file: `${declaration.barclamp}/roles/${declaration.name}/playbook.yml`,
    files,
    variables: variablesOf(scope),
    secrets: scope.secrets,
    nodeId: node.id,
    reach,
    python,
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
    atAdmin: (sha256) => group.downloads?.get(sha256),
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

const platformOf = (node: Node): string => node.system?.platform ?? 'debian-12';

export function scopeOf(group: Group, node: Node): Scope {
  return {
    attributes: group.attributes,
    node: scopeNode(node),
    inputs: group.inputs,
    secrets: group.revealed ?? {},
    roleNodes: group.roleNodes,
    site: group.site,
  };
}

function placed(outcome: Outcome, role: string, node: Node): Outcome {
  if (outcome.kind !== 'failed' && outcome.kind !== 'lost') return outcome;
  return { ...outcome, problem: { ...outcome.problem, where: { ...outcome.problem.where, role, node: node.name } } };
}
