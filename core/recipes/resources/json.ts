// json: values in a JSON file that somebody else owns.

import { feed, sh } from '../shell.ts';
import { editing, editOptions, type EditOptions } from './edit.ts';
import { absolutePath, type Resource } from './resource.ts';

type Json = EditOptions & { json: string; set: Record<string, unknown>; remove: string[] };

export const json: Resource<Json> = {
  key: 'json',
  summary: 'Values in a JSON file that somebody else owns. Needs jq on the node.',
  properties: {
    json: absolutePath,
    set: { type: 'object', default: {}, description: 'Merged into what is there: objects key by key, everything else replaced.' },
    remove: { type: 'array', items: { type: 'string', pattern: '^/' }, default: [], description: 'JSON pointers (RFC 6901) of what goes.' },
    ...editOptions,
  },
  title: (item) => `json ${item.json}`,
  code(item, context) {
    const paths = item.remove.map((pointer) =>
      JSON.stringify(
        pointer
          .slice(1)
          .split('/')
          .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~')),
      ),
    );
    const deletions = paths.length ? paths.map((path) => `getpath(${path})`).join(', ') : 'empty';
    return editing(item.json, item, JSON.stringify(item.set), context, feed(sh`edit_json ${item.json} ${deletions}`, `${JSON.stringify(item.set, null, 2)}\n`));
  },
};
