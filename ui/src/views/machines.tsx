// All machines, on a page of their own.

import { PageSection } from '@patternfly/react-core';
import { useAnswer } from '../api/queries.ts';
import { Machines } from '../parts/machines.tsx';
import { Unread } from '../parts/problem-list.tsx';
import { useTabTitle } from '../parts/tab-title.ts';
import { VirtualRack } from '../parts/virtual-rack.tsx';

export function MachinesPage() {
  const status = useAnswer('GET /status', {});
  const nodes = useAnswer('GET /nodes', {});
  useTabTitle('Machines');
  return (
    <PageSection hasBodyWrapper={false} className="pb-page">
      <Unread of={status} />
      <Machines sightings={status.data?.sightings ?? []} heading="h1" />
      {nodes.data && <VirtualRack />}
    </PageSection>
  );
}
