// The networks of the site with what is left in their ranges, and which machine has which address.

import { Card, CardBody, EmptyState, EmptyStateBody, Progress, ProgressMeasureLocation, Title } from '@patternfly/react-core';
import NetworkIcon from '@patternfly/react-icons/dist/esm/icons/network-icon';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import type { ReactNode } from 'react';
import { Link } from 'react-router';
import { FactList } from '../parts/fact-list.tsx';
import type { NetworkView } from '../../../core/api/contract.ts';
import type { Machine } from '../rack/machines.ts';
import { LongList } from '../parts/long-list.tsx';
import { addressesOf, hasWords } from './ports.ts';
import { nodeMeanings, PlainStateLabel } from '../parts/states.tsx';
import { counted } from '../parts/words.ts';
import './switch-ports.css';

type NetworkAddressesProps = {
  machines: readonly Machine[];
  networks: readonly NetworkView[] /** Networks are told to people of the site alone. */;
  site: boolean;
};

export function NetworkAddresses({ machines, networks, site }: NetworkAddressesProps) {
  const addresses = addressesOf(machines, networks);
  return (
    <>
      {site && networks.length === 0 && (
        <EmptyState titleText="There is no network yet" headingLevel="h2" icon={NetworkIcon} variant="sm">
          <EmptyStateBody>
            It comes with the virtual rack, which is started on the <Link to="/">rack page</Link>; or with real machines, when the admin node is started with
            “--interface eth1 --network 10.1.0.0/24”.
          </EmptyStateBody>
        </EmptyState>
      )}
      {networks.length > 0 && (
        <ul className="pb-networks">
          {networks.map((network) => (
            <li key={network.name}>
              <NetworkCard network={network} />
            </li>
          ))}
        </ul>
      )}
      {addresses.length === 0 && networks.length > 0 && (
        <p className="pb-subtle">No machine has an address yet. It gets one when it is let in, on the rack page or by a rule.</p>
      )}
      {addresses.length === 0 && !site && <p className="pb-subtle">None of your machines has an address yet.</p>}
      {addresses.length > 0 && (
        <section aria-label="Addresses" className="pb-section">
          <Title headingLevel="h2" size="lg">
            Who has which address
          </Title>
          <LongList
            label="Find addresses"
            placeholder="Address or machine"
            items={addresses}
            fits={({ address, network, machine }, words) => hasWords(words, [address, network, machine?.name, machine?.serial, ...(machine?.macs ?? [])])}
            perPage={100}
          >
            {(rows) => (
              <Table variant="compact" aria-label="Addresses" gridBreakPoint="grid-md">
                <Thead>
                  <Tr>
                    <Th>Address</Th>
                    <Th>Network</Th>
                    <Th>Machine</Th>
                    <Th>MAC</Th>
                  </Tr>
                </Thead>
                <Tbody>
                  {rows.map(({ address, network, machine }) => (
                    <Tr key={`${network} ${address}`}>
                      <Td dataLabel="Address" className="pb-number">
                        {address}
                      </Td>
                      <Td dataLabel="Network">{network}</Td>
                      <Td dataLabel="Machine">
                        {machine ? (
                          <>
                            <Link to={`/nodes/${machine.name}`}>{machine.name}</Link> <PlainStateLabel meaning={nodeMeanings[machine.condition]} />
                          </>
                        ) : (
                          <span className="pb-subtle">kept for a machine that was forgotten</span>
                        )}
                      </Td>
                      <Td dataLabel="MAC" className="pb-mono">
                        {machine?.macs.join(', ')}
                      </Td>
                    </Tr>
                  ))}
                </Tbody>
              </Table>
            )}
          </LongList>
        </section>
      )}
    </>
  );
}

function NetworkCard({ network }: { network: NetworkView }) {
  const { name, cidr, adminAddress, range, router, size, taken, kept, free } = network;
  const facts: [string, ReactNode][] = [
    ['Network', <span className="pb-number">{cidr}</span>],
    ['Admin node', `${adminAddress} on ${network.interface}${network.namespace ? ` in the namespace ${network.namespace}` : ''}`],
    ['For machines', `${range.first} to ${range.last}`],
    ['Router', router],
  ];
  return (
    <Card isCompact component="article" aria-label={`Network ${name}`}>
      <CardBody className="pb-section">
        <Title headingLevel="h2" size="md">
          {name}
        </Title>
        <FactList facts={facts} termWidth="7rem" />
        <Progress
          aria-label={`Addresses of ${name} that are in use`}
          value={size - free}
          max={size}
          measureLocation={ProgressMeasureLocation.none}
          size="sm"
          {...(free === 0 && { variant: 'warning' as const })}
        />
        <p className="pb-number">
          {counted(free, 'address', 'addresses')} left of {size}; machines have {taken}
          {kept.length > 0 && `, and ${kept.length} ${kept.length === 1 ? 'is' : 'are'} kept for machines that were forgotten`}.
        </p>
        {free === 0 && (
          <p>
            {kept.length > 0
              ? 'The next machines get those that are kept. Then the range is used up.'
              : 'The next machine cannot be let in: forget machines that are gone, or widen the range.'}
          </p>
        )}
      </CardBody>
    </Card>
  );
}
