// The recipes of a barclamp one by one, with their text.

import type { Role } from '../model/catalog.ts';
import type { RecipeSource } from '../model/recipe.ts';
import type { Subject } from './subject.ts';

export type Part = 'apply' | 'remove' | 'health';
export type Source = { role: Role; part: Part; source: RecipeSource; text: string };

const files: Record<Part, string> = { apply: 'recipe.yml', remove: 'remove.yml', health: 'health.yml' };

export function sourcesOf({ roles }: Pick<Subject, 'roles'>): Source[] {
  return roles.flatMap((role) =>
    (Object.keys(files) as Part[]).flatMap((part) => {
      const source = role[part];
      const text = role.files.get(files[part]);
      return source && text ? [{ role, part, source, text: text.toString('utf8') }] : [];
    }),
  );
}
