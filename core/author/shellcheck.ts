// What shellcheck says about the sh code that authors write. Compiled programs carry it in here-documents, where shellcheck does not look.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Problem, problem, type Where, warning } from '../model/problem.ts';

export type Snippet = { text: string; where: Where };

type Finding = { file: string; line: number; code: number; message: string };

// 2016: values stand in single quotes as they are. 2148: there is no first line. 2154: $captured_… comes from outside.
const quiet = '--exclude=SC2016,SC2148,SC2154';

/** One process for all of them, because starting it costs more than looking. */
export function shellcheck(snippets: readonly Snippet[]): Problem[] {
  if (!snippets.length) return [];
  const folder = mkdtempSync(path.join(tmpdir(), 'prybar-shellcheck-'));
  try {
    for (const [index, { text }] of snippets.entries()) writeFileSync(path.join(folder, String(index)), text);
    const ran = spawnSync('shellcheck', ['--shell=sh', '--severity=info', quiet, '--format=json', ...snippets.map((_, index) => String(index))], {
      cwd: folder,
      encoding: 'utf8',
    });
    if (ran.error) return [warning('The sh code was not looked at: there is no shellcheck here.', undefined, 'Install it: apt-get install shellcheck')];
    return (JSON.parse(ran.stdout) as Finding[]).map(({ file, line, code, message }) => {
      const { text, where } = snippets[Number(file)]!;
      const culprit = text.split('\n')[line - 1]?.trim();
      return problem(`shellcheck says of \`${culprit}\`: ${message}`, where, `See https://www.shellcheck.net/wiki/SC${code}`);
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The author's sh code in a compiled program, each piece with the place it was written at. */
export function snippetsIn(program: string): Snippet[] {
  const found: Snippet[] = [];
  let where: Where = {};
  const lines = program.split('\n');
  for (let at = 0; at < lines.length; at++) {
    const place = /^# .*\(([^()]+):(\d+)\)$/.exec(lines[at]!);
    if (place) where = { file: place[1]!, line: Number(place[2]) };
    const mark = /\brun_text .* 3<<'(END(?:_\d+)?)'/.exec(lines[at]!)?.[1];
    if (!mark) continue;
    const end = lines.indexOf(mark, at + 1);
    found.push({ text: `${lines.slice(at + 1, end).join('\n')}\n`, where });
    at = end;
  }
  return found;
}
