// A secret that a person types, unseen, or a program gives on standard input. Never as an argument: those are seen by everybody on the machine.

import { problem, ProblemError } from '../model/problem.ts';

/** Asks at the terminal, twice; `piped` takes standard input as it is, without the end of its line. */
export async function askSecret(prompt: string, piped = false): Promise<string> {
  const text = piped ? (await readAll(process.stdin)).replace(/\r?\n$/, '') : await typed(`${prompt}: `);
  if (text === '') throw new ProblemError(problem('Nothing was given.', undefined, piped ? 'printf %s TEXT | prybar … --stdin' : 'Type it, then press Enter.'));
  if (!piped && (await typed(`${prompt}, again: `)) !== text)
    throw new ProblemError(problem('The two are not the same.', undefined, 'Try again; nothing was changed.'));
  return text;
}

async function readAll(stream: NodeJS.ReadableStream): Promise<string> {
  let text = '';
  for await (const chunk of stream) text += String(chunk);
  return text;
}

const END = new Set(['\r', '\n', '\u0004']);
const RUB_OUT = new Set(['\u007f', '\b']);

async function typed(prompt: string): Promise<string> {
  const { stdin, stderr } = process;
  if (!stdin.isTTY) throw new ProblemError(problem('Nobody is at a terminal to be asked.', undefined, 'Give it on standard input: --stdin'));
  stderr.write(prompt);
  stdin.setRawMode(true).setEncoding('utf8').resume();
  try {
    return await new Promise<string>((resolve, reject) => {
      let text = '';
      const take = (chunk: string) => {
        for (const letter of chunk) {
          if (letter === '\u0003') return finish(() => reject(new ProblemError(problem('Nothing was done.'))));
          if (END.has(letter)) return finish(() => resolve(text));
          text = RUB_OUT.has(letter) ? Array.from(text).slice(0, -1).join('') : text + letter;
        }
      };
      const finish = (then: () => void) => {
        stdin.off('data', take);
        then();
      };
      stdin.on('data', take);
    });
  } finally {
    stdin.setRawMode(false).pause();
    stderr.write('\n');
  }
}
