// prybar barclamp … What is installed, and the tools for authors. Those work on folders and need no admin node; they are loaded when they
// are asked for, so that the other commands start as quickly as without them.

import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import path from 'node:path';
import { type Command, Option } from 'commander';
import { rcompare } from 'semver';
import type { BarclampView, InstalledView } from '../api/contract.ts';
import { type Checked, errorsIn, problem, type Problem, ProblemError } from '../model/problem.ts';
import type { Cli } from './cli.ts';
import type { Client } from './client.ts';
import { problemLines, show, table, when } from './output.ts';

export function barclampCommands(program: Command, cli: Cli): void {
  const barclamp = program.command('barclamp').description('what can be deployed, and tools to make more of it');
  listCommand(barclamp, cli);
  newCommand(barclamp, cli);
  lintCommand(barclamp, cli);
  testCommand(barclamp, cli);
  graphCommand(barclamp, cli);
  docsCommand(barclamp, cli);
  packCommand(barclamp, cli);
  publishCommand(barclamp, cli);
  installCommand(barclamp, cli);
  removeCommand(barclamp, cli);
  keyCommands(barclamp, cli);
}

function listCommand(barclamp: Command, { client, output }: Cli): void {
  barclamp
    .command('list')
    .description('what this admin node can deploy')
    .action(async () => {
      const all = await client().call('GET /barclamps');
      const origin = ({ origin, signedBy }: BarclampView): string => (origin === 'shipped' ? 'with Prybar' : signedBy ? 'installed' : 'installed, unsigned');
      show(output, all, () =>
        table(
          ['BARCLAMP', 'VERSION', 'FROM', 'ROLES', 'SUMMARY'],
          all.map((b) => [b.name, b.version, origin(b), b.roles.map((r) => r.name).join(' '), b.summary]),
          'None is installed.',
        ),
      );
    });
}

function newCommand(barclamp: Command, { output }: Cli): void {
  barclamp
    .command('new <name>')
    .description('begin a barclamp, as one that works')
    .option('--in <folder>', 'where its folder is made', '.')
    .action(async (name: string, options: { in: string }) => {
      const { scaffold } = await import('../author/scaffold.ts');
      const made = scaffold(name, options.in);
      if (!made.ok) throw new ProblemError(made.problems);
      const { folder, files } = made.value;
      show(output, made.value, () =>
        [...files.map((file) => `  ${path.join(folder, file)}`), `${name} is begun. Change it, and look at it: prybar barclamp lint ${folder}`].join('\n'),
      );
    });
}

function lintCommand(barclamp: Command, { output }: Cli): void {
  barclamp
    .command('lint <folder...>')
    .description('everything that can be found wrong by looking')
    .action(async (folders: string[]) => {
      const { lint } = await import('../author/lint.ts');
      const { foldersFor } = await import('../author/subject.ts');
      const others = foldersFor(folders);
      const found = folders.map((folder) => ({ folder, problems: inFolder(folder, lint(folder, others)) }));
      show(output, found, () =>
        found
          .map(({ folder, problems }) => (problems.length ? `${problemLines(problems)}\n${countOf(problems)} in ${folder}` : `${folder} is clean`))
          .join('\n'),
      );
      if (found.some(({ problems }) => errorsIn(problems).length)) process.exitCode = 1;
    });
}

function testCommand(barclamp: Command, { output }: Cli): void {
  barclamp
    .command('test <folder>')
    .description('try its test cases on fresh machines: apply, apply again, health, smoke, remove, compare')
    .option('--case <name>', 'only this case')
    .option('--keep', 'leave the machines running for a look, after the first step that fails or at the end, until Ctrl-C')
    .option('--update', 'only write what its templates come to as what is expected')
    .option('--cache <folder>', "where the machines' image is kept", '/var/cache/prybar')
    .action(async (folder: string, options: { case?: string; keep?: boolean; update?: boolean; cache: string }) => {
      const { foldersFor, openSubject } = await import('../author/subject.ts');
      const others = foldersFor([folder]);
      if (options.update) {
        const { updateCases } = await import('../author/cases.ts');
        const { subject, problems } = openSubject(folder, others);
        if (!subject) throw new ProblemError(inFolder(folder, problems));
        const done = updateCases(subject);
        if (errorsIn(done.problems).length) throw new ProblemError(inFolder(folder, done.problems));
        return show(output, done.written, () => done.written.map((file) => `written: ${file}`).join('\n') || 'Everything comes out as expected already.');
      }
      const { trials } = await import('../author/trials.ts');
      const { followTrials, statusOf, trialText } = await import('./trial.ts');
      const ending = new AbortController();
      const end = (): void => ending.abort();
      // A second one would end it before its machines are gone.
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, end);
      const { close, ...followed } = followTrials(process.stderr);
      const rows = await trials({
        folders: [folder],
        others,
        cacheDir: options.cache,
        ...(options.case !== undefined && { only: options.case }),
        ...(options.keep && { keep: true }),
        ...followed,
        signal: ending.signal,
      })
        .catch((error: unknown) => {
          throw ending.signal.aborted ? new ProblemError(problem('The trial was stopped before its end.', undefined, 'Its machines are removed.')) : error;
        })
        .finally(close);
      const placed = rows.map((row) => ({ ...row, failures: row.failures.map((f) => ({ ...f, problem: inFolder(folder, [f.problem])[0]! })) }));
      show(output, placed, () => trialText(placed));
      process.exitCode = statusOf(rows);
    });
}

function graphCommand(barclamp: Command, { output }: Cli): void {
  barclamp
    .command('graph [folder]')
    .description('draw what waits for what: of one barclamp, or of all in a folder')
    .option('--dot', 'for Graphviz')
    .option('--svg', 'as a picture')
    .option('-o, --output <file>', 'into a file')
    .action(async (folder: string | undefined, options: { dot?: boolean; svg?: boolean; output?: string }) => {
      const { graphOf, graphText, graphDot, graphSvg } = await import('../author/graph.ts');
      const { openTogether } = await import('../author/subject.ts');
      const { catalog, names, problems } = openTogether(folder);
      if (errorsIn(problems).length) throw new ProblemError(problems);
      const graph = graphOf(catalog, names);
      if (!graph.ok) throw new ProblemError(graph.problems);
      const draw = options.svg ? graphSvg : options.dot ? graphDot : graphText;
      put(draw(graph.value), options.output, output.json && !options.svg && !options.dot ? graph.value : undefined, output);
    });
}

function docsCommand(barclamp: Command, { output }: Cli): void {
  barclamp
    .command('docs <folder>')
    .description('the reference, as Markdown')
    .option('-o, --output <file>', 'into a file')
    .action(async (folder: string, options: { output?: string }) => {
      const { reference } = await import('../author/reference.ts');
      const { loadBarclamp } = await import('../catalog/catalog.ts');
      const { barclamp: found, problems } = loadBarclamp(path.resolve(folder));
      if (!found || errorsIn(problems).length) throw new ProblemError(inFolder(folder, problems));
      put(reference(found).trimEnd(), options.output, undefined, output);
    });
}

function packCommand(barclamp: Command, { output }: Cli): void {
  barclamp
    .command('pack <folder>')
    .description('one file of it, signed where there is a key; the same folder gives the same bytes')
    .option('-o, --output <file>', 'the package; NAME-VERSION.tar.zst when absent')
    .option('--key <file>', 'private key that signs it')
    .action(async (folder: string, options: { output?: string; key?: string }) => {
      const { lint } = await import('../author/lint.ts');
      const { foldersFor } = await import('../author/subject.ts');
      const found = lint(folder, foldersFor([folder]));
      const faults = errorsIn(found);
      if (faults.length) throw new ProblemError(inFolder(folder, faults));
      const { bytes, manifest } = orThrow(await packed(folder, options.key, found));
      const file = options.output ?? `${manifest.name}-${manifest.version}.tar.zst`;
      writeFileSync(file, bytes);
      show(
        output,
        { file, size: bytes.length, manifest },
        () => `${file}: ${manifest.name} ${manifest.version}, ${Object.keys(manifest.files).length} files, ${options.key ? 'signed' : 'not signed'}`,
      );
    });
}

async function packed(folder: string, key?: string, warnings?: readonly Problem[]) {
  const { pack } = await import('../catalog/package.ts');
  return pack(folder, key === undefined ? undefined : readText(key), warnings);
}

function publishCommand(barclamp: Command, { output }: Cli): void {
  barclamp
    .command('publish <package> <registry>')
    .description('add a package to a registry: a plain folder that any web server can show')
    .action(async (file: string, registry: string) => {
      const { publish } = await import('../catalog/registry.ts');
      const done = orThrow(publish(readBytes(file), registry));
      show(output, done, () =>
        done.added
          ? `${done.name} ${done.version} is published in ${registry}.`
          : `${done.name} ${done.version} is published in ${registry} already, exactly so.`,
      );
    });
}

function installCommand(barclamp: Command, { client, output }: Cli): void {
  barclamp
    .command('install <what>')
    .description('into the running admin node: NAME[@range] of a registry, a package, or a folder')
    .addOption(new Option('--from <registry>', 'folder or URL of the registry').env('PRYBAR_REGISTRY'))
    .option('--allow-unsigned', 'let in what no trusted key has signed')
    .option('--key <file>', 'private key that signs a folder')
    .option('--dry-run', 'only say what would be')
    .action(async (what: string, options: { from?: string; allowUnsigned?: boolean; key?: string; dryRun?: boolean }) => {
      const api = client();
      const packages = existsSync(what)
        ? [statSync(what).isDirectory() ? orThrow(await packed(what, options.key)).bytes : readBytes(what)]
        : await chosen(api, what, options.from);
      const installed = packages.length
        ? await api.call('POST /barclamps', {
            body: {
              packages: packages.map((bytes) => bytes.toString('base64')),
              ...(options.allowUnsigned && { allowUnsigned: true }),
              ...(options.dryRun && { dryRun: true }),
            },
          })
        : [];
      const line = ({ name, version, from, migrated }: InstalledView): string =>
        [
          `${name} ${version} ${options.dryRun ? 'would be' : 'is'} installed${from && from !== version ? `, ${from} before` : ''}.`,
          ...migrated.map(({ proposal, by }) => `  ${proposal} ${options.dryRun ? 'would be' : 'was'} brought to it by ${by.join(', ')}`),
        ].join('\n');
      show(output, installed, () => installed.map(line).join('\n') || `What ${what} asks for is installed already.`);
    });
}

/** The packages of a registry that bring `name@range` and all it needs to what the admin node has, as few as will do. */
async function chosen(api: Client, what: string, from: string | undefined): Promise<Buffer[]> {
  const { openRegistry, versionsIn } = await import('../catalog/registry.ts');
  const { solve } = await import('../catalog/solve.ts');
  const [name = '', range = '*'] = what.split(/@(.*)/s);
  if (!from)
    throw new ProblemError(
      problem(
        `There is no file or folder ${what}.`,
        undefined,
        `Correct the path; or, for a barclamp of a registry: prybar barclamp install ${what} --from FOLDER-OR-URL`,
      ),
    );
  const registry = orThrow(await openRegistry(from));
  const [present, { version: prybarVersion }] = await Promise.all([api.call('GET /barclamps'), api.call('GET /status')]);
  const candidates = (other: string) => {
    const published = versionsIn(registry.index, other);
    const there = present.find((b) => b.name === other);
    if (!there) return published;
    const rest = published.filter(({ version }) => version !== there.version);
    // What was asked for is taken as new as possible; everything else stays as it is where it can.
    return other === name ? [...rest, there].sort((a, b) => rcompare(a.version, b.version)) : [there, ...rest];
  };
  const wanted = [{ name, range }, ...present.filter((b) => b.name !== name).map((b) => ({ name: b.name, range: `${b.version} || *` }))];
  const found = orThrow(solve(wanted, candidates, prybarVersion));
  const fresh = found.filter((one) => present.find((b) => b.name === one.name)?.version !== one.version);
  return Promise.all(fresh.map(async (one) => orThrow(await registry.fetch(one.name, one.version))));
}

function removeCommand(barclamp: Command, { client, output }: Cli): void {
  barclamp
    .command('remove <name>')
    .description('take an installed barclamp away that nothing uses')
    .action(async (name: string) => {
      await client().call('DELETE /barclamps/:name', { params: { name } });
      show(output, { removed: name }, () => `${name} is removed.`);
    });
}

function keyCommands(barclamp: Command, { client, output }: Cli): void {
  const key = barclamp.command('key').description('who signs packages, and whose are let in');

  key
    .command('new <file>')
    .description('a new pair: the private key in FILE, the public one in FILE.pub')
    .option('--comment <text>', 'whose it is', userInfo().username)
    .action(async (file: string, options: { comment: string }) => {
      const { newKeyPair, readPublicKey } = await import('../signing.ts');
      if (existsSync(file)) throw new ProblemError(problem(`${file} exists already.`, { file }, 'Choose another name.'));
      const pair = newKeyPair(options.comment);
      writeFileSync(file, pair.privateKey, { mode: 0o600, flag: 'wx' });
      writeFileSync(`${file}.pub`, `${pair.publicKey}\n`);
      const { id } = orThrow(readPublicKey(pair.publicKey));
      show(output, { id, publicKey: pair.publicKey }, () => `${id}\nKeep ${file} to yourself; give ${file}.pub to those who shall trust your packages.`);
    });

  key
    .command('trust <file>')
    .description('let packages in that are signed with this public key')
    .action(async (file: string) => {
      const trusted = await client().call('POST /trusted-keys', { body: { publicKey: readText(file) } });
      show(output, trusted, () => `${trusted.id} ${trusted.comment} is trusted.`);
    });

  key
    .command('list')
    .description('keys that are trusted')
    .action(async () => {
      const keys = await client().call('GET /trusted-keys');
      show(output, keys, () =>
        table(
          ['KEY', 'WHOSE', 'SINCE'],
          keys.map((one) => [one.id, one.comment, when(one.at)]),
          'No key is trusted.',
        ),
      );
    });

  key
    .command('distrust <id>')
    .description('let in nothing more that is signed with it')
    .action(async (id: string) => {
      await client().call('DELETE /trusted-keys/:id', { params: { id } });
      show(output, { distrusted: id }, () => `${id} is not trusted any more. What it let in stays.`);
    });
}

function readBytes(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new ProblemError(problem(`${file} cannot be read: ${(error as Error).message}.`, { file }, 'Correct the path.'));
  }
}

const readText = (file: string): string => readBytes(file).toString('utf8');

function orThrow<T>(checked: Checked<T>): T {
  if (checked.ok) return checked.value;
  throw new ProblemError(checked.problems);
}

function put(text: string, file: string | undefined, json: unknown, output: Cli['output']): void {
  if (file) writeFileSync(file, `${text}\n`);
  else output.write(json === undefined ? `${text}\n` : `${JSON.stringify(json, null, 2)}\n`);
}

/** Problems name files from the barclamp's folder on; who stands elsewhere wants paths that can be opened. */
function inFolder(folder: string, problems: Problem[]): Problem[] {
  const home = path.resolve(folder);
  const prefix = `${path.basename(home)}/`;
  return problems.map((p) =>
    p.where?.file?.startsWith(prefix) ? { ...p, where: { ...p.where, file: path.relative('.', path.join(home, p.where.file.slice(prefix.length))) } } : p,
  );
}

function countOf(problems: Problem[]): string {
  const errors = errorsIn(problems).length;
  const count = (n: number, word: string): string => `${n} ${word}${n === 1 ? '' : 's'}`;
  return [errors && count(errors, 'error'), problems.length - errors && count(problems.length - errors, 'warning')].filter(Boolean).join(', ');
}
