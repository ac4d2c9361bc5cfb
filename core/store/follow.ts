// How somebody follows the store: woken by any change, one look at a time. A change during a look leads to one more look after it, however
// many there were, so nothing is missed and nothing piles up.

import type { Store } from './store.ts';

export type Following = {
  /** As if something had changed, for what the store does not say: a pause is over, an attempt has ended. */
  wake(): void;
  /** No look begins after this; waits for the one that goes on. */
  stop(): Promise<void>;
};

/** Looks at once, and after each change. `signal` is aborted when it is to stop. A look that throws is told and does not end the following. */
export function followChanges(store: Pick<Store, 'onChange'>, look: (signal: AbortSignal) => Promise<void>, onError: (error: Error) => void): Following {
  const ending = new AbortController();
  let looking: Promise<void> | undefined;
  let again = false;

  const lookUntilQuiet = async (): Promise<void> => {
    while (again && !ending.signal.aborted) {
      again = false;
      await look(ending.signal).catch(onError);
    }
    looking = undefined;
  };
  const wake = (): void => {
    if (ending.signal.aborted) return;
    again = true;
    // A turn later, so that a look which itself changes something finds that one goes on.
    looking ??= Promise.resolve().then(lookUntilQuiet);
  };

  const unsubscribe = store.onChange(wake);
  wake();
  return {
    wake,
    async stop() {
      ending.abort();
      unsubscribe();
      await looking;
    },
  };
}
