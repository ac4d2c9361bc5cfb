// What the command line prints: tables for people, JSON for programs, colours only on a terminal.

import * as colours from './colours.ts';
import { createInterface } from 'node:readline/promises';
import { placeOf, problem, ProblemError, type Problem } from '../model/problem.ts';

export type Output = { json: boolean; write(text: string): void };

/** `value` as JSON where programs read, else the text made by `people`. */
export function show(output: Output, value: unknown, people: () => string): void {
  output.write(`${output.json ? JSON.stringify(value, null, 2) : people()}\n`);
}

/** Columns as wide as their widest cell. An empty table says `nothing`. */
export function table(head: string[], rows: string[][], nothing: string): string {
  if (!rows.length) return nothing;
  const widths = head.map((title, column) => Math.max(visible(title), ...rows.map((row) => visible(row[column] ?? ''))));
  const line = (cells: string[]) =>
    cells
      .map((cell, column) => cell + ' '.repeat(widths[column]! - visible(cell)))
      .join('  ')
      .trimEnd();
  return [colours.bold(line(head)), ...rows.map(line)].join('\n');
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: colour codes start with one
const visible = (text: string): number => text.replaceAll(/\u001b\[\d+m/g, '').length;

export function problemLines(problems: readonly Problem[]): string {
  return problems
    .map((p) => {
      const place = placeOf(p.where);
      const mark = p.severity === 'error' ? colours.red('✗') : colours.yellow('!');
      return [
        `${mark} ${p.summary}`,
        place && `  ${colours.dim('where')} ${place}`,
        p.detail && `    ${p.detail.replaceAll('\n', '\n    ')}`,
        p.next && `  ${colours.dim('next')}  ${p.next}`,
      ]
        .filter(Boolean)
        .join('\n');
    })
    .join('\n');
}

const stateColours: Record<string, (text: string) => string> = {
  done: colours.green,
  up: colours.green,
  well: colours.green,
  ok: colours.dim,
  running: colours.cyan,
  changed: colours.cyan,
  failed: colours.red,
  failing: colours.red,
  lost: colours.red,
  silent: colours.red,
  refused: colours.red,
  ailing: colours.yellow,
  waiting: colours.yellow,
  held: colours.yellow,
  fault: colours.red,
  'not seen': colours.red,
  seen: colours.green,
  warning: colours.yellow,
  partly: colours.yellow,
  outdated: colours.yellow,
  interrupted: colours.yellow,
};
export const coloured = (state: string): string => (stateColours[state] ?? String)(state);

export const when = (ms: number): string => new Date(ms).toLocaleString('sv-SE');

/** `45 s`, `12 min`, `3 h 20 min` */
export function duration(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 100) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 100 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

export function bytes(count: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  const power = Math.min(units.length - 1, Math.floor(Math.log2(Math.max(1, count)) / 10));
  return `${Math.round((count / 1024 ** power) * 10) / 10} ${units[power]}`;
}

/** `[#####.....] 43 %` */
export function bar(fraction: number, width = 24): string {
  const full = Math.round(Math.min(1, Math.max(0, fraction)) * width);
  return `[${'#'.repeat(full)}${'.'.repeat(width - full)}] ${String(Math.floor(fraction * 100)).padStart(3)} %`;
}

/** Returns when a person at the terminal says yes to what is shown; a Problem when they do not, or when nobody is there to ask. */
export async function confirmed(text: string, unasked: string): Promise<void> {
  if (!process.stdin.isTTY) throw new ProblemError(problem('This cannot be taken back, and nobody is at a terminal to be asked.', undefined, unasked));
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await terminal.question(`${text}\nType yes to do it: `).finally(() => terminal.close());
  if (answer.trim() !== 'yes') throw new ProblemError(problem('Nothing was done.', undefined, 'It is done when you type yes.'));
}

/** One line that is written over on a terminal, a line a phase elsewhere. */
export function progressLine(): (phase: string, fraction: number | undefined) => void {
  let last = '';
  return (phase, fraction) => {
    if (process.stderr.isTTY) process.stderr.write(fraction === undefined ? '\r\u001b[K' : `\r\u001b[K${bar(fraction)} ${phase}`);
    else if (phase && phase !== last) process.stderr.write(`${phase}\n`);
    last = phase;
  };
}
