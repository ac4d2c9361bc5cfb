// command: anything that has no resource of its own. A guard says when there is nothing to do, so that a second run changes nothing.

import { feed, feedCode, quote, sh, shellFunction } from '../shell.ts';
import { absolutePath, account, type Resource, shellCode } from './resource.ts';

export type CommandOptions = {
  unless?: string;
  creates?: string;
  changes?: false | string;
  onNotify?: 'run';
  capture?: string;
  cwd?: string;
  env?: Record<string, string>;
  user?: string;
  stdin?: string;
};

type Command = CommandOptions & { command: string | string[] };

/** Properties of every resource that runs an author's code. */
export const commandOptions = {
  unless: shellCode('Nothing is done when this succeeds. It must not change anything.'),
  creates: { ...absolutePath, description: 'Nothing is done when this path exists.' },
  changes: {
    type: ['boolean', 'string'],
    minLength: 1,
    not: { const: true },
    description: '`false`: it only looks, and runs in check mode too. A regular expression (grep -E): it changed something when its output matches.',
  },
  onNotify: { const: 'run', description: 'Runs once at the end, and only when something notified it.' },
  capture: {
    type: 'string',
    pattern: '^[a-z][A-Za-z0-9_]*$',
    description: 'Keeps its standard output: as $captured_NAME for later commands, as {{ captured.NAME }} for `output`.',
  },
  cwd: { type: 'string', pattern: '^/', description: 'Directory it runs in.' },
  env: {
    type: 'object',
    propertyNames: { pattern: '^[A-Za-z_][A-Za-z0-9_]*$' },
    additionalProperties: { type: 'string' },
    description: 'Environment. The place for secrets: unlike arguments, other users cannot see it.',
  },
  user: { ...account, description: 'Who runs it; root when absent.' },
  stdin: { type: 'string', description: 'What it reads from standard input.' },
};

export const commandRules = {
  // Without a guard a second run would do it all again.
  anyOf: [{ required: ['unless'] }, { required: ['creates'] }, { required: ['changes'] }, { required: ['onNotify'] }],
  // A command that a guard holds back has no output to keep.
  dependentRequired: { capture: ['changes'] },
};

export const command: Resource<Command> = {
  key: 'command',
  summary: 'A command or a few lines of sh, with a guard that makes it idempotent.',
  properties: {
    command: {
      type: ['string', 'array'],
      'x-shell': true,
      minLength: 1,
      items: { type: 'string' },
      minItems: 1,
      description: 'sh code, which stops at the first command that fails; or a list: one command and its arguments, taken literally.',
    },
    ...commandOptions,
  },
  rules: commandRules,
  title: (item) => `command ${codeOf(item).trim().split('\n')[0]}`,
  code: (item) => guardedCode(item, feedCode(sh`run_text ${item.user}`, codeOf(item)), codeOf(item)),
  onNotify: (item) => (item.onNotify ? { name: command.title(item) } : undefined),
};

const codeOf = (item: Command): string => (Array.isArray(item.command) ? item.command.map(quote).join(' ') : item.command);

/** Surroundings and guards around code that runs what the author wrote; `text` is searched for captured values it reads. */
export function guardedCode(options: CommandOptions, run: string, text: string): string {
  const lines: string[] = [];
  const reads = new Set([text, options.unless, options.stdin].flatMap((part) => [...(part ?? '').matchAll(/\bcaptured_(\w+)/g)].map((match) => match[1]!)));
  if (reads.size) lines.push(sh`with_captured ${[...reads]}`);
  for (const [name, value] of Object.entries(options.env ?? {})) lines.push(`export ${name}=${quote(value)}`);
  if (options.cwd) lines.push(sh`enter ${options.cwd}`);
  if (options.creates) lines.push(sh`if [ -e ${options.creates} ]; then return 0; fi`);
  if (options.unless) lines.push(`if ${feedCode(sh`run_text ${options.user} >/dev/null`, options.unless)}\nthen return 0; fi`);
  if (options.changes === undefined) lines.push('changing "+ $title" || return 0');
  const call = options.stdin === undefined ? run : `given | ${run}`;
  if (options.stdin !== undefined) lines.push(shellFunction('given', feed('cat', options.stdin)));
  if (!options.capture && !options.changes) return [...lines, call].join('\n');
  lines.push(shellFunction('author_code', call));
  lines.push(options.changes ? sh`run_and_look ${options.changes} ${options.capture}` : sh`capture ${options.capture}`);
  return lines.join('\n');
}
