// Which node-role the panel at the side shows: kept in the address, so that it can be linked to and the back button closes it.

import { useSearchParams } from 'react-router';

export function useShownNodeRole(): [string | undefined, (key: string | undefined) => void] {
  const [search, setSearch] = useSearchParams();
  const show = (key: string | undefined) =>
    setSearch((old) => {
      const next = new URLSearchParams(old);
      if (key) next.set('show', key);
      else next.delete('show');
      return next;
    });
  return [search.get('show') ?? undefined, show];
}
