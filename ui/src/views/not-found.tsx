// For an address that is no page.

import { EmptyState, EmptyStateBody, PageSection } from '@patternfly/react-core';
import SearchIcon from '@patternfly/react-icons/dist/esm/icons/search-icon';
import { Link, useLocation } from 'react-router';
import { useTabTitle } from '../parts/tab-title.ts';

export function NotFound() {
  const { pathname } = useLocation();
  useTabTitle('No such page');
  return (
    <PageSection hasBodyWrapper={false}>
      <EmptyState titleText="There is no such page" headingLevel="h1" icon={SearchIcon}>
        <EmptyStateBody>
          Nothing is at <code>{pathname}</code>. The <Link to="/">overview</Link> leads to everything there is.
        </EmptyStateBody>
      </EmptyState>
    </PageSection>
  );
}
