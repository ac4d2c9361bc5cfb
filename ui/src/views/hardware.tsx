// The hardware of the site as a whole: versions of firmware side by side, machines that are not as they were accepted, and the files for updates.

import { EmptyState, EmptyStateBody, PageSection, Skeleton, Tab, Tabs, TabTitleText } from '@patternfly/react-core';
import type { ReactNode } from 'react';
import { useNavigate, useParams } from 'react-router';
import { useAnswer } from '../api/queries.ts';
import { BaselineDifferences } from '../hardware/baseline-differences.tsx';
import { FirmwareFiles } from '../hardware/firmware-files.tsx';
import { differingRows, FirmwareMatrix } from '../hardware/firmware-matrix.tsx';
import { PageTitle } from '../parts/page-title.tsx';
import { Unread } from '../parts/problem-list.tsx';

export function HardwarePage() {
  const session = useAnswer('GET /session', {});
  return (
    <>
      <PageTitle title="Hardware">Versions of firmware, and machines that are not as they were accepted.</PageTitle>
      <PageSection hasBodyWrapper={false} className="pb-page">
        <Unread of={session} />
        {session.isPending && <Skeleton height="20rem" screenreaderText="Reading the hardware" />}
        {session.data?.tenant !== undefined && (
          <EmptyState titleText="The hardware is looked after by the site" headingLevel="h2" variant="sm">
            <EmptyStateBody>People of a tenant see the hardware of a machine of theirs on its page.</EmptyStateBody>
          </EmptyState>
        )}
        {session.data && session.data.tenant === undefined && <OfSite mayAct={session.data.role !== 'viewer'} />}
      </PageSection>
    </>
  );
}

function OfSite({ mayAct }: { mayAct: boolean }) {
  const { tab = 'firmware' } = useParams();
  const go = useNavigate();
  const matrix = useAnswer('GET /firmware', {});
  const baselines = useAnswer('GET /baselines', {});
  const files = useAnswer('GET /firmware-files', {});
  const all = [matrix, baselines, files];
  const differing = matrix.data ? differingRows(matrix.data).length : 0;
  const tabs: { id: string; word: string; count: number; shown: ReactNode }[] = [
    { id: 'firmware', word: 'Firmware', count: differing, shown: matrix.data && <FirmwareMatrix matrix={matrix.data} /> },
    { id: 'differences', word: 'Differences', count: baselines.data?.length ?? 0, shown: baselines.data && <BaselineDifferences machines={baselines.data} /> },
    { id: 'files', word: 'Files', count: 0, shown: files.data && <FirmwareFiles files={files.data} mayAct={mayAct} /> },
  ];
  return (
    <>
      {all.map((one, index) => (
        <Unread key={index} of={one} />
      ))}
      {all.some(({ isPending }) => isPending) ? (
        <Skeleton height="20rem" screenreaderText="Reading the hardware" />
      ) : (
        <Tabs activeKey={tab} onSelect={(_, id) => void go(`/hardware/${id}`)} aria-label="Hardware" mountOnEnter unmountOnExit>
          {tabs.map(({ id, word, count, shown }) => (
            <Tab key={id} eventKey={id} title={<TabTitleText>{count ? `${word} (${count})` : word}</TabTitleText>}>
              <div className="pb-page pb-below-tabs">{shown}</div>
            </Tab>
          ))}
        </Tabs>
      )}
    </>
  );
}
