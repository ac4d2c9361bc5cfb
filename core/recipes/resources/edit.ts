// What the resources have in common that change a part of a file which somebody else owns.

import type { JsonSchema } from '../../model/barclamp.ts';
import { sh } from '../shell.ts';
import { around, validateWith } from './file.ts';
import { type Context, shellCode } from './resource.ts';

export type EditOptions = { create?: boolean; backup?: boolean; validate?: string; state?: string };

export const editOptions: Record<string, JsonSchema> = {
  create: { type: 'boolean', description: 'Begin with an empty file where there is none.' },
  backup: { type: 'boolean', description: 'Keep what was there before the first change, as <path>.before-prybar.' },
  validate: shellCode('Must succeed before the new file takes its place; `%s` stands for its path.'),
};

/** The edit itself with what stands around it. What is put in decides whether a diff may be shown. */
export function editing(path: string, options: EditOptions, content: string, context: Context, edit: string): string {
  const lines = around(options, context.holdsSecret(content) ? 'it holds a secret' : '');
  if (options.validate) lines.push(validateWith(options.validate, path, context));
  if (options.state !== 'absent') lines.push(sh`need_file ${path} ${options.create ? 'yes' : ''}`);
  return [...lines, edit].join('\n');
}
