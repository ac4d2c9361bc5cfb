// Where a page is: the pages above it, each a link, and its own name.

import { Breadcrumb, BreadcrumbItem } from '@patternfly/react-core';
import { Link } from 'react-router';

/** `above`: path and word of each, from the top. */
export function Crumbs({ above, here }: { above: readonly (readonly [path: string, word: string])[]; here: string }) {
  return (
    <Breadcrumb>
      {above.map(([path, word]) => (
        <BreadcrumbItem
          key={path}
          render={({ className }) => (
            <Link className={className} to={path}>
              {word}
            </Link>
          )}
        />
      ))}
      <BreadcrumbItem isActive>{here}</BreadcrumbItem>
    </Breadcrumb>
  );
}
