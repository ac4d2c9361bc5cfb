// The folder of everything that must survive, held by one admin process at a time.

import { chmodSync, closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, statSync, writeSync } from 'node:fs';
import path from 'node:path';
import { bad, type Checked, ok, problem } from './model/problem.ts';

export type StateFolder = { path: string; file(name: string): string; release(): void };

/** Makes the folder where needed and takes it; a Problem when another admin process has it. */
export function takeState(folder: string): Checked<StateFolder> {
  const home = path.resolve(folder);
  try {
    mkdirSync(home, { recursive: true });
    // dnsmasq gives up root and must still reach its own files below; what is secret is closed file by file.
    chmodSync(home, 0o711);
  } catch (error) {
    return bad(
      problem(`The state folder ${home} cannot be made: ${(error as Error).message}.`, undefined, 'Run this as root, or choose another folder with --state.'),
    );
  }
  const closed = ancestors(home).find((parent) => (statSync(parent).mode & 0o001) === 0);
  if (closed)
    return bad(
      problem(
        `The state folder ${home} lies in ${closed}, which is closed to all but its owner; the DHCP server gives up root and could not read its files.`,
        undefined,
        `Choose another folder with --state, or open it: chmod o+x ${closed}`,
      ),
    );
  const lock = path.join(home, 'admin.pid');
  for (let tries = 0; tries < 2; tries++) {
    try {
      const descriptor = openSync(lock, 'wx', 0o600);
      writeSync(descriptor, `${process.pid} ${startOf(process.pid)}\n`);
      closeSync(descriptor);
      return ok({ path: home, file: (name) => path.join(home, name), release: () => rmSync(lock, { force: true }) });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST')
        return bad(
          problem(
            `The state folder ${home} cannot be used: ${(error as Error).message}.`,
            undefined,
            'Run this as root, or choose another folder with --state.',
          ),
        );
      const [pid, start] = readFileSync(lock, 'utf8').trim().split(' ');
      if (startOf(Number(pid)) === start && start)
        return bad(problem(`Another admin node (process ${pid}) uses ${home}.`, undefined, 'Stop it first, or choose another folder with --state.'));
      // It was killed: its lock means nothing any more.
      rmSync(lock, { force: true });
    }
  }
  return bad(problem(`The state folder ${home} is being taken by another admin node.`, undefined, 'Try again.'));
}

function ancestors(folder: string): string[] {
  const parent = path.dirname(folder);
  return parent === folder ? [] : [parent, ...ancestors(parent)];
}

/** When a process started, in clock ticks since boot (proc(5), field 22): tells it from a later one with the same number. */
function startOf(pid: number): string {
  if (!existsSync(`/proc/${pid}/stat`)) return '';
  return (
    readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ')[19] ?? ''
  );
}
