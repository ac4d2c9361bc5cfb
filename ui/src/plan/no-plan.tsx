// What to do when no machine has a role yet.

import { EmptyState, EmptyStateBody } from '@patternfly/react-core';
import ProjectDiagramIcon from '@patternfly/react-icons/dist/esm/icons/project-diagram-icon';
import { Link } from 'react-router';

/** `within`: a deployment whose proposals stand beside it. */
export function NoPlan({ headingLevel, within = false }: { headingLevel: 'h2' | 'h3'; within?: boolean }) {
  return (
    <EmptyState titleText="No machine has a role yet" headingLevel={headingLevel} icon={ProjectDiagramIcon} variant="sm">
      <EmptyStateBody>
        {within ? (
          'Add a barclamp, or open a proposal above:'
        ) : (
          <>
            Open a proposal under <Link to="/deployments">Deployments</Link>:
          </>
        )}{' '}
        say which machines take which role, preview it, and commit it. The roles then appear here and are applied.
      </EmptyStateBody>
    </EmptyState>
  );
}
