// One card in the middle of an otherwise empty page: for what comes before the page itself.

import { Card, CardBody, Title } from '@patternfly/react-core';
import { type ReactNode, useEffect } from 'react';
import './at-the-door.css';

export function AtTheDoor({ title, children }: { title: string; children: ReactNode }) {
  // Nothing is read for it, as other pages do for theirs: nobody is signed in.
  useEffect(() => {
    document.title = `${title} · Prybar`;
  }, [title]);
  return (
    <main className="pb-signin">
      <Card>
        <CardBody className="pb-section">
          <img src="/favicon.svg" alt="" width="40" height="40" />
          <Title headingLevel="h1" size="2xl">
            {title}
          </Title>
          {children}
        </CardBody>
      </Card>
    </main>
  );
}
