// A command without a guard does its work again each time, and a second run must change nothing.

import { problem, type Problem } from '../../model/problem.ts';
import type { RecipeItem } from '../../model/recipe.ts';
import { resources } from '../../recipes/resources/index.ts';
import { sourcesOf } from '../sources.ts';
import type { Subject } from '../subject.ts';

const keys = new Set(resources.map((resource) => resource.key));
const guards = ['unless', 'creates', 'changes', 'onNotify'];

/** The word that says what the item is: its first key that names a resource. */
const resourceOf = (item: RecipeItem): string | undefined => Object.keys(item).find((key) => keys.has(key));

const unguarded = (item: RecipeItem): boolean => ['command', 'script'].includes(resourceOf(item) ?? '') && !guards.some((guard) => guard in item);

export function checkGuards(subject: Subject): Problem[] {
  return sourcesOf(subject).flatMap(({ source }) =>
    source.items.flatMap((item, index) =>
      unguarded(item)
        ? [
            problem(
              `This ${resourceOf(item)} would run again each time: it has no guard.`,
              { file: source.file, line: source.lines[index] ?? 1 },
              'Add `unless:` (a command that succeeds when nothing is to be done), `creates:` (a path), `changes: false` (it only looks), or `onNotify: run`.',
            ),
          ]
        : [],
    ),
  );
}
