// A part of a page with its title, for those who look and for those who go by regions.

import { Card, CardBody, Title } from '@patternfly/react-core';
import type { ReactNode } from 'react';

export function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <Card isCompact component="section" aria-label={title}>
      <CardBody className="pb-section">
        <Title headingLevel="h2" size="md">
          {title}
        </Title>
        {children}
      </CardBody>
    </Card>
  );
}
