// Shown when the page itself has a bug: what happened, and how to go on.

import { Button, EmptyState, EmptyStateActions, EmptyStateBody, EmptyStateFooter } from '@patternfly/react-core';
import { useRouteError } from 'react-router';

export function Broken() {
  const error = useRouteError();
  return (
    <EmptyState titleText="This page broke" headingLevel="h1" status="danger">
      <EmptyStateBody>
        {error instanceof Error ? error.message : String(error)}
        <br />
        Nothing on any machine was touched by this. Reload the page; if it breaks again, report what you did before.
      </EmptyStateBody>
      <EmptyStateFooter>
        <EmptyStateActions>
          <Button onClick={() => location.reload()}>Reload</Button>
        </EmptyStateActions>
      </EmptyStateFooter>
    </EmptyState>
  );
}
