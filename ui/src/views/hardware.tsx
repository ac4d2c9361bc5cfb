// The hardware of the site as a whole: versions of firmware side by side, machines that are not as they were accepted, and the files for updates.

import { EmptyState, EmptyStateBody, PageSection, Skeleton } from '@patternfly/react-core';
import { useParams } from 'react-router';
import { useAnswer } from '../api/queries.ts';
import { BaselineDifferences } from '../hardware/baseline-differences.tsx';
import { FirmwareFiles } from '../hardware/firmware-files.tsx';
import { differingRows, FirmwareMatrix } from '../hardware/firmware-matrix.tsx';
import { type PageTab, PageTabs } from '../parts/page-tabs.tsx';
import { PageTitle } from '../parts/page-title.tsx';
import { Unread } from '../parts/problem-list.tsx';

const words: Record<string, string> = { firmware: 'Firmware', differences: 'Differences', files: 'Files' };

export function HardwarePage() {
  const { tab = 'firmware' } = useParams();
  const session = useAnswer('GET /session', {});
  return (
    <>
      <PageTitle title="Hardware" part={words[tab]}>
        Versions of firmware, and machines that are not as they were accepted.
      </PageTitle>
      <PageSection hasBodyWrapper={false} className="pb-page">
        <Unread of={session} />
        {session.isPending && <Skeleton height="20rem" screenreaderText="Reading the hardware" />}
        {session.data?.tenant !== undefined && (
          <EmptyState titleText="The hardware is looked after by the site" headingLevel="h2" variant="sm">
            <EmptyStateBody>People of a tenant see the hardware of a machine of theirs on its page.</EmptyStateBody>
          </EmptyState>
        )}
        {session.data && session.data.tenant === undefined && <OfSite tab={tab} mayAct={session.data.role !== 'viewer'} />}
      </PageSection>
    </>
  );
}

function OfSite({ tab, mayAct }: { tab: string; mayAct: boolean }) {
  const matrix = useAnswer('GET /firmware', {});
  const baselines = useAnswer('GET /baselines', {});
  const files = useAnswer('GET /firmware-files', {});
  const all = [matrix, baselines, files];
  const differing = matrix.data ? differingRows(matrix.data).length : 0;
  const counted = (word: string, count: number): string => (count ? `${word} (${count})` : word);
  const tabs: PageTab[] = [
    { id: 'firmware', word: counted(words.firmware!, differing), shown: matrix.data && <FirmwareMatrix matrix={matrix.data} /> },
    {
      id: 'differences',
      word: counted(words.differences!, baselines.data?.length ?? 0),
      shown: baselines.data && <BaselineDifferences machines={baselines.data} />,
    },
    { id: 'files', word: words.files!, shown: files.data && <FirmwareFiles files={files.data} mayAct={mayAct} /> },
  ];
  return (
    <>
      {all.map((one, index) => (
        <Unread key={index} of={one} />
      ))}
      {all.some(({ isPending }) => isPending) ? (
        <Skeleton height="20rem" screenreaderText="Reading the hardware" />
      ) : (
        <PageTabs tabs={tabs} at={tab} place="/hardware" label="Hardware" />
      )}
    </>
  );
}
