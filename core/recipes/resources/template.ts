// template: a file made from a template of the role.

import { fileOptions, type FileOptions, putFile } from './file.ts';
import { absolutePath, type Resource, templateName, textOf } from './resource.ts';

type Template = FileOptions & { template: string; to: string };

export const template: Resource<Template> = {
  key: 'template',
  summary: 'A file made from one of the role’s templates.',
  properties: {
    template: templateName,
    to: { ...absolutePath, description: 'Where the result goes, an absolute path.' },
    ...fileOptions,
  },
  required: ['to'],
  title: (item) => `template ${item.to}`,
  code: (item, context) => putFile(item.to, textOf(item.template, context), item, context),
};
