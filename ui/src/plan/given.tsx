// What a node-role is given: its settings, what other roles published for it, and which secrets; read when somebody opens it.

import { ExpandableSection, Skeleton } from '@patternfly/react-core';
import { useState } from 'react';
import { stringify } from 'yaml';
import { useAnswer } from '../api/queries.ts';
import { Unread } from '../parts/problem-list.tsx';

export function Given({ nodeRole }: { nodeRole: string }) {
  const [open, setOpen] = useState(false);
  return (
    <ExpandableSection toggleText="What it is given" isExpanded={open} onToggle={(_, expanded) => setOpen(expanded)}>
      {open && <Told nodeRole={nodeRole} />}
    </ExpandableSection>
  );
}

function Told({ nodeRole }: { nodeRole: string }) {
  const given = useAnswer('GET /node-roles/:key/inputs', { params: { key: nodeRole } });
  if (!given.data)
    return (
      <>
        <Unread of={given} />
        {given.isPending && <Skeleton height="6rem" screenreaderText="Reading what it is given" />}
      </>
    );
  const { attributes, inputs, missing, secrets } = given.data;
  const parts = { settings: attributes, ...(Object.keys(inputs).length > 0 && { inputs }), ...(secrets.length > 0 && { secrets }) };
  return (
    <>
      {missing.length > 0 && <p>Not published yet: {missing.join(', ')}.</p>}
      <pre className="pb-step__said" tabIndex={0} aria-label="What it is given">
        {stringify(parts)}
      </pre>
    </>
  );
}
