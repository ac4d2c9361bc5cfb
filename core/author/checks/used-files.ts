// Files in templates/ and files/ that no item of the role's recipes names.

import { type Problem, warning } from '../../model/problem.ts';
import { sourcesOf } from '../sources.ts';
import type { Subject } from '../subject.ts';

export function checkFilesUsed(subject: Subject): Problem[] {
  const sources = sourcesOf(subject);
  return subject.roles.flatMap(({ declaration, files }) => {
    if (declaration.jig !== 'recipe') return [];
    const named = sources.filter((source) => source.role.declaration === declaration).flatMap(({ source }) => source.items.flatMap(textsIn));
    // A name that is put together only when it runs may be any.
    if (named.some((text) => /\{\{.*(\.njk|files\/)|(files\/|\.njk).*\{\{/.test(text))) return [];
    return [...files.keys()]
      .filter(
        (file) =>
          (file.startsWith('templates/') && !named.includes(file.slice('templates/'.length))) ||
          (file.startsWith('files/') && !named.some((text) => text === file || (text.startsWith('files/') && file.startsWith(`${text.replace(/\/$/, '')}/`)))),
      )
      .map((file) =>
        warning(
          `No recipe of ${declaration.name} uses this file.`,
          { file: `${subject.name}/roles/${declaration.name}/${file}` },
          'Name it in recipe.yml, or remove it.',
        ),
      );
  });
}

function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(textsIn);
}
