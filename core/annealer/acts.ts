// Roles that are applied by acts on the hardware: their hardware.yml with its templates filled in, for whoever knows the machine's controller.

import { evaluate, render } from '../catalog/catalog.ts';
import type { Act } from '../model/act.ts';
import type { Node } from '../model/node.ts';
import { bad, type Checked, ok, type Problem, problem, type Where } from '../model/problem.ts';
import type { Group } from '../plan/plan.ts';
import { fillIn } from '../recipes/compile.ts';
import { scopeOf } from './apply-role.ts';

/** Problems: a template without a value; an item that is no act. */
export function actsFor(group: Group, node: Node): Checked<Act[]> {
  const { file, items, lines } = group.role.acts!;
  const problems: Problem[] = [];
  const acts = items.flatMap((item, index): Act[] => {
    const where: Where = { file, line: lines[index] ?? 1, pointer: `/${index}` };
    const [[kind, given] = [], ...more] = Object.entries(item);
    if (kind === undefined || more.length || typeof given !== 'object' || given === null || Array.isArray(given)) {
      problems.push(problem('Each act is its name with what it is given.', where, 'Write it as `- bios-settings: { … }`.'));
      return [];
    }
    const filled = fillIn(given, {}, { ...scopeOf(group, node) }, where, { render, evaluate });
    if (filled.ok) return [{ kind, given: filled.value as Record<string, unknown>, where }];
    problems.push(...filled.problems);
    return [];
  });
  return problems.length ? bad(...problems) : ok(acts);
}
