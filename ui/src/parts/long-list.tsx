// A list that may be long: words that narrow it and the page of it that is shown, both in the address.

import { Pagination, SearchInput } from '@patternfly/react-core';
import { type ReactNode, useEffect, useState } from 'react';
import { useSearchParams } from 'react-router';

type LongListProps<T> = {
  label: string;
  placeholder: string;
  /** In all. */
  items: readonly T[];
  /** Whether an item is meant by the words. */
  fits: (item: T, words: string) => boolean;
  perPage: number;
  children: (items: readonly T[]) => ReactNode;
};

export function LongList<T>({ label, placeholder, items, fits, perPage, children }: LongListProps<T>) {
  const [search, setSearch] = useSearchParams();
  const words = search.get('q') ?? '';
  const [typed, setTyped] = useState(words);
  useEffect(() => setTyped(words), [words]);
  const look = (text: string) => {
    setTyped(text);
    setSearch(text.trim() ? { q: text.trim() } : {});
  };
  const found = words ? items.filter((item) => fits(item, words)) : items;
  const pages = Math.max(1, Math.ceil(found.length / perPage));
  const page = Math.min(pages, Math.max(1, Math.floor(Number(search.get('page'))) || 1));
  const turn = (to: number) => setSearch({ ...(words && { q: words }), ...(to > 1 && { page: String(to) }) });
  return (
    <>
      <div className="pb-section__head" role="search" aria-label={label}>
        <SearchInput
          aria-label={label}
          placeholder={placeholder}
          value={typed}
          onChange={(_, text) => setTyped(text)}
          onSearch={(_, text) => look(text)}
          onClear={() => look('')}
        />
        {pages > 1 && (
          <Pagination
            isCompact
            className="pb-section__tools"
            itemCount={found.length}
            perPage={perPage}
            perPageOptions={[{ title: String(perPage), value: perPage }]}
            page={page}
            onSetPage={(_, to) => turn(to)}
          />
        )}
      </div>
      {found.length === 0 ? <p role="status">Nothing here has “{words}” in it.</p> : children(found.slice((page - 1) * perPage, page * perPage))}
    </>
  );
}
