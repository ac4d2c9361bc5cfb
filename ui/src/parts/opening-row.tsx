// A row of a table that opens to more below it. The address says which one is open, so that a link shows the same.

import { ExpandableRowContent, Tbody, Td, Tr } from '@patternfly/react-table';
import type { ReactNode } from 'react';
import { useSearchParams } from 'react-router';

/** `name`: its place in the address. */
export function useOpenRow(name: string): { open: string | undefined; show: (id: string | undefined) => void } {
  const [search, setSearch] = useSearchParams();
  return {
    open: search.get(name) ?? undefined,
    show(id) {
      const next = new URLSearchParams(search);
      if (id === undefined) next.delete(name);
      else next.set(name, id);
      setSearch(next, { replace: true });
    },
  };
}

type OpeningRowProps = {
  id: string;
  rowIndex: number;
  /** From `useOpenRow`. */
  rows: ReturnType<typeof useOpenRow>;
  /** How many `children` there are. */
  columns: number;
  /** Asked for when it is open. */
  more: () => ReactNode;
  /** Its cells, but the one that opens it. */
  children: ReactNode;
};

export function OpeningRow({ id, rowIndex, rows: { open, show }, columns, more, children }: OpeningRowProps) {
  const isOpen = open === id;
  return (
    <Tbody isExpanded={isOpen}>
      <Tr>
        <Td expand={{ rowIndex, isExpanded: isOpen, onToggle: () => show(isOpen ? undefined : id), expandId: 'row' }} />
        {children}
      </Tr>
      <Tr isExpanded={isOpen}>
        <Td />
        <Td colSpan={columns}>
          <ExpandableRowContent>{isOpen && more()}</ExpandableRowContent>
        </Td>
      </Tr>
    </Tbody>
  );
}
