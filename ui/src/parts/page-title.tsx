// The heading of a page, with what stands around it. Also names the browser's tab.

import { Flex, FlexItem, PageSection, Title } from '@patternfly/react-core';
import type { ReactNode } from 'react';
import { useTabTitle } from './tab-title.ts';

type PageTitleProps = {
  title: string;
  part?: string | undefined;
  heading?: ReactNode;
  beside?: ReactNode;
  actions?: ReactNode;
  above?: ReactNode;
  children?: ReactNode;
};

/** `title` for the tab, behind the `part` of the page that is open; `heading` where the page shows more than that; `beside` stands right of it, `children` below. */
export function PageTitle({ title, part, heading, beside, actions, above, children }: PageTitleProps) {
  useTabTitle(part ? `${part} · ${title}` : title);
  return (
    <PageSection hasBodyWrapper={false} className="pb-title">
      {above}
      <Flex alignItems={{ default: 'alignItemsCenter' }} columnGap={{ default: 'columnGapMd' }} rowGap={{ default: 'rowGapSm' }}>
        <Title headingLevel="h1" size="xl" tabIndex={-1}>
          {heading ?? title}
        </Title>
        {beside && <FlexItem>{beside}</FlexItem>}
        {actions && <FlexItem align={{ default: 'alignRight' }}>{actions}</FlexItem>}
      </Flex>
      {/* A line that is empty is a line as well: what is below stays where it was while nothing was known yet. */}
      {children !== undefined && <p className="pb-subtle">{children === '' ? '\u00a0' : children}</p>}
    </PageSection>
  );
}
