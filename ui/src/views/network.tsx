// The networks of the site: who has which address and how many are left, who has leased one and who answers, what was found when they were tried,
// which machine is in which port of which switch, who heard no switch, and who calls that is no machine here.

import { PageSection, Skeleton } from '@patternfly/react-core';
import { useParams } from 'react-router';
import { useAnswer } from '../api/queries.ts';
import { NetworkAddresses } from '../network/addresses.tsx';
import { Callers } from '../network/callers.tsx';
import { Leases } from '../network/leases.tsx';
import { type PageTab, PageTabs } from '../parts/page-tabs.tsx';
import { PageTitle } from '../parts/page-title.tsx';
import { unheardOf } from '../network/ports.ts';
import { Unread } from '../parts/problem-list.tsx';
import { SwitchPorts, Unheard } from '../network/switch-ports.tsx';
import { Verification } from '../network/verification.tsx';
import { useMachines } from '../rack/use-machines.ts';

export function NetworkPage() {
  const { tab = 'addresses' } = useParams();
  const session = useAnswer('GET /session', {});
  const site = session.data !== undefined && session.data.tenant === undefined;
  const networks = useAnswer('GET /networks', {}, { enabled: site });
  const machines = useMachines();
  const waiting = machines.isPending || session.isPending || (site && networks.isPending);
  const list = machines.data?.list ?? [];
  const unheard = unheardOf(list).length;
  const tabs: PageTab[] = [
    { id: 'addresses', word: 'Addresses', shown: <NetworkAddresses machines={list} networks={networks.data ?? []} site={site} /> },
    ...(site ? [{ id: 'leases', word: 'Leases', shown: <Leases networks={networks.data ?? []} /> }] : []),
    ...(site ? [{ id: 'verification', word: 'Verification', shown: <Verification /> }] : []),
    { id: 'switches', word: 'Switch ports', shown: <SwitchPorts machines={list} /> },
    ...(site ? [{ id: 'callers', word: 'Callers', shown: <Callers /> }] : []),
    { id: 'unheard', word: unheard ? `Without a neighbour (${unheard})` : 'Without a neighbour', shown: <Unheard machines={list} /> },
  ];
  return (
    <>
      <PageTitle title="Network" part={tabs.find(({ id }) => id === tab)?.word}>
        Addresses as they were given out, and cables as the machines heard the switches at their other ends (LLDP).
      </PageTitle>
      <PageSection hasBodyWrapper={false} className="pb-page">
        <Unread of={machines} />
        <Unread of={networks} />
        {waiting && <Skeleton height="20rem" screenreaderText="Reading the networks" />}
        {!waiting && machines.data && <PageTabs tabs={tabs} at={tab} place="/network" label="Network" />}
      </PageSection>
    </>
  );
}
