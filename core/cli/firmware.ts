// prybar firmware … and prybar node firmware NAME: which versions machines have, whether they are accepted, and the files that they are brought to.

import { createHash } from 'node:crypto';
import { createReadStream, existsSync, openAsBlob } from 'node:fs';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Command } from 'commander';
import type { FirmwareMatrixView, FirmwareView } from '../api/contract.ts';
import { problem, ProblemError } from '../model/problem.ts';
import type { Cli } from './cli.ts';
import { bytes, show, table, when } from './output.ts';

type Verdict = FirmwareView['parts'][number]['verdict'];
const words: Record<Verdict, string> = { accepted: 'accepted', differs: 'not accepted', untold: '' };

export function firmwareCommands(program: Command, { client, output }: Cli): void {
  const node = program.commands.find((command) => command.name() === 'node')!;
  node
    .command('firmware <name>')
    .description('its versions of firmware, and which of them are accepted')
    .option('--read', 'ask its controller now')
    .action(async (name: string, { read = false }: { read?: boolean }) => {
      const params = { id: name };
      const view = read ? await client().call('POST /nodes/:id/firmware', { params }) : await client().call('GET /nodes/:id/firmware', { params });
      show(output, view, () => inWords(name, view));
    });

  const firmware = program.command('firmware').description('versions of firmware over all machines, and the files that they are brought to');
  firmware
    .command('list')
    .description('which component has which version on how many machines; of one component on which')
    .option('--differing', 'only versions that are not accepted')
    .option('--component <name>', 'only this one, with all its machines')
    .option('--with <version>', 'only this version, with all its machines')
    .action(async ({ differing = false, component, with: version }: { differing?: boolean; component?: string; with?: string }) => {
      const view = await client().call('GET /firmware', { query: { ...(component && { component }), ...(version && { version }) } });
      const wanted = differing ? onlyDiffering(view) : view;
      const none = differing
        ? 'Nothing differs from what is accepted.'
        : component || version
          ? 'No machine has that.'
          : 'Nothing is known yet: machines tell their firmware when they are discovered.';
      show(output, wanted, () => matrixInWords(wanted, none));
    });
  firmware
    .command('files')
    .description('the files that the admin node keeps')
    .action(async () => {
      const files = await client().call('GET /firmware-files');
      const rows = files.map(({ name, bytes: size, digest, by, at, usedBy }) => [name, bytes(size), digest, by, when(at), usedBy.join(' ')]);
      show(output, files, () =>
        table(['FILE', 'SIZE', 'SHA-256', 'GIVEN BY', 'GIVEN', 'USED BY'], rows, 'There are none. Give it one: prybar firmware add FILE'),
      );
    });
  firmware
    .command('add <file>')
    .description('give the admin node a file of a vendor; it signs it, and prints what proposals name it by')
    .action(async (file: string) => {
      if (!existsSync(file)) throw new ProblemError(problem(`There is no file ${file}.`, { file }, 'Name the file as the vendor gives it.'));
      const hash = createHash('sha256');
      await pipeline(createReadStream(file), hash);
      const query = { name: path.basename(file), sha256: hash.digest('hex') };
      const kept = await client().call('POST /firmware-files', { query, file: await openAsBlob(file) });
      show(output, kept, () => `${kept.name} is kept (${bytes(kept.bytes)}). In a proposal of firmware: bring: { version: …, sha256: ${kept.digest} }`);
    });
  firmware
    .command('remove <sha256>')
    .description('remove a file, unless a proposal names it')
    .action(async (sha256: string) => {
      await client().call('DELETE /firmware-files/:sha256', { params: { sha256 } });
      show(output, { removed: sha256 }, () => 'It is removed.');
    });
}

function inWords(name: string, { parts, readAt, watched, update }: FirmwareView): string {
  const rows = parts.map(({ name: part, version, verdict, accept = [], bring, told, updateable }) => [
    part,
    version,
    words[verdict],
    [...new Set([...accept, ...(bring ? [bring] : [])])].join(', '),
    told === 'system' ? 'the system' : updateable ? 'its controller' : 'its controller; cannot be updated',
  ]);
  return [
    readAt === undefined
      ? `The controller of ${name} has told nothing. Ask it: prybar node firmware ${name} --read`
      : `Its controller was read on ${when(readAt)}.`,
    ...(watched ? [] : ['No role holds it against what is accepted: give it the role firmware.']),
    ...(update ? [`${update.part} is being updated from ${update.from} to ${update.to}, since ${when(update.at)}.`] : []),
    table(['COMPONENT', 'VERSION', '', 'ACCEPTED ARE', 'TOLD BY'], rows, 'Nothing is known of its firmware.'),
  ].join('\n');
}

function onlyDiffering(view: FirmwareMatrixView): FirmwareMatrixView {
  const rows = view.rows.map((row) => ({ ...row, versions: row.versions.filter(({ verdict }) => verdict === 'differs') }));
  return { ...view, rows: rows.filter(({ versions }) => versions.length) };
}

function matrixInWords({ rows, known, told, watched }: FirmwareMatrixView, none: string): string {
  const lines = rows.flatMap(({ shape, component, versions }) =>
    versions.map(({ version, verdict, count, machines }) => [
      shape || 'of unknown make',
      component,
      version,
      words[verdict],
      String(count),
      `${machines.join(' ')}${machines.length < count ? ' …' : ''}`,
    ]),
  );
  const head = `Of ${known} machines something is known; ${told} of them were told by their controllers, and ${watched} are held against what is accepted.`;
  return [head, table(['MACHINES OF', 'COMPONENT', 'VERSION', '', 'COUNT', 'MACHINES'], lines, none)].join('\n');
}
