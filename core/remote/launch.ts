// What is the same for every way to a node: how the program gets into its shell, and when a run that should stop has to.

import { constants } from 'node:os';

/**
 * The shell reads the whole program from its standard input, then runs it with an empty one. So no command in it can eat the rest
 * of it, nothing of it is on disk or in the process list, and half a program, left by a connection that broke, is not run at all.
 */
export const launcher = `exec sh -c 'program=$(cat); case $program in *"# end of program") eval "$program" </dev/null ;; *) exit 126 ;; esac'`;
export const launched = (program: string): string => `${program}\n# end of program`;

/** After an exit, output may still be on its way, over a busy machine for seconds; something left in the background may hold the pipes open for ever. */
export const QUIET_AFTER_EXIT_MS = 3000;

/** From the polite signal to the one that cannot be refused, and from there to giving up on the node. */
export const KILL_AFTER_MS = 5000;
export const FORGET_AFTER_MS = 5000;

export const codeOfSignal = (signal: string): number =>
  128 + ((constants.signals as Record<string, number>)[signal.startsWith('SIG') ? signal : `SIG${signal}`] ?? 0);

/** Calls `then` when nothing has touched it for `ms`. Where this process itself was held up so long, what has arrived meanwhile is looked at first. */
export function quietTimer(ms: number, then: () => void): { touch(): void; stop(): void } {
  let timer: NodeJS.Timeout | undefined;
  let last: NodeJS.Immediate | undefined;
  const stop = (): void => {
    clearTimeout(timer);
    clearImmediate(last);
  };
  const touch = (): void => {
    stop();
    // Timers come before input in a turn of the event loop, immediates after it.
    timer = setTimeout(() => (last = setImmediate(then)), ms);
  };
  return { touch, stop };
}

/** Carries out a stop in steps once the signal or the time limit asks for it. `done` must be called when the run has ended. */
export function stopper(
  signal: AbortSignal,
  timeoutMs: number,
  steps: { kill(signal: 'TERM' | 'KILL'): void; forget(why: 'stopped' | 'timeout'): void },
): { done(): void; why(): 'stopped' | 'timeout' | undefined } {
  let reason: 'stopped' | 'timeout' | undefined;
  const timers: NodeJS.Timeout[] = [];
  const stop = (why: 'stopped' | 'timeout'): void => {
    if (reason) return;
    reason = why;
    steps.kill('TERM');
    timers.push(setTimeout(() => steps.kill('KILL'), KILL_AFTER_MS));
    timers.push(setTimeout(() => steps.forget(why), KILL_AFTER_MS + FORGET_AFTER_MS));
  };
  const onAbort = (): void => stop('stopped');
  timers.push(setTimeout(() => stop('timeout'), timeoutMs));
  if (signal.aborted) onAbort();
  else signal.addEventListener('abort', onAbort, { once: true });
  return {
    done: () => {
      signal.removeEventListener('abort', onAbort);
      for (const timer of timers) clearTimeout(timer);
    },
    why: () => reason,
  };
}
