// Facts by name, those that are known.

import { DescriptionList, DescriptionListDescription, DescriptionListGroup, DescriptionListTerm } from '@patternfly/react-core';
import type { ReactNode } from 'react';

export function FactList({ facts, termWidth }: { facts: readonly (readonly [term: string, value: ReactNode])[]; termWidth: string }) {
  return (
    <DescriptionList isHorizontal isCompact horizontalTermWidthModifier={{ default: termWidth }}>
      {facts
        .filter(([, value]) => value !== undefined)
        .map(([term, value]) => (
          <DescriptionListGroup key={term}>
            <DescriptionListTerm>{term}</DescriptionListTerm>
            <DescriptionListDescription>{value}</DescriptionListDescription>
          </DescriptionListGroup>
        ))}
    </DescriptionList>
  );
}
