// prybar node baseline NAME: what a machine is made of, against what was accepted, and accepting it.

import type { Command } from 'commander';
import type { BaselineView } from '../api/contract.ts';
import type { Cli } from './cli.ts';
import { show, when } from './output.ts';

export function baselineCommands(program: Command, { client, output }: Cli): void {
  program.commands
    .find((command) => command.name() === 'node')!
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
