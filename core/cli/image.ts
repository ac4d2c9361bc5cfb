// prybar image … Operating systems that machines can be given.

import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import type { Body, ImageView } from '../api/contract.ts';
import { ProblemError } from '../model/problem.ts';
import type { Cli } from './cli.ts';
import type { Client } from './client.ts';
import { bar, bytes, show, table, when } from './output.ts';

export function imageCommands(program: Command, { client, output }: Cli): void {
  const image = program.command('image').description('operating systems that machines can be given');
  const shortDigest = (digest: string): string => digest.slice(0, 12);
  const standing = ({ present, signed }: ImageView): string => (!present ? 'file is gone' : signed ? 'ready' : 'signature does not fit');
  const described = (found: ImageView): string =>
    table(
      ['IMAGE', found.name],
      [
        ['version', found.version],
        ['platform', found.platform],
        ['state', standing(found)],
        ['digest', `sha256 ${found.digest}`],
        ['unpacked', `sha256 ${found.rawDigest}`],
        ['size', `${bytes(found.bytes)}, ${bytes(found.rawBytes)} on disk, then as large as the disk`],
        ['signed with', found.signature.publicKey],
        ['built', when(found.createdAt)],
        ['recipe', found.provenance.recipe],
        ['from', found.provenance.sources.join('\n')],
        ['packages', `${found.provenance.packages.length}${found.provenance.extraPackages.length ? `, with ${found.provenance.extraPackages.join(' ')}` : ''}`],
        ['file', found.file],
        ['contents', found.sbom],
      ].flatMap(([name, value]) => value!.split('\n').map((line, index) => [index ? '' : name!, line])),
      '',
    );

  image
    .command('list')
    .description('which there are')
    .action(async () => {
      const all = await client().call('GET /images');
      show(output, all, () =>
        table(
          ['IMAGE', 'VERSION', 'PLATFORM', 'SIZE', 'ON DISK', 'DIGEST', 'BUILT', 'STATE'],
          all.map((i) => [i.name, i.version, i.platform, bytes(i.bytes), bytes(i.rawBytes), shortDigest(i.digest), when(i.createdAt), standing(i)]),
          'There are none yet. Build one: prybar image build',
        ),
      );
    });
  image
    .command('show <name>')
    .description('what is in one, and who vouches for it; by name, name@version or digest')
    .action(async (name: string) => {
      const found = await client().call('GET /images/:name', { params: { name } });
      show(output, found, () => described(found));
    });
  image
    .command('build')
    .description('build one, and wait for it')
    .option('--name <name>', 'what it is called', 'debian-12')
    .option('--package <name...>', 'Debian packages to bake in')
    .option('--component <name...>', 'parts of Debian to take them from, as non-free-firmware')
    .action(async ({ name, package: packages, component }: { name: string; package?: string[]; component?: string[] }) => {
      const api = client();
      const components = component as NonNullable<Body<'POST /images'>['components']> | undefined;
      const { activity, at } = await api.call('POST /images', { body: { name, ...(packages && { packages }), ...(components && { components }) } });
      const found = await built(api, { id: activity, at, name }, output.json ? () => {} : progressLine());
      show(output, found, () => described(found));
    });
}

/** Waits for the build; its failure as the Problem it ended with. */
async function built(
  api: Client,
  { id, at, name }: { id: string; at: number; name: string },
  tell: (phase: string, fraction: number | undefined) => void,
): Promise<ImageView> {
  for (;;) {
    const { activities } = await api.call('GET /status');
    const activity = activities.find(({ id: its, startedAt }) => its === id && startedAt >= at);
    // Absent while it waits for builds before it.
    tell(activity?.phase ?? 'waiting', activity?.endedAt ? undefined : activity?.fraction);
    if (activity?.problem) throw new ProblemError(activity.problem);
    if (activity?.endedAt) return api.call('GET /images/:name', { params: { name } });
    await sleep(500);
  }
}

/** One line that is written over on a terminal, a line a phase elsewhere. */
function progressLine(): (phase: string, fraction: number | undefined) => void {
  let last = '';
  return (phase, fraction) => {
    if (process.stderr.isTTY) process.stderr.write(fraction === undefined ? '\r\u001b[K' : `\r\u001b[K${bar(fraction)} ${phase}`);
    else if (phase !== last) process.stderr.write(`${phase}\n`);
    last = phase;
  };
}
