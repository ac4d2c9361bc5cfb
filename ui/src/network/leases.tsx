// Who has leased which address now, and who answers at which when all are asked: what is not as it was given out.

import { Alert, Button, EmptyState, EmptyStateBody, Label, Skeleton, Title } from '@patternfly/react-core';
import NetworkIcon from '@patternfly/react-icons/dist/esm/icons/network-icon';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { Fragment } from 'react';
import { Link } from 'react-router';
import type { LeasesView, NetworkView } from '../../../core/api/contract.ts';
import type { AddressCheck } from '../../../core/model/lease.ts';
import { useAct, useAnswer } from '../api/queries.ts';
import { LongList } from '../parts/long-list.tsx';
import { ProblemList, Refusal, Unread } from '../parts/problem-list.tsx';
import { Time } from '../parts/time.tsx';
import { DhcpServers } from './dhcp-servers.tsx';
import { hasWords } from './ports.ts';
import { Offer } from '../parts/offer.tsx';

// Nothing is written into the store when a lease is given or ends.
const askAgainMs = 10_000;

export function Leases({ networks }: { networks: readonly NetworkView[] }) {
  const told = useAnswer('GET /leases', {}, { everyMs: askAgainMs });
  return (
    <>
      <Unread of={told} />
      {told.isPending && <Skeleton height="8rem" screenreaderText="Reading the leases" />}
      {told.data?.leases.length === 0 && (
        <EmptyState titleText={told.data.served ? 'Nobody has an address now' : 'No address was leased here'} headingLevel="h2" icon={NetworkIcon} variant="sm">
          <EmptyStateBody>
            {told.data.served
              ? 'A machine gets one when it starts from the network. Switch one on, and see that its cable is in this network.'
              : 'The admin node gives out addresses as soon as a network is served; where the site has a DHCP server of its own (proxy), that one knows.'}
          </EmptyStateBody>
        </EmptyState>
      )}
      {told.data && told.data.leases.length > 0 && <LeaseTable leases={told.data.leases} />}
      {networks.map((network) => (
        <Fragment key={network.name}>
          <WhoAnswers network={network} />
          <DhcpServers network={network} />
        </Fragment>
      ))}
    </>
  );
}

function LeaseTable({ leases }: { leases: LeasesView['leases'] }) {
  return (
    <section aria-label="Leases" className="pb-section">
      <Title headingLevel="h2" size="lg">
        Leased now
      </Title>
      <LongList
        label="Find leases"
        placeholder="Address, machine or MAC"
        items={leases}
        fits={({ address, mac, node, hostname }, words) => hasWords(words, [address, mac, node?.name, hostname])}
        perPage={100}
      >
        {(rows) => (
          <Table variant="compact" aria-label="Leases" gridBreakPoint="grid-md">
            <Thead>
              <Tr>
                <Th>Address</Th>
                <Th>Machine</Th>
                <Th>MAC</Th>
                <Th>Calls itself</Th>
                <Th>Ends</Th>
              </Tr>
            </Thead>
            <Tbody>
              {rows.map(({ address, mac, node, bmc, hostname, expiresAt }) => (
                <Tr key={address}>
                  <Td dataLabel="Address" className="pb-number">
                    {address}
                  </Td>
                  <Td dataLabel="Machine">
                    {node ? (
                      <>
                        <Link to={`/nodes/${node.name}`}>{node.name}</Link>
                        {bmc && ', its BMC'}
                      </>
                    ) : (
                      <Label
                        isCompact
                        variant="outline"
                        status="warning"
                        title="No machine that is known here has this MAC: it is booting for the first time, or it is none of yours."
                      >
                        unknown
                      </Label>
                    )}
                  </Td>
                  <Td dataLabel="MAC" className="pb-mono">
                    {mac}
                  </Td>
                  <Td dataLabel="Calls itself">{hostname}</Td>
                  <Td dataLabel="Ends">{expiresAt === undefined ? 'never' : <Time at={expiresAt} />}</Td>
                </Tr>
              ))}
            </Tbody>
          </Table>
        )}
      </LongList>
    </section>
  );
}

function WhoAnswers({ network: { name, addressCheck } }: { network: NetworkView }) {
  const ask = useAct('POST /networks/:name/addresses');
  return (
    <section aria-label={`Who answers in ${name}`} className="pb-section">
      <Title headingLevel="h2" size="lg">
        Who answers in {name}
      </Title>
      <p className="pb-subtle">
        Every address is asked who has it (ARP). Found are machines with one address between them, and addresses that somebody took without being given them.
      </p>
      <div>
        <Offer act="POST /networks/:name/addresses">
          <Button variant="secondary" isDisabled={ask.isPending} isLoading={ask.isPending} onClick={() => ask.mutate({ params: { name } })}>
            {ask.isPending ? 'Asking; some seconds for each 256 addresses…' : 'Ask all addresses'}
          </Button>
        </Offer>
      </div>
      <Refusal error={ask.error} />
      {addressCheck && <Answered check={addressCheck} />}
    </section>
  );
}

function Answered({ check: { at, by, asked, answers, problems } }: { check: AddressCheck }) {
  return (
    <div role="status" className="pb-section">
      <p>
        <Time at={at} />, by {by}: {answers.length} of {asked} addresses answer.
      </p>
      {problems.length === 0 && <Alert isInline variant="success" title="All that answer are who was given the address." component="p" />}
      <ProblemList problems={problems} />
    </div>
  );
}
