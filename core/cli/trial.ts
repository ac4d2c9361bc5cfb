// What people see of trials: what is running at the moment, and in the end a row for each case, with what failed above it.

import * as colours from './colours.ts';
import type { Attempt } from '../author/converge.ts';
import { type CaseReport, verdictOf } from '../author/trial.ts';
import type { Row, TrialsOptions } from '../author/trials.ts';
import { problemLines, table } from './output.ts';

/** Skipped is not passed: what automake and others take this status for. */
export const SKIPPED = 77;

/** 1 when a case failed, 77 when none could be tried. */
export function statusOf(rows: Row[]): number {
  const verdicts = rows.map(verdictOf);
  if (verdicts.includes('failed')) return 1;
  return verdicts.includes('passed') ? 0 : SKIPPED;
}

/** Shows what happens: a line for what begins and ends and, on a terminal, one at the bottom for what is running and how long. */
export function followTrials(stream: NodeJS.WriteStream): Pick<TrialsOptions, 'onPhase' | 'onStep' | 'onAttempt' | 'onKept'> & { close(): void } {
  const running = new Map<string, Attempt>();
  const live = stream.isTTY;
  const bottom = (): void => {
    const now = [...running.values()].map(
      ({ node, role, at, startedAt }) => `${node} ${role}${at ? `: ${at}` : ''} ${Math.round((Date.now() - startedAt) / 1000)} s`,
    );
    stream.write(`\r\u001b[K${colours.dim(now.join(' · ').slice(0, stream.columns - 1))}`);
  };
  const timer = live ? setInterval(bottom, 1000) : undefined;
  const say = (line: string): void => void stream.write(live ? `\r\u001b[K${line}\n` : `${line}\n`);
  return {
    onPhase: say,
    onStep: ({ barclamp, case: test, name, seconds }) => {
      const text = `${barclamp} ${test}: ${name}`;
      say(seconds === undefined ? colours.bold(text) : `${text} took ${seconds} s`);
    },
    onAttempt: (attempt) => {
      const id = `${attempt.mode} ${attempt.key}`;
      if (attempt.outcome) running.delete(id);
      else running.set(id, attempt);
      const line = attemptLine(attempt);
      if (line !== undefined) say(line);
    },
    onKept: (commands) => say(['The machines wait; Ctrl-C removes them.', ...commands].join('\n')),
    close: () => clearInterval(timer),
  };
}

/** `  n1  ntp-server  done in 12.3 s, changed 4`. Nothing while it goes from one resource to the next. */
function attemptLine({ node, role, mode, seconds, outcome, changed, at }: Attempt): string | undefined {
  const name = `  ${node}  ${mode === 'apply' || mode === 'smoke' ? role : `${mode} ${role}`}`;
  if (!outcome) return at === undefined ? `${name}  begins` : undefined;
  const how = { done: colours.green('done'), notYet: colours.yellow('not yet'), failed: colours.red('failed'), lost: colours.red('lost') }[outcome.kind];
  return `${name}  ${how} in ${seconds} s${changed.length ? `, changed ${changed.length}` : ''}${outcome.kind === 'notYet' ? `: ${outcome.reason}` : ''}`;
}

/** Failures with the last lines of their runs, notes, and the table. */
export function trialText(rows: Row[]): string {
  const parts = rows.flatMap((row) => {
    const title = colours.bold([row.barclamp, row.case].filter(Boolean).join(' '));
    const failures = row.failures.map(({ problem, log }) => [problemLines([problem]), ...log.map((line) => `    ${colours.dim('|')} ${line}`)].join('\n'));
    const said = [...failures, ...row.notes.map((note) => `${colours.dim('note')} ${note}`), ...(row.skipped === undefined ? [] : [`skipped: ${row.skipped}`])];
    return said.length ? [`${title}\n${said.join('\n')}\n`] : [];
  });
  const head = ['BARCLAMP', 'CASE', 'NODES', 'APPLY', 'CHANGED AGAIN', 'HEALTH', 'SMOKE', 'LEFT BEHIND', 'VERDICT'];
  return [...parts, table(head, rows.map(cellsOf), 'There is nothing to try.')].join('\n');
}

const verdictColours = { passed: colours.green, failed: colours.red, skipped: colours.yellow };

function cellsOf(row: Row): string[] {
  const verdict = verdictOf(row);
  return [
    row.barclamp,
    row.case || '-',
    row.skipped === undefined && row.nodes ? String(row.nodes) : '-',
    row.applySeconds === undefined ? '-' : `${row.applySeconds} s`,
    row.changedAgain === undefined ? '-' : String(row.changedAgain.length),
    healthCell(row),
    row.smoke ?? '-',
    row.left === undefined ? '-' : String(row.left.length),
    verdictColours[verdict](verdict),
  ];
}

function healthCell({ health }: CaseReport): string {
  if (!health) return '-';
  if (health.failed) return `${health.failed} of ${health.passed + health.failed} failed`;
  return health.passed ? `${health.passed} passed` : 'none';
}
