// prybar image … Operating systems that machines can be given.

import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import type { Body, ImageView } from '../api/contract.ts';
import { problem, ProblemError } from '../model/problem.ts';
import type { Architecture } from '../model/architecture.ts';
import { type CapturedLayout, usualNameFor } from '../model/image.ts';
import type { Cli } from './cli.ts';
import type { Client } from './client.ts';
import { bytes, progressLine, show, table, when } from './output.ts';

export function imageCommands(program: Command, { client, output }: Cli): void {
  const image = program.command('image').description('operating systems that machines can be given');
  const shortDigest = (digest: string): string => digest.slice(0, 12);
  const standing = ({ present, signed }: ImageView): string => (!present ? 'file is gone' : signed ? 'ready' : 'signature does not fit');
  const originOf = ({ createdAt, provenance: { recipe, sources, captured, imported } }: ImageView): [string, string][] =>
    imported
      ? [
          ['imported', `${when(imported.at)} by ${imported.by}`],
          ['from', imported.folder],
        ]
      : captured
        ? [
            ['captured', when(captured.at)],
            ['from', `${captured.nodeName}${captured.serial ? ` (${captured.serial})` : ''}, asked for by ${captured.by}`],
            ['sent', `sha256 ${captured.sent}`],
            ['left out', captured.leftOut.join('\n')],
          ]
        : [
            ['built', when(createdAt)],
            ['recipe', recipe],
            ['from', sources.join('\n')],
          ];
  const layoutLine = ({ disks, volumes }: CapturedLayout[number]): string =>
    `${disks.count > 1 ? `mirror of ${disks.count} disks` : 'one disk'}: ${volumes
      .map((volume) =>
        'group' in volume
          ? `group ${volume.group}${volume.encrypted ? ', encrypted' : ''} (${volume.volumes.map(volumeWord).join(', ')})`
          : volumeWord(volume) + (volume.encrypted ? ', encrypted' : ''),
      )
      .join(', ')}`;
  const volumeWord = (volume: { was: number } & ({ swap: true } | { mount: string; format: string })): string =>
    `${'swap' in volume ? 'swap' : `${volume.mount} ${volume.format}`} ${bytes(volume.was * 2 ** 20)}`;
  const described = (found: ImageView): string =>
    table(
      ['IMAGE', found.name],
      [
        ['version', found.version],
        ['platform', [found.platform, found.architecture].filter(Boolean).join(' for ')],
        ['state', standing(found)],
        ['digest', `sha256 ${found.digest}`],
        ['unpacked', found.rawDigest && `sha256 ${found.rawDigest}`],
        ['size', `${bytes(found.bytes)}, ${bytes(found.rawBytes)} on disk${found.tree ? '' : ', then as large as the disk'}`],
        ['layout', found.tree ? found.tree.layout.map(layoutLine).join('\n') : ''],
        ['signed with', found.signature.publicKey],
        ...originOf(found),
        ['used by', found.usedBy.join(' ')],
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
          ['IMAGE', 'VERSION', 'ORIGIN', 'SIZE', 'ON DISK', 'DIGEST', 'MADE', 'USED BY', 'STATE'],
          all.map((i) => [
            i.name,
            i.version,
            i.provenance.captured ? `captured from ${i.provenance.captured.nodeName}` : i.provenance.imported ? 'imported' : 'built',
            bytes(i.bytes),
            bytes(i.rawBytes),
            shortDigest(i.digest),
            when(i.createdAt),
            i.usedBy.join(' '),
            standing(i),
          ]),
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
    .option('--name <name>', 'what it is called; debian-12 unless told, debian-12-arm64 for arm64')
    .option('--package <name...>', 'Debian packages to bake in')
    .option('--component <name...>', 'parts of Debian to take them from, as non-free-firmware')
    .option('--architecture <name>', 'amd64 or arm64, of the processors that run it', 'amd64')
    .action(async (options: { name?: string; package?: string[]; component?: string[]; architecture: string }) => {
      const { package: packages, component } = options;
      const api = client();
      // Another one is refused by the admin node, which says which there are.
      const architecture = options.architecture as Architecture;
      const name = options.name ?? usualNameFor(architecture);
      const components = component as NonNullable<Body<'POST /images'>['components']> | undefined;
      const { activity, at } = await api.call('POST /images', {
        body: { name, ...(packages && { packages }), ...(components && { components }), architecture },
      });
      const found = await built(api, { id: activity, at, name }, output.json ? () => {} : progressLine());
      show(output, found, () => described(found));
    });
  image
    .command('import <folder>')
    .description('bring a disk that Clonezilla saved, from a folder on the admin node, and wait for it')
    .requiredOption('--name <name>', 'what it is called')
    .option('--platform <platform>', 'what is on the disk', 'debian-12')
    .action(async (folder: string, { name, platform }: { name: string; platform: string }) => {
      const api = client();
      const { activity, at } = await api.call('POST /images/import', { body: { folder: path.resolve(folder), name, platform } });
      const found = await built(api, { id: activity, at, name }, output.json ? () => {} : progressLine());
      show(output, found, () => described(found));
    });
  image
    .command('capture <node>')
    .description('make one of the system on the disk of a machine, without what makes it that machine, and wait for it')
    .option('--name <name>', 'what it is called')
    .option('--no-wait', 'only begin')
    .option('--stop', 'call it off')
    .action(async (node: string, options: { name?: string; wait: boolean; stop?: boolean }) => {
      const api = client();
      if (options.stop) {
        const kept = await api.call('DELETE /nodes/:id/capture', { params: { id: node } });
        return show(output, kept, () => `No image is made of ${kept.name}.`);
      }
      if (!options.name) throw new ProblemError(problem('The image needs a name.', undefined, `prybar image capture ${node} --name NAME`));
      const asked = await api.call('POST /nodes/:id/capture', { params: { id: node }, body: { name: options.name } });
      if (!options.wait) return show(output, asked, () => `${node} is started into the discovery image. When it is done: prybar image show ${options.name}`);
      let last = '';
      const found = await captured(api, node, asked, (text) => {
        if (!output.json && text !== last) process.stderr.write(`${text}\n`);
        last = text;
      });
      show(output, found, () => described(found));
    });
  image
    .command('remove <name>')
    .description('remove one and its file, unless a proposal names it; by name, name@version or digest')
    .action(async (name: string) => {
      await client().call('DELETE /images/:name', { params: { name } });
      show(output, { removed: name }, () => `${name} is removed.`);
    });
  image
    .command('prune')
    .description('remove those of which there is a newer one and that no proposal names')
    .option('--dry-run', 'only list them')
    .action(async ({ dryRun = false }: { dryRun?: boolean }) => {
      const gone = await client().call('POST /images/prune', { body: { dryRun } });
      show(output, gone, () =>
        table(
          ['IMAGE', 'VERSION', 'SIZE', 'DIGEST'],
          gone.map((i) => [i.name, i.version, bytes(i.bytes), shortDigest(i.digest)]),
          'There is none that could go.',
        ),
      );
    });
}

/** Waits until it is in the catalogue; what the role failed with as a Problem. */
async function captured(api: Client, node: string, { key, at }: { key: string; at: number }, tell: (text: string) => void): Promise<ImageView> {
  for (;;) {
    const [run] = await api.call('GET /runs', { query: { key, since: at, limit: 1 } });
    if (run?.outcome === 'done') return api.call('GET /images/:name', { params: { name: String(run.outputs!.image) } });
    if (run?.outcome === 'failed') throw new ProblemError(run.problem!);
    const { capture } = await api.call('GET /nodes/:id', { params: { id: node } });
    if (capture?.at !== at) throw new ProblemError(problem(`Making an image of ${node} was called off.`));
    const log = run && !run.endedAt ? await api.call('GET /runs/:id/log', { params: { id: run.id } }) : [];
    const last = log.findLast(({ event }) => event.kind === 'log')?.event;
    if (last?.kind === 'log') tell(last.text);
    await sleep(1000);
  }
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
