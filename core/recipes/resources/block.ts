// block: some lines of a file that somebody else owns, between two marks.

import { feed, sh } from '../shell.ts';
import { editing, editOptions, type EditOptions } from './edit.ts';
import { absolutePath, type Context, presence, type Resource } from './resource.ts';

type Block = EditOptions & { block: string; file: string; name?: string; comment: string; state: 'present' | 'absent' };

export const block: Resource<Block> = {
  key: 'block',
  summary: 'Lines of a file that somebody else owns, between two marks.',
  properties: {
    block: { type: 'string', description: 'The lines.' },
    file: absolutePath,
    name: { type: 'string', pattern: '^[A-Za-z0-9 ._-]+$', description: 'Tells several blocks in one file apart; the role’s name when absent.' },
    comment: { type: 'string', pattern: '^\\S+$', default: '#', description: 'How a comment begins in this file.' },
    state: presence,
    ...editOptions,
  },
  required: ['file'],
  title: (item) => `block in ${item.file}`,
  code: (item, context) => blockCode(item.file, item.name ?? context.role, item.block, item, context),
};

export function blockCode(file: string, name: string, text: string, options: EditOptions & { comment: string }, context: Context): string {
  const [begin, end] = [`${options.comment} BEGIN prybar ${name}`, `${options.comment} END prybar ${name}`];
  if (text.split('\n').includes(end)) context.problem('The block holds its own end mark.', 'Give it another `name`.');
  const lines = text === '' || text.endsWith('\n') ? text : `${text}\n`;
  return editing(
    file,
    options,
    text,
    context,
    options.state === 'absent' ? sh`drop_block ${file} ${begin} ${end}` : feed(sh`keep_block ${file} ${begin} ${end}`, lines),
  );
}
