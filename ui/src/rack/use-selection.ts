// Which machines are selected. Those that left the site are dropped from it by whoever reads it.

import { useCallback, useMemo, useRef, useState } from 'react';

export type Selection = {
  /** Tiles are for choosing while this holds, else for opening. */
  choosing: boolean;
  ids: ReadonlySet<string>;
  setChoosing: (choosing: boolean) => void;
  /** With `upTo`, also all between the last one chosen and this, in the order given. */
  toggle: (id: string, upTo?: readonly string[]) => void;
  set: (ids: readonly string[], chosen: boolean) => void;
  clear: () => void;
};

const nobody: ReadonlySet<string> = new Set();

export function useSelection(): Selection {
  const [ids, setIds] = useState(nobody);
  const [choosing, setChoosing] = useState(false);
  const last = useRef<string>(undefined);
  const set = useCallback((which: readonly string[], chosen: boolean) => {
    setChoosing(true);
    setIds((old) => {
      const next = new Set(old);
      for (const id of which) {
        if (chosen) next.add(id);
        else next.delete(id);
      }
      return next;
    });
  }, []);
  const toggle = useCallback((id: string, upTo?: readonly string[]) => {
    setChoosing(true);
    const from = upTo && last.current !== undefined ? upTo.indexOf(last.current) : -1;
    const to = upTo?.indexOf(id) ?? -1;
    last.current = id;
    setIds((old) => {
      const next = new Set(old);
      if (upTo && from >= 0 && to >= 0) for (const one of upTo.slice(Math.min(from, to), Math.max(from, to) + 1)) next.add(one);
      else if (!next.delete(id)) next.add(id);
      return next;
    });
  }, []);
  const clear = useCallback(() => setIds(nobody), []);
  const choose = useCallback((now: boolean) => {
    setChoosing(now);
    if (!now) setIds(nobody);
  }, []);
  return useMemo(() => ({ choosing, ids, setChoosing: choose, toggle, set, clear }), [choosing, ids, choose, toggle, set, clear]);
}
