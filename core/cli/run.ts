// prybar run …

import type { Command } from 'commander';
import * as colours from './colours.ts';
import type { LoggedEvent, RunHit } from '../api/contract.ts';
import { DURATION, millisecondsOf } from '../model/duration.ts';
import { problem, ProblemError } from '../model/problem.ts';
import type { Run } from '../model/run.ts';
import type { Cli } from './cli.ts';
import { coloured, problemLines, show, table, when } from './output.ts';
import { checkNow, driftText } from './watch.ts';

const FOLLOW_MS = 500;

export function runCommands(program: Command, { client, output }: Cli): void {
  const run = program.command('run').description('what was done');

  filtered(run.command('list').description('runs, newest first')).action(async (options: Filter) => {
    const runs = await client().call('GET /runs', { query: queryOf(options) });
    show(output, runs, () => table(['RUN', 'ROLE', 'MACHINE', 'STARTED', 'SECONDS', 'OUTCOME', 'CHANGED'], runs.map(row), 'Nothing has been run yet.'));
  });

  filtered(run.command('search <text...>').description('lines that runs said, newest first: all these words, or beginnings of words, in one of them')).action(
    async (words: string[], options: Filter) => {
      const hits = await client().call('GET /runs/search', { query: { ...queryOf(options), text: words.join(' ') } });
      show(output, hits, () => table(['RUN', 'ROLE', 'MACHINE', 'AT', 'RESOURCE', 'LINE'], hits.map(hitRow), 'No run has said that.'));
    },
  );

  run
    .command('prune')
    .description('delete what the settings do not keep of the history')
    .option('--dry-run', 'only say how much that is')
    .action(async (options: { dryRun?: boolean }) => {
      const gone = await client().call('POST /runs/prune', { body: options });
      show(output, gone, () => `${gone.runs} runs with ${gone.events} lines of log ${options.dryRun ? 'would be' : 'were'} deleted.`);
    });

  run
    .command('log <id>')
    .description('what a run said')
    .option('-f, --follow', 'go on until it has ended')
    .action(async (id: string, options: { follow?: boolean }) => {
      if (!/^\d+$/.test(id)) throw new ProblemError(problem(`${id} is not the number of a run.`, undefined, 'See: prybar run list'));
      const api = client();
      const params = { id: Number(id) };
      let after = 0;
      for (;;) {
        const found = await api.call('GET /runs/:id', { params });
        const events = await api.call('GET /runs/:id/log', { params, query: { after } });
        after = events.at(-1)?.seq ?? after;
        if (output.json) for (const event of events) output.write(`${JSON.stringify(event)}\n`);
        else output.write(events.map(logLine).join(''));
        if (!options.follow || found.endedAt) {
          if (!output.json) output.write(ending(found));
          return;
        }
        await new Promise((resolve) => setTimeout(resolve, FOLLOW_MS));
      }
    });

  run
    .command('cancel <id>')
    .description('end an attempt that is running')
    .action(async (id: string) => {
      await client().call('POST /runs/:id/cancel', { params: { id: Number(id) } });
      show(output, { cancelled: Number(id) }, () => `Run ${id} is being stopped.`);
    });

  run
    .command('retry <key>')
    .description('try a failed or outdated node-role again (deployment/role@node-id)')
    .action(async (key: string) => {
      await client().call('POST /node-roles/:key/retry', { params: { key } });
      show(output, { retry: key }, () => `${key} is tried again.`);
    });

  run
    .command('check <key>')
    .description('look now what a node-role that is done would change; nothing is changed')
    .action(async (key: string) => {
      const found = await checkNow(client(), key);
      show(output, found, () => driftText(found));
    });
}

type Filter = { node?: string; role?: string; deployment?: string; outcome?: Run['outcome'] | 'running'; since?: string; until?: string; limit: string };

const filtered = (command: Command): Command =>
  command
    .option('--node <name>')
    .option('--role <role>')
    .option('--deployment <name>')
    .option('--outcome <word>', 'done, failed, notYet, lost, interrupted, cancelled or running')
    .option('--since <when>', 'started then or later: 2026-07-31, 2026-07-31T14:00, or 90m, 6h, 2d ago')
    .option('--until <when>', 'started then or earlier')
    .option('--limit <n>', 'at most so many', '30');

function queryOf({ node, role, deployment, outcome, since, until, limit }: Filter) {
  return {
    ...(node && { node }),
    ...(role && { role }),
    ...(deployment && { deployment }),
    ...(outcome && { outcome }),
    ...(since && { since: timeOf(since) }),
    ...(until && { until: timeOf(until) }),
    limit: Number(limit),
  };
}

/** A date, with or without a time, or so long ago: Unix ms. */
export function timeOf(text: string): number {
  const time = new RegExp(DURATION).test(text) ? Date.now() - millisecondsOf(text) : new Date(/T/.test(text) ? text : `${text}T00:00`).getTime();
  if (Number.isNaN(time))
    throw new ProblemError(problem(`${text} is neither a time nor a length of time.`, undefined, 'Write 2026-07-31, 2026-07-31T14:00, or 90m, 6h, 2d.'));
  return time;
}

const LINE = 100;

const hitRow = ({ run, at, line, resource }: RunHit): string[] => [
  String(run.id),
  run.role,
  run.nodeName,
  when(at),
  resource ?? '',
  line.trim().length > LINE ? `${line.trim().slice(0, LINE)}…` : line.trim(),
];

function row(run: Run): string[] {
  const seconds = run.endedAt ? ((run.endedAt - run.startedAt) / 1000).toFixed(1) : '';
  return [
    String(run.id),
    run.mode === 'remove' ? `${run.role} (undo)` : run.role,
    run.nodeName,
    when(run.startedAt),
    seconds,
    coloured(run.outcome ?? 'running'),
    String(run.counts?.changed ?? 0),
  ];
}

export function logLine({ event }: LoggedEvent): string {
  switch (event.kind) {
    case 'begin':
      return '';
    case 'end': {
      const diff = event.diff ? `${diffLines(event.diff)}\n` : '';
      return `${coloured(event.result).padEnd(8)} ${event.name} ${colours.dim(`${event.seconds} s`)}${event.reason ? `\n         ${event.reason.replaceAll('\n', '\n         ')}` : ''}\n${diff}`;
    }
    case 'log':
      return `         ${colours.dim(event.text.trimEnd())}\n`;
    case 'output':
      return `output   ${JSON.stringify(event.values)}\n`;
  }
}

/** A unified diff in colours, indented. */
export const diffLines = (diff: string): string => diff.trimEnd().split('\n').map(diffLine).join('\n');

function diffLine(line: string): string {
  const text = `         ${line}`;
  return line.startsWith('+') ? colours.green(text) : line.startsWith('-') ? colours.red(text) : text;
}

function ending(run: Run): string {
  if (!run.endedAt) return `${coloured('running')} since ${when(run.startedAt)}\n`;
  return `${coloured(run.outcome!)} after ${((run.endedAt - run.startedAt) / 1000).toFixed(1)} s\n${run.problem ? `${problemLines([run.problem])}\n` : ''}`;
}
