// Times in the reader's zone and durations that tick. One clock for the whole page, so that all of them step together.

import { useSyncExternalStore } from 'react';
import { durationText, timeText, wholeTimeText } from './words.ts';

let now = Date.now();
let timer: ReturnType<typeof setInterval> | undefined;
const watchers = new Set<() => void>();

function watch(tell: () => void): () => void {
  watchers.add(tell);
  if (!timer) {
    // Nobody looked for a while, so `now` is from then.
    now = Date.now();
    timer = setInterval(tick, 1000);
  }
  return () => {
    watchers.delete(tell);
    if (watchers.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}
function tick(): void {
  now = Date.now();
  for (const tell of watchers) tell();
}

/** Unix ms, in steps of a second while anybody looks. */
const useNow = (): number => useSyncExternalStore(watch, () => now);

export function Time({ at }: { at: number }) {
  return (
    <time className="pb-number" dateTime={new Date(at).toISOString()} title={wholeTimeText(at)}>
      {timeText(at, Date.now())}
    </time>
  );
}

/** From `from` to `to`, or until now while there is no `to`. */
export function Duration({ from, to }: { from: number; to?: number | undefined }) {
  if (to !== undefined) return <span className="pb-number">{durationText(to - from)}</span>;
  return <Ticking from={from} />;
}
function Ticking({ from }: { from: number }) {
  const ms = useNow() - from;
  // Whole seconds: tenths that change once a second only flicker.
  return <span className="pb-number">{durationText(Math.max(0, Math.floor(ms / 1000) * 1000)).replace('.0 s', ' s')}</span>;
}
