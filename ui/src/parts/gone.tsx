// For a link to what is not there (any more): says so, what may have become of it, and where to go on. Told once, in place of the rest of the page.

import { EmptyState, EmptyStateActions, EmptyStateBody, EmptyStateFooter } from '@patternfly/react-core';
import SearchIcon from '@patternfly/react-icons/dist/esm/icons/search-icon';
import type { ReactNode } from 'react';
import { Link } from 'react-router';
import { Refused } from '../api/client.ts';

/** Whether a question was answered with: there is no such thing. */
export const isGone = ({ error }: { error: unknown }): boolean => error instanceof Refused && error.status === 404;

type GoneProps = {
  what: string;
  /** Where to go on: path and word of each. */
  on: readonly (readonly [path: string, word: string])[];
  children: ReactNode;
};

export function Gone({ what, on, children }: GoneProps) {
  return (
    <EmptyState titleText={`There is no ${what}`} headingLevel="h2" icon={SearchIcon} variant="sm">
      <EmptyStateBody>{children}</EmptyStateBody>
      <EmptyStateFooter>
        <EmptyStateActions>
          {on.map(([path, word]) => (
            <Link key={path} to={path}>
              {word}
            </Link>
          ))}
        </EmptyStateActions>
      </EmptyStateFooter>
    </EmptyState>
  );
}
