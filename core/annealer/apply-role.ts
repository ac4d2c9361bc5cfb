// Applies one role to one node: scope from the plan, recipe to a program, program to the node, report to an outcome.

import { evaluate, render } from '../catalog/catalog.ts';
import type { Node } from '../model/node.ts';
import { type Checked, ok, problem } from '../model/problem.ts';
import type { RecipeSource, Scope } from '../model/recipe.ts';
import type { Outcome, RunEvent, RunMode } from '../model/run.ts';
import { scopeNode } from '../plan/fingerprint.ts';
import type { Group, Plan } from '../plan/plan.ts';
import { compile, type Compiled, readReport } from '../recipes/compile.ts';
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
  const { group, node, mode, remote, signal, onEvent } = application;
  const role = group.role.declaration.name;
  const source = mode === 'apply' ? group.role.apply : group.role.remove;
  if (!source)
    return {
      kind: 'failed',
      problem: problem(
        `${role} has no recipe to ${mode} it.`,
        { role, node: node.name },
        `Add ${mode === 'apply' ? 'recipe.yml' : 'remove.yml'} to its folder.`,
      ),
    };
  const compiled = compileFor(group, node, source, 'apply');
  if (!compiled.ok) return { kind: 'failed', problem: { ...compiled.problems[0]!, where: { ...compiled.problems[0]!.where, role, node: node.name } } };

  const report = readReport({ ...compiled.value, onEvent });
  const end = await remote.run(compiled.value.program, {
    signal: AbortSignal.any([signal, report.tooMuch]),
    timeoutMs: RUN_LIMIT_MS,
    onOutput: report.output,
    onError: report.error,
  });
  return placed(report.outcome(end), role, node);
}

/** The program that would be sent, readable by a person. */
export function compileFor(group: Group, node: Node, source: RecipeSource, mode: 'apply' | 'check'): Checked<Compiled> {
  return compile({
    source,
    scope: scopeOf(group, node),
    platform: node.system?.platform ?? 'debian-12',
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
