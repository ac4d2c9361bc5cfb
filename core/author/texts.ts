// Every text of a barclamp in which templates or expressions stand, with the place where it begins.

import { lineFinder } from '../catalog/catalog.ts';
import { sourcesOf } from './sources.ts';
import type { Subject } from './subject.ts';

export type Text = {
  role: string;
  file: string;
  /** Of its first line, from 1. */
  line: number;
  text: string;
  /** An expression by itself, as in `when`, and no text with `{{ }}` in it. */
  isExpression: boolean;
};

/** Templates, and the strings of recipes. Conditions in barclamp.yml are not among them. */
export function textsOf(subject: Subject): Text[] {
  const templates = subject.roles.flatMap(({ declaration, files }) =>
    [...files]
      .filter(([file]) => file.endsWith('.njk'))
      .map(([file, content]) => ({
        role: declaration.name,
        file: `${subject.name}/roles/${declaration.name}/${file}`,
        line: 1,
        text: content.toString('utf8'),
        isExpression: false,
      })),
  );
  const acts = subject.roles.flatMap(({ declaration, acts: source, files }) =>
    source ? inRecipe(declaration.name, source.file, source.items, files.get('hardware.yml')!.toString('utf8')) : [],
  );
  return [...templates, ...acts, ...sourcesOf(subject).flatMap(({ role, source, text }) => inRecipe(role.declaration.name, source.file, source.items, text))];
}

const expressions = new Set(['when', 'for']);

function inRecipe(role: string, file: string, items: readonly unknown[], text: string): Text[] {
  const find = lineFinder(text);
  const lines = text.split('\n');
  const found: Text[] = [];
  const visit = (value: unknown, pointer: string, isExpression: boolean): void => {
    if (typeof value === 'string') {
      const first = find(pointer) ?? 1;
      // The text of a block begins below its `|`.
      const line = /[|>][+-]?\s*$/.test(lines[first - 1] ?? '') ? first + 1 : first;
      found.push({ role, file, line, text: value, isExpression });
    } else if (typeof value === 'object' && value !== null) {
      for (const [key, part] of Object.entries(value))
        visit(part, `${pointer}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`, /^\/\d+$/.test(pointer) && expressions.has(key));
    }
  };
  for (const [index, item] of items.entries()) visit(item, `/${index}`, false);
  return found;
}
