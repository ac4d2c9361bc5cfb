// What people see of trials: what is running at the moment, and in the end a row for each case, with what failed above it.

import colours from 'picocolors';
import type { Attempt } from '../author/converge.ts';
import { type CaseReport, type Step, verdictOf } from '../author/trial.ts';
import type { Row } from '../author/trials.ts';
import { problemLines, table } from './output.ts';

/** Skipped is not passed: what automake and others take this status for. */
export const SKIPPED = 77;

/** 1 when a case failed, 77 when none could be tried. */
export function statusOf(rows: Row[]): number {
  const verdicts = rows.map(verdictOf);
  if (verdicts.includes('failed')) return 1;
  return verdicts.includes('passed') ? 0 : SKIPPED;
}

export function stepLine({ case: test, name, seconds }: Step): string {
  return seconds === undefined ? colours.bold(`${test}: ${name}`) : `${test}: ${name} took ${seconds} s`;
}

/** `  n1  ntp-server  done in 12.3 s, changed 4`. Nothing while it goes from one resource to the next. */
export function attemptLine({ node, role, mode, seconds, outcome, changed, at }: Attempt): string | undefined {
  const name = `  ${node}  ${mode === 'apply' || mode === 'smoke' ? role : `${mode} ${role}`}`;
  if (outcome) {
    const how = outcome.kind === 'done' ? colours.green('done') : outcome.kind === 'notYet' ? colours.yellow('not yet') : colours.red(outcome.kind);
    return `${name}  ${how} in ${seconds} s${changed.length ? `, changed ${changed.length}` : ''}${outcome.kind === 'notYet' ? `: ${outcome.reason}` : ''}`;
  }
  return at === undefined ? `${name}  begins` : undefined;
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
