// One stop of Tab for all machines; arrows, Home, End and Page go from one to another. What has `data-stop` is a place, `data-part` tells the controls
// of one place apart: up and down stay at the same.

import { type KeyboardEvent, type RefObject, useLayoutEffect, useRef, useState } from 'react';
import { stepFrom, type StopRow, stopAt } from './stops.ts';

/** In CSS pixels. */
type Roving = { frame: RefObject<HTMLElement | null>; rows: readonly StopRow[]; rowHeight: number };

export function useStops({ frame, rows, rowHeight }: Roving) {
  const [chosen, setChosen] = useState<string>();
  const before = useRef<{ stop: string; index: number }>(undefined);
  const wanted = useRef<{ stop: string; part: string }>(undefined);
  const now = stopAt(rows, chosen === undefined || before.current?.stop === chosen ? before.current : { stop: chosen, index: before.current?.index ?? 0 });
  useLayoutEffect(() => {
    before.current = now;
    if (!wanted.current) return;
    const { stop, part } = wanted.current;
    const all = [...(frame.current?.querySelectorAll<HTMLElement>(`[data-stop="${CSS.escape(stop)}"]`) ?? [])];
    // Drawn in a moment, if it is not yet.
    if (!all.length) return;
    wanted.current = undefined;
    (all.find(({ dataset }) => (dataset.part ?? '') === part) ?? all.find(({ dataset }) => !dataset.part) ?? all[0]!).focus();
  });
  const onKeyDown = (event: KeyboardEvent) => {
    const { stop, part = '' } = event.target instanceof HTMLElement ? event.target.dataset : {};
    if (stop === undefined || event.altKey || event.metaKey || event.defaultPrevented) return;
    const perPage = Math.max(1, Math.floor(window.innerHeight / rowHeight) - 3);
    const to = stepFrom(rows, stop, event.key, event.ctrlKey, perPage);
    if (to === undefined) return;
    event.preventDefault();
    wanted.current = { stop: to, part };
    setChosen(to);
  };
  const onFocus = ({ target }: { target: EventTarget }) => {
    const stop = target instanceof HTMLElement ? target.closest<HTMLElement>('[data-stop]')?.dataset.stop : undefined;
    if (stop !== undefined) setChosen(stop);
  };
  return { stop: now?.stop, onKeyDown, onFocus };
}
