// What a machine says its system lay on, when an image is made of it: untrusted, and read as a layout and nothing else. What becomes of it on
// other machines is decided by os-install.

import type { CapturedLayout } from '../model/image.ts';
import { bad, type Checked, ok, problem } from '../model/problem.ts';
import { checkAgainst } from '../schema.ts';

const bytes = { type: 'integer', minimum: 0, maximum: 2 ** 40 };
const leaf = {
  size: { const: 'was' },
  was: bytes,
  used: bytes,
  mount: { type: 'string', pattern: '^/([A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)*)?$', not: { pattern: '(^|/)[.][.]?(/|$)' }, maxLength: 200 },
  format: { enum: ['ext4', 'xfs'] },
  options: { type: 'string', pattern: '^[A-Za-z0-9._:/=,-]+$', maxLength: 500 },
  swap: { const: true },
};
const closed = { type: 'object', additionalProperties: false, required: ['size', 'was'] };
const isLeaf = [{ required: ['mount', 'format', 'used', 'options'] }, { required: ['swap'] }];
const schema = {
  type: 'array',
  minItems: 1,
  maxItems: 16,
  items: {
    type: 'object',
    additionalProperties: false,
    required: ['disks', 'volumes'],
    properties: {
      disks: { type: 'object', additionalProperties: false, required: ['count'], properties: { count: { type: 'integer', minimum: 1, maximum: 8 } } },
      volumes: {
        type: 'array',
        minItems: 1,
        maxItems: 32,
        items: {
          ...closed,
          properties: {
            ...leaf,
            encrypted: { const: true },
            group: { type: 'string', pattern: '^[A-Za-z0-9_][A-Za-z0-9_.-]{0,30}$' },
            free: bytes,
            volumes: { type: 'array', minItems: 1, maxItems: 64, items: { ...closed, properties: leaf, oneOf: isLeaf } },
          },
          oneOf: [...isLeaf, { required: ['group', 'volumes'] }],
        },
      },
    },
  },
};

/** Undefined where the machine says that everything lies on partitions of one kind (`null`). */
export function readCapturedLayout(text: string): Checked<CapturedLayout | undefined> {
  let layout: unknown;
  try {
    layout = JSON.parse(text);
  } catch {
    return bad(problem('What the machine says of its layout is no JSON.', undefined, 'Have the image made once more.'));
  }
  if (layout === null) return ok(undefined);
  const problems = checkAgainst(schema, layout);
  return problems.length ? { ok: false, problems } : ok(layout as CapturedLayout);
}
