// For tests: compiles recipes and runs them for real, in a scratch folder or in a root file system that holds nothing but busybox.

import { execFile, spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Checked, ok, problem, problemText } from '../model/problem.ts';
import type { RecipeItem, Scope } from '../model/recipe.ts';
import type { Outcome, ResourceResult, RunEvent } from '../model/run.ts';
import { type Compiled, compile, type CompileInput, readReport } from './compile.ts';
import type { Templates } from './fill-in.ts';

export type Ran = {
  outcome: Outcome;
  events: RunEvent[];
  /** By the name of the item. */
  results: Record<string, ResourceResult>;
  diffs: string;
  log: string;
  /** What came over the wire, before anything was hidden. */
  raw: string;
};

export type Surroundings = { scope?: Partial<Scope>; files?: Record<string, string | Buffer>; platform?: string; name?: string };

export type Shell = 'dash' | 'busybox sh' | 'bash --posix';
export const shells: Shell[] = ['dash', 'busybox sh', 'bash --posix'];

export const scope = (more: Partial<Scope> = {}): Scope => ({
  attributes: {},
  node: { id: 'n1', name: 'n1', pool: 'default', platform: 'debian-12', addresses: { admin: '10.0.0.1' }, macs: ['52:54:00:00:00:01'], nics: [] },
  inputs: {},
  secrets: {},
  roleNodes: {},
  site: {},
  ...more,
});

export type Workshop = ReturnType<typeof openWorkshop>;

export function openWorkshop(templates: Templates) {
  const folder = mkdtempSync(path.join(tmpdir(), 'prybar-recipe-'));
  // What the recipes of a test may change; what the programs need for themselves is kept apart from it.
  const place = path.join(folder, 'place');
  mkdirSync(place);

  const input = (items: RecipeItem[], mode: 'apply' | 'check', around: Surroundings): CompileInput => ({
    name: around.name ?? 'test-role on n1',
    source: { file: 'roles/test-role/recipe.yml', items, lines: items.map((_, i) => i + 1) },
    scope: scope(around.scope),
    platform: around.platform ?? 'debian-12',
    mode,
    ...templates,
    readFile: (name): Checked<Buffer> => {
      const content = around.files?.[name];
      return content === undefined ? { ok: false, problems: [problem(`There is no file ${name}.`)] } : ok(Buffer.from(content as string));
    },
    folders: { run: path.join(folder, 'run'), state: path.join(folder, 'state') },
  });

  const program = (items: RecipeItem[], mode: 'apply' | 'check' = 'apply', around: Surroundings = {}): Compiled => {
    const compiled = compile(input(items, mode, around));
    if (!compiled.ok) throw new Error(compiled.problems.map(problemText).join('\n'));
    return compiled.value;
  };

  return {
    folder,
    place,
    program,
    problems: (items: RecipeItem[], around: Surroundings = {}) => {
      const compiled = compile(input(items, 'apply', around));
      return compiled.ok ? [] : compiled.problems;
    },
    run: (items: RecipeItem[], shell: Shell = 'dash', around: Surroundings = {}) => runProgram(program(items, 'apply', around), shell.split(' ')),
    check: (items: RecipeItem[], shell: Shell = 'dash', around: Surroundings = {}) => runProgram(program(items, 'check', around), shell.split(' ')),
    /** Digest of all that a recipe may have changed: names, kinds, modes, owners, contents. */
    digest: () => treeDigest(place),
    empty: () => {
      rmSync(place, { recursive: true, force: true });
      mkdirSync(place);
    },
    close: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** Runs a program with this command line and reads its report; `env` is added to an almost empty environment. */
export function runProgram(compiled: Compiled, shell: string[], env: Record<string, string> = {}): Promise<Ran> {
  return new Promise((resolve) => {
    const child = spawn(shell[0]!, [...shell.slice(1), '-c', compiled.program], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', ...env },
    });
    const events: RunEvent[] = [];
    const raw: Buffer[] = [];
    const report = readReport({ ...compiled, onEvent: (event) => events.push(event) });
    child.stdout.on('data', (chunk: Buffer) => {
      raw.push(chunk);
      report.output(chunk);
    });
    child.stderr.on('data', (chunk: Buffer) => {
      raw.push(chunk);
      report.error(chunk);
    });
    child.on('close', (code) => resolve(summary(report.outcome({ kind: 'exited', code: code ?? 137 }), events, Buffer.concat(raw).toString())));
  });
}

function summary(outcome: Outcome, events: RunEvent[], raw: string): Ran {
  const ends = events.filter((event) => event.kind === 'end');
  return {
    outcome,
    events,
    results: Object.fromEntries(ends.map((event) => [event.name, event.result])),
    diffs: ends.map((event) => event.diff ?? '').join('\n'),
    log: events.flatMap((event) => (event.kind === 'log' ? [event.text] : [])).join('\n'),
    raw,
  };
}

export function treeDigest(folder: string): string {
  const hash = createHash('sha256');
  const visit = (name: string): void => {
    const stat = lstatSync(name);
    hash.update(`${path.relative(folder, name)} ${stat.mode} ${stat.uid} ${stat.gid} ${stat.mtimeMs}\n`);
    if (stat.isSymbolicLink()) hash.update(readlinkSync(name));
    if (stat.isFile()) hash.update(readFileSync(name));
    if (stat.isDirectory()) for (const entry of readdirSync(name).sort()) visit(path.join(name, entry));
  };
  visit(folder);
  return hash.digest('hex');
}

/** What shellcheck has to say about a program, empty when nothing. */
export function shellcheck(text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile('shellcheck', ['-s', 'sh', '-'], (error, stdout) => {
      if (error && !stdout) reject(error);
      else resolve(stdout);
    });
    child.stdin!.end(text);
  });
}

/** A root file system with busybox and nothing else, and how to run a program in it. */
export function busyboxRoot(folder: string): string[] {
  const root = path.join(folder, 'busybox');
  for (const name of ['bin', 'proc', 'tmp', 'etc', 'run', 'dev']) mkdirSync(path.join(root, name), { recursive: true });
  const libraries = spawnSync('ldd', ['/bin/busybox'], { encoding: 'utf8' }).stdout.match(/\/\S+/g) ?? [];
  for (const file of ['/bin/busybox', ...libraries]) {
    mkdirSync(path.join(root, path.dirname(file)), { recursive: true });
    copyFileSync(file, path.join(root, file));
  }
  spawnSync('chroot', [root, '/bin/busybox', '--install', '-s', '/bin']);
  // -c and the program follow.
  return ['unshare', '-m', 'sh', '-c', 'mount -t proc proc "$0/proc" && mount --bind /dev "$0/dev" && exec chroot "$0" /bin/sh "$@"', root];
}
