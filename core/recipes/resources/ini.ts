// ini: settings of an INI file that somebody else owns, as OpenStack's services have them.

import { feed, sh } from '../shell.ts';
import { editing, editOptions, type EditOptions } from './edit.ts';
import { absolutePath, listOf, type Resource } from './resource.ts';

type Value = string | number | boolean;
type Ini = EditOptions & { ini: string; settings: Record<string, Record<string, Value | Value[] | null>>; separator: string };

const oneLine = { type: ['string', 'number', 'boolean'], pattern: '^[^\\n\\u001f]*$' };

export const ini: Resource<Ini> = {
  key: 'ini',
  summary: 'Settings of an INI file that somebody else owns.',
  properties: {
    ini: absolutePath,
    settings: {
      type: 'object',
      minProperties: 1,
      propertyNames: { pattern: '^[^\\]\\n\\u001f]*$' },
      additionalProperties: {
        type: 'object',
        propertyNames: { pattern: '^[^=:\\n\\u001f]+$' },
        additionalProperties: { type: [...oneLine.type, 'array', 'null'], pattern: oneLine.pattern, items: oneLine },
      },
      description: 'Section → key → value. A list repeats the key; null removes it. What is not named stays. The section "" is what stands before the first.',
    },
    separator: { type: 'string', default: ' = ', pattern: '^ *[=:] *$', description: 'What stands between key and value in new lines.' },
    ...editOptions,
  },
  required: ['settings'],
  title: (item) => `ini ${item.ini}`,
  code(item, context) {
    const wanted = Object.entries(item.settings).flatMap(([section, keys]) =>
      Object.entries(keys).map(([key, value]) => [section, key.trim(), ...(value === null ? [] : listOf(value)), ''].join('\u001f')),
    );
    return editing(item.ini, item, JSON.stringify(item.settings), context, feed(sh`edit_ini ${item.ini} ${item.separator}`, `${wanted.join('\n')}\n`));
  },
};
