// Runs the programs that build things: line by line while they run, killed with all they started, failures as Problems.

import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { type Problem, ProblemError, problem } from '../core/model/problem.ts';

export type ProgramOptions = {
  signal?: AbortSignal | undefined;
  cwd?: string;
  env?: Record<string, string>;
  /** Each line of stdout and stderr as it comes. */
  onLine?: (line: string) => void;
};

/** Debian packages that hold the programs used here, for the message when one is missing. */
const packageOf: Record<string, string> = {
  mmdebstrap: 'mmdebstrap',
  mksquashfs: 'squashfs-tools',
  unshare: 'util-linux',
  setpriv: 'util-linux',
  'apt-get': 'apt',
  'apt-ftparchive': 'apt-utils',
  'dpkg-deb': 'dpkg',
  depmod: 'kmod',
  sfdisk: 'fdisk',
  'mkfs.vfat': 'dosfstools',
  mmd: 'mtools',
  mcopy: 'mtools',
  mke2fs: 'e2fsprogs',
};

/** What to do when a program is not there. */
export const missingProgram = (name: string): Problem =>
  problem(`The program ${name} is not installed.`, {}, `Install it: apt-get install ${packageOf[name] ?? name}`);

/**
 * Runs it to its end and returns what it wrote to stdout. Throws a ProblemError with its last lines when it fails or
 * is missing, and the signal's reason when it was aborted. It dies with this process, and takes its children along:
 * they are in a process namespace and a mount namespace of their own, so an ended build leaves no mount behind.
 */
export async function runProgram(argv: string[], options: ProgramOptions = {}): Promise<string> {
  const { signal, onLine } = options;
  signal?.throwIfAborted();
  const program = argv[0]!;
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', 'unshare', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc', ...argv], {
    cwd: options.cwd,
    env: { ...process.env, LC_ALL: 'C', ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const stop = (): void => void child.kill('SIGKILL');
  signal?.addEventListener('abort', stop, { once: true });

  const out: string[] = [];
  const last: string[] = [];
  const listen = (line: string): void => {
    last.push(line);
    if (last.length > 12) last.shift();
    onLine?.(line);
  };
  createInterface(child.stdout).on('line', (line) => {
    out.push(line);
    listen(line);
  });
  createInterface(child.stderr).on('line', listen);

  const code = await new Promise<number>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status) => resolve(status ?? -1));
  }).finally(() => signal?.removeEventListener('abort', stop));

  signal?.throwIfAborted();
  if (code === 0) return out.join('\n');
  // 127: unshare did not find it (POSIX 2.8.2)
  if (code === 127) throw new ProblemError(missingProgram(program), 500);
  const said = last.join('\n');
  throw new ProblemError(
    problem(`${program} failed with status ${code}:\n${said}`, {}, 'Read its last lines above; the mirror and the disk space are the usual causes.'),
    500,
  );
}
