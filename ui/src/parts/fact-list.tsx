// Facts by name, those that are known: nothing, no text and no list of things are not.

import { DescriptionList, DescriptionListDescription, DescriptionListGroup, DescriptionListTerm } from '@patternfly/react-core';
import type { ReactNode } from 'react';

export function FactList({ facts, termWidth }: { facts: readonly (readonly [term: string, value: ReactNode])[]; termWidth: string }) {
  return (
    <DescriptionList isHorizontal isCompact horizontalTermWidthModifier={{ default: termWidth }}>
      {facts
        .filter(([, value]) => isKnown(value))
        .map(([term, value]) => (
          <DescriptionListGroup key={term}>
            <DescriptionListTerm>{term}</DescriptionListTerm>
            <DescriptionListDescription>{value}</DescriptionListDescription>
          </DescriptionListGroup>
        ))}
    </DescriptionList>
  );
}

const isKnown = (value: ReactNode): boolean => value !== undefined && value !== false && value !== '' && !(Array.isArray(value) && value.length === 0);
