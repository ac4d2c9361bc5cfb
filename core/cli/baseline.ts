// prybar node baseline|burn-in NAME: what a machine is made of, against what was accepted, and accepting it; and what it could do when it was new.

import type { Command } from 'commander';
import type { BaselineView, BurnInView } from '../api/contract.ts';
import type { Compared } from '../model/measurement.ts';
import type { Cli } from './cli.ts';
import { show, table, when } from './output.ts';

export function baselineCommands(program: Command, { client, output }: Cli): void {
  const node = program.commands.find((command) => command.name() === 'node')!;

  node
    .command('burn-in <name>')
    .description('what its burn-in measured, beside what is usual for its make and model')
    .action(async (name: string) => {
      const view = await client().call('GET /nodes/:id/burn-in', { params: { id: name } });
      show(output, view, () => measuredInWords(name, view));
    });

  node
    .command('baseline <name>')
    .description('what it is made of, against what was accepted: modules, disks, ports, cables, firmware, settings')
    .option('--accept', 'accept it as it is now')
    .option('--accept-like', 'accept it as it is now for all machines of its make and model')
    .action(async (name: string, options: { accept?: boolean; acceptLike?: boolean }) => {
      const params = { id: name };
      const scope = options.acceptLike ? ('shape' as const) : ('node' as const);
      const view =
        options.accept || options.acceptLike
          ? await client().call('PUT /nodes/:id/baseline', { params, body: { scope } })
          : await client().call('GET /nodes/:id/baseline', { params });
      show(output, view, () => inWords(name, view));
    });
}

function inWords(name: string, { accepted, differences, readAt, shape }: BaselineView): string {
  if (!accepted) return `Nothing was accepted of ${name} yet. As it is now: prybar node baseline ${name} --accept`;
  const whose = accepted.scope === 'shape' ? `like ${accepted.nodeName}, for every ${shape?.name ?? 'machine of its kind'}` : 'of this machine';
  const head = `Held against what was accepted ${whose} on ${when(accepted.at)}${accepted.by ? ` by ${accepted.by}` : ', when it was first seen'}.`;
  const asked = readAt === undefined ? 'Its controller told no versions and settings.' : `Its controller was read on ${when(readAt)}.`;
  const found = differences.length ? differences.map(({ text }) => `  ${text}`) : ['  No difference.'];
  return [head, asked, ...found].join('\n');
}

function measuredInWords(name: string, { measured, machines }: BurnInView): string {
  if (!measured) return `${name} was not burnt in yet, or it did not end well: prybar run list --node ${name}`;
  const skipped = measured.skipped.map(({ what, reason }) => `  ${what} was skipped: ${reason}`);
  const head = `Measured on ${when(measured.at)}; ${machines === 1 ? 'no other machine' : `${machines - 1} others`} of its make and model to compare it with.`;
  return [head, table(['WHAT', 'MEASURE', 'VALUE', 'USUAL', ''], measured.results.map(row), 'Nothing was measured.'), ...skipped].join('\n');
}

const row = ({ what, measure, value, unit, median, peers, unlike }: Compared): string[] => [
  what,
  measure,
  `${value} ${unit}`,
  median === undefined ? `only ${peers} measured` : `${median} ${unit}`,
  unlike ? `far ${unlike} the others` : '',
];
