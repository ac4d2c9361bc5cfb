// output: the values that a role publishes to those that wait for it. `{{ captured.NAME }}` stands for what a command before it said.

import { feed } from '../shell.ts';
import { type Resource, templateName, valueOf } from './resource.ts';

export const output: Resource<{ output: Record<string, unknown> | string }> = {
  key: 'output',
  summary: 'The values that the role publishes.',
  properties: {
    output: {
      ...templateName,
      type: ['object', 'string'],
      description: 'Names as declared under `outputs` in barclamp.yml, with their values; or the name of a file in templates/ that gives these as JSON.',
    },
  },
  readsCaptured: true,
  title: ({ output: values }) => (typeof values === 'string' ? `output of ${values}` : `output ${Object.keys(values).join(', ')}`),
  code(item, context) {
    const values = typeof item.output === 'string' ? valueOf(item.output, context) : item.output;
    const text = `${JSON.stringify(values ?? {}, null, 2)}\n`;
    if (context.holdsSecret(text)) context.problem('An output holds a secret, and outputs are shown.', 'Let the role that needs it declare the same secret.');
    return feed('publish', text);
  },
};
