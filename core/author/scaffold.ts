// A new barclamp: the one in my-barclamp/, under another name. It works as it is, so that an author begins by changing it.

import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { bad, type Checked, ok, problem } from '../model/problem.ts';
import { readTree } from '../catalog/files.ts';

const original = path.join(import.meta.dirname, 'my-barclamp');
const NAME = path.basename(original);

/** Writes the folder `<parent>/<name>`; gives the paths of its files. */
export function scaffold(name: string, parent: string): Checked<{ folder: string; files: string[] }> {
  const folder = path.join(parent, name);
  if (!/^[a-z][a-z0-9-]*$/.test(name))
    return bad(problem(`${name} is no name for a barclamp.`, undefined, 'Use lower-case letters, digits and hyphens, beginning with a letter.'));
  if (existsSync(folder)) return bad(problem(`${folder} exists already.`, { file: folder }, 'Choose another name, or another place with --in.'));
  const files = [...readTree(original)].map(([file, content]) => [file.replaceAll(NAME, name), content.toString('utf8').replaceAll(NAME, name)] as const);
  for (const [file, text] of files) {
    mkdirSync(path.join(folder, path.dirname(file)), { recursive: true });
    writeFileSync(path.join(folder, file), text);
  }
  return ok({ folder, files: files.map(([file]) => file) });
}

/** For tests of the original itself. */
export const originalFolder = original;
