// The sh functions programs are made of, from prelude.sh and the *.sh files of the resources and the jigs, and which of them a program needs.

import { readdirSync, readFileSync } from 'node:fs';

type ShellFunction = { name: string; text: string; uses: string[] };

const resources = new URL('./resources/', import.meta.url);
const files = [
  new URL('./prelude.sh', import.meta.url),
  new URL('./ansible/playbook.sh', import.meta.url),
  ...readdirSync(resources)
    .filter((name) => name.endsWith('.sh'))
    .sort()
    .map((name) => new URL(name, resources)),
];
const functions = files.flatMap((file) => functionsIn(readFileSync(file, 'utf8')));

/** The functions that this code calls, and those that they call, in the order of the files. */
export function preludeFor(code: string): string {
  const needed = new Set<string>();
  const need = (words: Iterable<string>): void => {
    const known = new Set(words);
    for (const { name, uses } of functions) {
      if (!known.has(name) || needed.has(name)) continue;
      needed.add(name);
      need(uses);
    }
  };
  need(wordsOf(code));
  return functions
    .filter(({ name }) => needed.has(name))
    .map(({ text }) => text)
    .join('\n\n');
}

// A function is its comment lines, a line `name() {` or `name() (`, and all up to a line that is only `}` or `)`.
function functionsIn(text: string): ShellFunction[] {
  return [...text.matchAll(/((?:^#.*\n)*)^(\w+)\(\) [{(]\n[\s\S]*?\n[})]$/gm)].map((match) => {
    const [whole, comment, name] = match as unknown as [string, string, string];
    return { name, text: whole, uses: wordsOf(whole.slice(comment.length)).filter((word) => word !== name) };
  });
}

// Comments are left out, so that a function is not carried because another one's comment names it.
function wordsOf(code: string): string[] {
  return code.replace(/(^|\s)#.*$/gm, '').match(/\w+/g) ?? [];
}
