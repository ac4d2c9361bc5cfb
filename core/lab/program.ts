// Runs the lab's programs: short ones to their end, long ones as children that die with this process.

import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import { open } from 'node:fs/promises';
import path from 'node:path';
import { type Problem, ProblemError, problem } from '../model/problem.ts';

/** The Debian packages of the programs the lab needs. */
export const packageOf = {
  'qemu-system-x86_64': 'qemu-system-x86',
  ipmi_sim: 'openipmi',
  ipmitool: 'ipmitool',
  ip: 'iproute2',
  setpriv: 'util-linux',
  perl: 'perl-base',
} as const;

/** What only some machines need, by its file. */
export const fileOf = {
  '/usr/lib/ipxe/qemu/pxe-virtio.rom': 'ipxe-qemu',
  '/usr/share/OVMF/OVMF_CODE_4M.fd': 'ovmf',
  '/usr/share/OVMF/OVMF_CODE_4M.ms.fd': 'ovmf',
  '/usr/bin/swtpm': 'swtpm',
  '/usr/share/AAVMF/AAVMF_CODE.fd': 'qemu-efi-aarch64',
  '/usr/bin/qemu-system-aarch64': 'qemu-system-arm',
} as const;

/** What is missing, each with the package to install. */
export async function missingParts(files: readonly (keyof typeof fileOf)[]): Promise<Problem[]> {
  const folders = (process.env.PATH ?? '').split(':').concat('/usr/sbin', '/sbin');
  const has = async (candidates: string[], mode: number): Promise<boolean> => {
    const found = await Promise.all(
      candidates.map((file) =>
        access(file, mode).then(
          () => true,
          () => false,
        ),
      ),
    );
    return found.includes(true);
  };
  const problems: Problem[] = [];
  for (const [name, debian] of Object.entries(packageOf)) {
    if (
      await has(
        folders.map((folder) => path.join(folder, name)),
        constants.X_OK,
      )
    )
      continue;
    problems.push(problem(`The lab needs the program ${name}.`, {}, `Install it: apt-get install ${debian}`));
  }
  for (const file of files) {
    if (await has([file], constants.R_OK)) continue;
    problems.push(problem(`The lab needs ${file}.`, {}, `Install it: apt-get install ${fileOf[file]}`));
  }
  return problems;
}

/** Its stdout. Throws a ProblemError with what it wrote to stderr when it fails. */
export function run(argv: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(argv[0]!, argv.slice(1), { timeout: 20_000, maxBuffer: 16 << 20 }, (error, stdout, stderr) => {
      if (!error) return resolve(stdout);
      const said = stderr.trim() || error.message;
      reject(
        new ProblemError(problem(`${argv.join(' ')} failed: ${said}`, {}, 'The lab needs root and a kernel with network namespaces, bridges and taps.'), 500),
      );
    });
  });
}

export type Child = {
  process: ChildProcess;
  /** Exit status, or the signal's name. */
  ended: Promise<number | string>;
  /** Kills it and waits until it is gone. */
  kill(): Promise<void>;
};

/** Starts it with its output in `logFile`. The kernel kills it when this process ends, however it ends (prctl(2) PR_SET_PDEATHSIG). */
export async function start(argv: string[], logFile: string, stdin: 'ignore' | 'pipe' = 'ignore'): Promise<Child> {
  const log = await open(logFile, 'a');
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', ...argv], { stdio: [stdin, log.fd, log.fd] });
  await log.close();
  const ended = new Promise<number | string>((resolve) => {
    child.once('exit', (code, signal) => resolve(code ?? signal ?? 'unknown'));
    child.once('error', (error) => resolve(error.message));
  });
  child.stdin?.on('error', () => {});
  return {
    process: child,
    ended,
    kill: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
