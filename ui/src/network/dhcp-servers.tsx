// Which DHCP servers answered when the network was asked as a machine would ask that boots, and asking again.

import { Button, List, ListItem, Title } from '@patternfly/react-core';
import type { NetworkView } from '../../../core/api/contract.ts';
import { useAct } from '../api/queries.ts';
import { ProblemList, Refusal } from '../parts/problem-list.tsx';
import { Time } from '../parts/time.tsx';
import { Offer } from '../parts/offer.tsx';

export function DhcpServers({ network: { name, adminAddress, check, served } }: { network: NetworkView }) {
  const ask = useAct('POST /networks/:name/check');
  return (
    <section aria-label={`DHCP servers in ${name}`} className="pb-section">
      <Title headingLevel="h2" size="lg">
        DHCP servers in {name}
      </Title>
      {!check && <p className="pb-subtle">Nobody has asked yet. A second server that answers gives machines other addresses, and nothing to boot.</p>}
      {check && (
        <>
          <p>
            <Time at={check.at} />: {check.offers.length === 0 ? 'nobody answered.' : 'these answered.'}
          </p>
          <List aria-label={`DHCP servers that answered in ${name}`}>
            {check.offers.map(({ server, address, bootFile }) => (
              <ListItem key={server} className="pb-break">
                {server === adminAddress ? `${server}, the admin node` : server}: {address ? `offered ${address}` : 'offered no address'}
                {bootFile && `, to boot ${bootFile}`}
              </ListItem>
            ))}
          </List>
          <ProblemList problems={check.problems} />
        </>
      )}
      {served && (
        <div>
          <Offer act="POST /networks/:name/check">
            <Button variant="secondary" isDisabled={ask.isPending} isLoading={ask.isPending} onClick={() => ask.mutate({ params: { name }, body: {} })}>
              {ask.isPending ? 'Asking, for some seconds…' : 'Ask for DHCP servers'}
            </Button>
          </Offer>
        </div>
      )}
      <Refusal error={ask.error} />
    </section>
  );
}
