// line: one line of a file that somebody else owns.

import { sh } from '../shell.ts';
import { editOptions, type EditOptions, editing } from './edit.ts';
import { absolutePath, type Resource } from './resource.ts';

type Line = EditOptions & { line: string; file: string; match?: string; state: 'present' | 'absent' };

export const line: Resource<Line> = {
  key: 'line',
  summary: 'One line of a file that somebody else owns.',
  properties: {
    line: { type: 'string', pattern: '^[^\\n]*$', description: 'The line as it shall be.' },
    file: absolutePath,
    match: {
      type: 'string',
      minLength: 1,
      pattern: '^[^\\n]*$',
      description: 'Regular expression (grep -E): the first line that matches is replaced, further ones are removed. Without it the line is appended.',
    },
    state: { enum: ['present', 'absent'], default: 'present', description: '`absent` removes what matches, or the line itself.' },
    ...editOptions,
  },
  required: ['file'],
  title: (item) => `line in ${item.file}`,
  code: (item, context) =>
    editing(
      item.file,
      item,
      item.line,
      context,
      item.state === 'absent' ? sh`drop_line ${item.file} ${item.line} ${item.match}` : sh`keep_line ${item.file} ${item.line} ${item.match}`,
    ),
};
