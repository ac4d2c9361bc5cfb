// output: the values that a role publishes to those that wait for it. `{{ captured.NAME }}` stands for what a command before it said.

import { feed } from '../shell.ts';
import type { Resource } from './resource.ts';

export const output: Resource<{ output: Record<string, unknown> }> = {
  key: 'output',
  summary: 'The values that the role publishes.',
  properties: { output: { type: 'object', description: 'Names as declared under `outputs` in barclamp.yml.' } },
  readsCaptured: true,
  title: (item) => `output ${Object.keys(item.output).join(', ')}`,
  code(item, context) {
    const text = `${JSON.stringify(item.output, null, 2)}\n`;
    if (context.holdsSecret(text)) context.problem('An output holds a secret, and outputs are shown.', 'Let the role that needs it declare the same secret.');
    return feed('publish', text);
  },
};
