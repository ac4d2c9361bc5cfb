// The script jig: a role whose folder holds a script called `apply` instead of a recipe. It becomes the same kind of program as a
// recipe, with the same lock and report. The contract with the script: it finds `inputs.json` in its directory, leaves what it
// publishes in `outputs.json` and, if it likes, what it changed in `changes.txt`; exit status 0 is done, 75 not yet, others failed.

import { bad, type Checked, problem } from '../model/problem.ts';
import type { SecretValue } from '../model/secret.ts';
import { type Compiled, type Folders, writeProgram } from './program.ts';
import { interpreterOf } from './resources/script.ts';
import { code, feed, sh } from './shell.ts';

export type ScriptInput = {
  /** `role on node`, as for recipes. */
  name: string;
  /** `roles/x/apply`, for messages. */
  file: string;
  content: Buffer;
  /** What the script may know: becomes `inputs.json`. */
  inputs: Record<string, unknown>;
  /** Those in `inputs` that are not for people's eyes. */
  secrets: Record<string, SecretValue>;
  /** Other files of the role's folder, which the script finds beside it. */
  files?: ReadonlyMap<string, Buffer>;
  platform: string;
  mode: 'apply' | 'check';
  /** Time limit; an hour when absent. */
  seconds?: number;
  folders?: Folders;
};

export function compileScript(input: ScriptInput): Checked<Compiled> {
  const interpreter = interpreterOf(input.content);
  if (!interpreter.length)
    return bad(problem('The script does not say what runs it.', { file: input.file, line: 1 }, 'Begin it with a line such as #!/bin/sh.'));
  const name = input.file.split('/').at(-1)!;
  const files: [string, Buffer | string][] = [...(input.files ?? []), [name, input.content], ['inputs.json', `${JSON.stringify(input.inputs, null, 2)}\n`]];
  const folders = [...new Set(files.map(([path]) => path.split('/').slice(0, -1).join('/')).filter(Boolean))].sort();
  const lines = [
    'if [ "$mode" = check ]; then leave_out \'a script cannot say what it would change\'; fi',
    'mkdir "$at.folder"\ncd "$at.folder"',
    ...(folders.length ? [sh`mkdir -p -- ${folders}`] : []),
    ...files.map(([path, content]) => feed(sh`cat >${code(sh`./${path}`)}`, content)),
    // Given to its interpreter, because /run may be mounted noexec.
    sh`${interpreter} ${`./${name}`}`,
    'publish_results',
  ];
  return writeProgram(input, [
    { index: 1, name: `script ${name}`, where: { file: input.file, line: 1 }, seconds: input.seconds ?? 3600, notifies: [], code: lines.join('\n') },
  ]);
}
