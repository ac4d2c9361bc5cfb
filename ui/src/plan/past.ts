// Which moment the plan is shown of: kept in the address, so that it can be linked to. None: the present, live.

import { useSearchParams } from 'react-router';
import type { useAnswer } from '../api/queries.ts';

/** Unix ms. */
export function usePast(): [number | undefined, (at: number | undefined) => void] {
  const [search, setSearch] = useSearchParams();
  const show = (at: number | undefined) =>
    setSearch(
      (old) => {
        const next = new URLSearchParams(old);
        if (at === undefined) next.delete('at');
        else next.set('at', String(at));
        return next;
      },
      // A slider that is dragged is no way to go back.
      { replace: true, preventScrollReset: true },
    );
  return [momentIn(search.get('at')), show];
}

export function momentIn(text: string | null): number | undefined {
  const at = text ? Number(text) : Number.NaN;
  return Number.isSafeInteger(at) && at >= 0 ? at : undefined;
}

/** For the query of a route that tells the past as well. */
export const atOf = (at: number | undefined): { at?: number } => (at === undefined ? {} : { at });

/** What is over does not change, and a replay reads hundreds of moments: they are not kept for long. `keep`: no empty page between two of them. */
export const readingOf = (at: number | undefined): NonNullable<Parameters<typeof useAnswer>[2]> =>
  at === undefined ? { keep: true } : { keep: true, staleTime: Number.POSITIVE_INFINITY, gcTime: 30_000 };
