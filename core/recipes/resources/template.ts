// template: a file made from a template of the role.

import { fileOptions, type FileOptions, putFile } from './file.ts';
import { absolutePath, type Resource } from './resource.ts';

type Template = FileOptions & { template: string; to: string };

export const template: Resource<Template> = {
  key: 'template',
  summary: 'A file made from one of the role’s templates.',
  properties: {
    template: { type: 'string', pattern: '^[^/].*\\.njk$', description: 'Name of the file in templates/.' },
    to: { ...absolutePath, description: 'Where the result goes, an absolute path.' },
    ...fileOptions,
  },
  required: ['to'],
  title: (item) => `template ${item.to}`,
  code(item, context) {
    const file = `templates/${item.template}`;
    const text = context.render(context.read(file).toString('utf8'), { ...context.where, file: context.besideRecipe(file), line: 1 });
    return putFile(item.to, text, item, context);
  },
};
