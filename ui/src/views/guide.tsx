// The guide to the first machine on a page of its own, for when there are machines already.

import { PageSection } from '@patternfly/react-core';
import { useAnswer } from '../api/queries.ts';
import { FirstRun } from '../guide/first-run.tsx';
import { PageTitle } from '../parts/page-title.tsx';

export function GuidePage() {
  const session = useAnswer('GET /session', {});
  return (
    <>
      <PageTitle title="First run">What it takes until the first machine does something, and how far this site is.</PageTitle>
      <PageSection hasBodyWrapper={false} className="pb-page">
        {session.data?.tenant === undefined ? (
          session.data && <FirstRun />
        ) : (
          <p>Networks and the admission of machines are the business of the site’s operators.</p>
        )}
      </PageSection>
    </>
  );
}
