// prybar backup … What the admin node knows, taken elsewhere, and put back where no admin node runs.

import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import path from 'node:path';
import type { Command } from 'commander';
import { restore } from '../backup/restore.ts';
import { ProblemError } from '../model/problem.ts';
import type { Cli } from './cli.ts';
import { bytes, show, table, when } from './output.ts';

export function backupCommands(program: Command, { client, output }: Cli): void {
  const backup = program.command('backup').description('what the admin node knows, taken elsewhere and put back');
  backup
    .command('make')
    .description('make one while everything runs, and write it to a file')
    .option('--to <file>', 'where to; in this folder, by its name, unless told')
    .option('--seal-for <key>', 'only this key opens it: ssh-ed25519 …, ssh-rsa … or age1…')
    .action(async ({ to, sealFor }: { to?: string; sealFor?: string }) => {
      const made = await client().call('POST /backups', { body: { ...(sealFor !== undefined && { sealFor }) } });
      const file = path.resolve(to ?? made.name);
      await download(made.name, file);
      show(
        output,
        { ...made, file },
        () => `${file}, ${bytes(made.bytes)}.${made.sealed ? '' : ' It opens everything that this admin node opens: keep it as you keep that.'}`,
      );
    });
  backup
    .command('list')
    .description('those that lie on the admin node')
    .action(async () => {
      const all = await client().call('GET /backups');
      show(output, all, () =>
        table(
          ['BACKUP', 'OF', 'SIZE', 'SEALED'],
          all.map((one) => [one.name, when(one.at), bytes(one.bytes), one.sealed ? 'yes' : '']),
          'There is none yet. Make one: prybar backup make',
        ),
      );
    });
  backup
    .command('restore <file>')
    .description('put one into the state folder of an admin node that does not run')
    .option('--identity <file>', 'key that opens one that is sealed')
    .option('--over', 'also where there are facts already; these are put aside')
    .action((file: string, { identity, over }: { identity?: string; over?: boolean }) => {
      const { state } = program.opts<{ state: string }>();
      const restored = restore(path.resolve(file), { state, now: Date.now(), ...(identity !== undefined && { identity }), ...(over && { over }) });
      if (!restored.ok) throw new ProblemError(restored.problems);
      const { at, host, aside } = restored.value;
      show(output, restored.value, () =>
        [
          `${state} is as ${host} was ${when(at)}.`,
          ...(aside ? [`What was there is in ${aside}.`] : []),
          'Start the admin node: npm start. What it did since then is unknown to it: look through the plan before you let it go on.',
        ].join('\n'),
      );
    });

  async function download(name: string, file: string): Promise<void> {
    const api = client();
    const answer = await fetch(`${api.url}/api/v1/backups/${encodeURIComponent(name)}/download`, {
      method: 'POST',
      headers: { authorization: `Bearer ${api.token}` },
    });
    if (!answer.ok || !answer.body) throw new ProblemError(((await answer.json()) as { problems: ProblemError['problems'] }).problems, answer.status);
    await pipeline(Readable.fromWeb(answer.body), createWriteStream(file, { mode: 0o600 }));
  }
}
