// The program that a node-role becomes on its machine, for people to read: asked for when it is opened. Secrets in it are stars.

import { ExpandableSection, Skeleton } from '@patternfly/react-core';
import { useState } from 'react';
import type { NodeRoleView } from '../../../core/model/plan.ts';
import { useAnswer } from '../api/queries.ts';
import { Unread } from '../parts/problem-list.tsx';
import './program.css';

export function Program({ nodeRole: { key, role, nodeName, state } }: { nodeRole: NodeRoleView }) {
  const [open, setOpen] = useState(false);
  const remove = state === 'orphan';
  const told = useAnswer('GET /node-roles/:key/program', { params: { key }, query: remove ? { remove } : {} }, { enabled: open });
  return (
    <ExpandableSection
      isExpanded={open}
      onToggle={(_, wanted) => setOpen(wanted)}
      toggleText={remove ? 'The program that takes it away' : 'The program that applies it'}
    >
      {open && (
        <div className="pb-section">
          <p className="pb-subtle">As it would be run now; secrets are stars.</p>
          <Unread of={told} />
          {told.isPending && <Skeleton height="24rem" screenreaderText="Reading the program" />}
          {told.data && (
            <pre className="pb-program" tabIndex={0} role="group" aria-label={`Program of ${role} on ${nodeName}`}>
              {told.data.program.trimEnd()}
            </pre>
          )}
        </div>
      )}
    </ExpandableSection>
  );
}
