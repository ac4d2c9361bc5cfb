// file: a file with this content, these permissions.

import { feed, feedCode, sh, shellFunction } from '../shell.ts';
import { absolutePath, type Context, ownership, plainMode, type Resource, shellCode } from './resource.ts';

export type FileOptions = {
  mode?: string;
  owner?: string;
  group?: string;
  backup?: boolean;
  validate?: string;
  sensitive?: boolean;
};

type File = FileOptions & { file: string; content?: string; source?: string; state: 'present' | 'absent' | 'original' };

/** Properties of every resource that writes whole files. */
export const fileOptions = {
  ...ownership,
  backup: { type: 'boolean', description: 'Keep what was there before the first change, as <path>.before-prybar.' },
  validate: shellCode('Must succeed before the new file takes its place; `%s` stands for its path.'),
  sensitive: { type: 'boolean', description: 'Never show the content in diffs. Files that hold a secret of this role are never shown anyway.' },
};

export const file: Resource<File> = {
  key: 'file',
  summary: 'A file with this content, owner and mode.',
  properties: {
    file: absolutePath,
    content: { type: 'string', description: 'What it holds. Without `content` and `source` it only has to exist.' },
    source: { type: 'string', pattern: '^files/', description: 'A file of the role, copied as it is.' },
    state: { enum: ['present', 'absent', 'original'], default: 'present', description: '`original` brings back what `backup` kept.' },
    ...fileOptions,
  },
  rules: { not: { required: ['content', 'source'] } },
  title: (item) => `file ${item.file}`,
  code(item, context) {
    if (item.state === 'absent') return sh`remove_file ${item.file}`;
    if (item.state === 'original') return [...around(item, item.sensitive ? 'it is sensitive' : ''), sh`restore_file ${item.file}`].join('\n');
    const content = item.source === undefined ? item.content : context.read(item.source);
    if (content === undefined) return sh`keep_file ${item.file} ${plainMode(item.mode)} ${item.owner} ${item.group}`;
    return putFile(item.file, content, item, context);
  },
};

/** Code that makes `path` hold `content`. A secret in it keeps it from others' eyes, on the node and in the log. */
export function putFile(path: string, content: string | Buffer, options: FileOptions, context: Context): string {
  const secret = context.holdsSecret(content);
  const mode = plainMode(options.mode) ?? (secret ? '600' : undefined);
  if (secret && mode && Number.parseInt(mode, 8) & 0o007) {
    context.problem(
      `${path} would hold a secret that every user of the machine can read (mode ${mode}).`,
      'Give it a mode that ends in 0, and an owner or group that may read it.',
    );
  }
  const why = secret ? 'it holds a secret' : options.sensitive ? 'it is sensitive' : '';
  const lines = around(options, why);
  if (options.validate) lines.push(validateWith(options.validate, path, context));
  lines.push(feed(sh`put ${path} ${mode} ${options.owner} ${options.group}`, content));
  return lines.join('\n');
}

/** What the functions of file.sh find around them. */
export const around = (options: { backup?: boolean }, why: string): string[] => [
  ...(why ? [sh`hide_diff=${why}`] : []),
  ...(options.backup ? ['backup=yes'] : []),
];

// The candidate stands beside the file, because some services may read nothing but their own folder (AppArmor).
export function validateWith(text: string, path: string, context: Context): string {
  const candidate = path.replace(/[^/]*$/, (name) => `.${name}.prybar-new`);
  if (!/^[\w./@%+,:-]+$/.test(candidate))
    context.problem(`\`validate\` cannot be used with a path such as ${path}.`, 'Use a path without blanks and special characters.');
  return shellFunction('validate', feedCode("run_text ''", text.replaceAll('%s', candidate)));
}
