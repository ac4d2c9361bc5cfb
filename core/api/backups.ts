// Backups of what the admin node knows: made, listed, handed out, removed. Restoring one is done where no admin node runs: prybar backup restore.

import { type Context, type Handlers, notFound } from './context.ts';
import { FileAnswer } from './file-answer.ts';

function fileOf({ backups }: Context, name: string): string {
  const file = backups.fileOf(name);
  if (!file) throw notFound(`There is no backup ${name}.`, 'See: prybar backup list');
  return file;
}

export const backups = {
  'GET /backups': async (context) => context.backups.list(),
  'POST /backups': async (context, { body }) => context.backups.make(body),
  'POST /backups/:name/download': async (context, { params }) => new FileAnswer(fileOf(context, params.name), params.name),
  'DELETE /backups/:name': async (context, { params }) => {
    fileOf(context, params.name);
    context.backups.remove(params.name);
    return {};
  },
} satisfies Partial<Handlers>;
