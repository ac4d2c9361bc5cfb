// The admin node's own remote: it runs programs itself.

import { spawn } from 'node:child_process';
import { problem } from '../model/problem.ts';
import { codeOfSignal, launched, launcher, QUIET_AFTER_EXIT_MS, quietTimer, stopper } from './launch.ts';
import type { Remote, RunEnd, RunOptions } from './remote.ts';

/** `node` is the name for messages. */
export function localRemote(node: string): Remote {
  const running = new Set<AbortController>();
  return {
    reach: 'here',
    async run(program, options) {
      const closing = new AbortController();
      running.add(closing);
      try {
        return await runHere(program, { ...options, signal: AbortSignal.any([options.signal, closing.signal]) }, node);
      } finally {
        running.delete(closing);
      }
    },
    close: () => {
      for (const closing of running) closing.abort();
    },
  };
}

function runHere(program: string, options: RunOptions, node: string): Promise<RunEnd> {
  return new Promise((resolve) => {
    // A process group of its own, so that all of it can be stopped; an environment of its own, because ours may hold secrets.
    const child = spawn('/bin/sh', ['-c', launcher], {
      detached: true,
      stdio: 'pipe',
      cwd: '/',
      env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', HOME: '/root' },
    });
    let end: RunEnd | undefined;
    const stop = stopper(options.signal, options.timeoutMs, {
      kill: (signal) => killGroup(child.pid, signal === 'TERM' ? 'SIGTERM' : 'SIGKILL'),
      forget: () => settle(),
    });
    const quiet = quietTimer(QUIET_AFTER_EXIT_MS, () => settle());
    const settle = (): void => {
      stop.done();
      quiet.stop();
      child.stdout.destroy();
      child.stderr.destroy();
      if (stop.why() === 'timeout')
        end = {
          kind: 'lost',
          problem: problem(
            `The program on ${node} took longer than ${Math.round(options.timeoutMs / 1000)} s and was stopped.`,
            { node },
            'Look in the log for what it waited for.',
          ),
        };
      resolve(
        end ?? {
          kind: 'lost',
          problem: problem(`The program on ${node} could not be stopped.`, { node }, 'Look for a process that hangs in the kernel (state D) on the machine.'),
        },
      );
    };
    child.stdout.on('data', (chunk: Buffer) => {
      if (end) quiet.touch();
      options.onOutput(chunk);
    });
    child.stderr.on('data', (chunk: Buffer) => {
      if (end) quiet.touch();
      options.onError(chunk);
    });
    child.on('error', (error) => {
      end = {
        kind: 'lost',
        problem: problem(`No shell could be started on ${node}: ${error.message}.`, { node }, 'The machine may be out of memory or processes.'),
      };
      settle();
    });
    child.on('exit', (code, signal) => {
      end ??= { kind: 'exited', code: code ?? codeOfSignal(signal!) };
      quiet.touch();
    });
    child.on('close', () => settle());
    // A program that ends before it is read whole breaks the pipe; its exit code says so.
    child.stdin.on('error', () => {});
    child.stdin.end(launched(program));
  });
}

function killGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // It has ended already.
  }
}
