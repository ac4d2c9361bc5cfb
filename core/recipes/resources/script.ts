// script: a file of the role, run on the node by the interpreter its first line names. Guards as for `command`.

import { feed, sh } from '../shell.ts';
import { commandOptions, type CommandOptions, commandRules, guardedCode } from './command.ts';
import type { Resource } from './resource.ts';

type Script = CommandOptions & { script: string; arguments: string[] };

export const script: Resource<Script> = {
  key: 'script',
  summary: 'A file of the role, run by the interpreter its first line names, with a guard that makes it idempotent.',
  properties: {
    script: { type: 'string', pattern: '^files/', description: 'The file, which begins with #! and an interpreter.' },
    arguments: { type: 'array', items: { type: 'string' }, default: [], description: 'Taken literally.' },
    ...commandOptions,
  },
  rules: commandRules,
  title: (item) => [item.script.replace('files/', 'script '), ...item.arguments].join(' '),
  code(item, context) {
    const content = context.read(item.script);
    const interpreter = interpreterOf(content);
    if (!interpreter.length) context.problem(`${item.script} does not say what runs it.`, 'Begin it with a line such as #!/bin/sh.');
    return [
      feed('cat >"$at.script"', content),
      guardedCode(item, sh`run_script ${item.user} ${interpreter} -- ${item.arguments}`, content.toString('latin1')),
    ].join('\n');
  },
  onNotify: (item) => (item.onNotify ? { name: script.title(item) } : undefined),
};

/** The interpreter of a script and its options, by its first line; empty when that names none. */
export const interpreterOf = (content: Buffer): string[] => /^#! *([^\n]+)\n/.exec(content.toString('latin1'))?.[1]?.trim().split(/\s+/) ?? [];
