// What was found when the networks were tried between the machines that are up: a line for each check, which machine is seen in which network, and what is
// wrong with what to do; and trying them again.

import { Button, EmptyState, EmptyStateBody, Skeleton, Title } from '@patternfly/react-core';
import CheckCircleIcon from '@patternfly/react-icons/dist/esm/icons/check-circle-icon';
import ExclamationCircleIcon from '@patternfly/react-icons/dist/esm/icons/exclamation-circle-icon';
import ExclamationTriangleIcon from '@patternfly/react-icons/dist/esm/icons/exclamation-triangle-icon';
import NetworkIcon from '@patternfly/react-icons/dist/esm/icons/network-icon';
import OutlinedCircleIcon from '@patternfly/react-icons/dist/esm/icons/outlined-circle-icon';
import QuestionCircleIcon from '@patternfly/react-icons/dist/esm/icons/question-circle-icon';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { Link } from 'react-router';
import type { VerifiedNetworkView } from '../../../core/api/contract.ts';
import type { CheckName, MachineFinding } from '../../../core/model/verification.ts';
import { useAct, useAnswer } from '../api/queries.ts';
import { LongList } from '../parts/long-list.tsx';
import { ProblemList, Refusal, Unread } from '../parts/problem-list.tsx';
import { type Meaning, PlainStateLabel } from '../parts/states.tsx';
import { Time } from '../parts/time.tsx';
import { hasWords } from './ports.ts';
import { Offer } from '../parts/offer.tsx';

type Check = VerifiedNetworkView['checks'][number];

const stateMeanings: Record<Check['state'], Meaning> = {
  well: { word: 'well', means: 'Everything that was asked is as it should be.', colour: 'green', icon: CheckCircleIcon },
  warning: { word: 'warning', means: 'It works, and something about it is odd.', colour: 'orange', icon: ExclamationTriangleIcon },
  fault: { word: 'fault', means: 'Something is wrong; below is what, where, and what to do.', colour: 'red', icon: ExclamationCircleIcon },
  partly: { word: 'partly', means: 'What was asked is well; some machines could not be asked.', colour: 'teal', icon: QuestionCircleIcon },
  unasked: { word: 'not asked', means: 'No machine could be asked.', colour: 'grey', icon: QuestionCircleIcon },
  never: { word: 'never', means: 'Nobody has tried it yet.', colour: 'grey', icon: OutlinedCircleIcon },
};
const seenMeanings: Record<MachineFinding['state'], Meaning> = {
  well: { ...stateMeanings.well, word: 'seen' },
  fault: { ...stateMeanings.fault, word: 'not seen' },
  unasked: stateMeanings.unasked,
};
const checks: Record<CheckName, { word: string; means: string }> = {
  reach: { word: 'Machines see one another', means: 'Each asks some others for an answer, over the interfaces that carry the network.' },
  mtu: { word: 'Large packets pass', means: 'The same with packets as large as the network promises.' },
  dns: { word: 'Names are known', means: 'The name servers that each machine was given are asked for it and a neighbour.' },
  time: { word: 'Clocks agree', means: "Each machine's clock is held against the admin node's." },
  addresses: { word: 'Addresses are used once', means: 'Every address is asked who has it (ARP).' },
  dhcp: { word: 'DHCP servers', means: 'The network is asked for an address as a machine would ask that boots.' },
};

export function Verification() {
  const told = useAnswer('GET /verifications', {});
  const status = useAnswer('GET /status', {});
  const verify = useAct('POST /verifications');
  const activity = status.data?.activities.find(({ id, endedAt }) => id === 'network-verification' && !endedAt);
  const busy = verify.isPending || activity !== undefined;
  const networks = told.data?.networks ?? [];
  return (
    <>
      <Unread of={told} />
      {told.isPending && <Skeleton height="12rem" screenreaderText="Reading what was found" />}
      {told.data && networks.length === 0 && (
        <EmptyState titleText="There is no network yet" headingLevel="h2" icon={NetworkIcon} variant="sm">
          <EmptyStateBody>
            It comes with the virtual rack, or with real machines behind an interface; further ones stand in the settings of the barclamp network of a{' '}
            <Link to="/deployments">deployment</Link>.
          </EmptyStateBody>
        </EmptyState>
      )}
      {networks.length > 0 && (
        <>
          <p className="pb-subtle">
            Tried between the machines that are up, also for networks that a draft asks for and no machine has yet. What a machine has is left as it is; what is
            made for the moment is taken away again.
          </p>
          <div>
            <Offer act="POST /verifications">
              <Button variant="secondary" isDisabled={busy || !told.data?.served} isLoading={busy} onClick={() => verify.mutate({ body: {} })}>
                {busy ? `Trying${activity ? `: ${activity.phase}` : ''}…` : 'Try all networks'}
              </Button>
            </Offer>
          </div>
          {told.data && !told.data.served && <p>No machines are served now, so that none can be asked. Start the virtual rack, or serve an interface.</p>}
          <Refusal error={verify.error} />
          {networks.map((network) => (
            <Tried key={network.id} network={network} />
          ))}
          {networks.length > 1 && <Matrix networks={networks} />}
        </>
      )}
    </>
  );
}

function Tried({ network: { id, name, deployment, settings, vlan, checks: made } }: { network: VerifiedNetworkView }) {
  const title = vlan === undefined ? name : `${name}, VLAN ${vlan}`;
  const unasked = new Map(
    made.flatMap(({ machines }) => machines.filter(({ state }) => state === 'unasked').map((one) => [`${one.name} ${one.why}`, one] as const)),
  );
  return (
    <section aria-label={`Checks of ${id}`} className="pb-section">
      <div className="pb-section__head">
        <Title headingLevel="h2" size="lg">
          {title}
        </Title>
        <span className="pb-subtle pb-break">
          {settings}
          {deployment !== undefined && (
            <>
              {' '}
              in <Link to={`/deployments/${deployment}/network`}>{deployment}</Link>
            </>
          )}
        </span>
      </div>
      <Table variant="compact" aria-label={`Checks of ${id}`} gridBreakPoint="grid-md">
        <Thead>
          <Tr>
            <Th>Check</Th>
            <Th>State</Th>
            <Th>Machines</Th>
            <Th>Tried</Th>
          </Tr>
        </Thead>
        <Tbody>
          {made.map(({ check, state, machines, at, by, settings: earlier }) => (
            <Tr key={check}>
              <Td dataLabel="Check" title={checks[check].means}>
                {checks[check].word}
              </Td>
              <Td dataLabel="State">
                <PlainStateLabel meaning={stateMeanings[state]} />
              </Td>
              <Td dataLabel="Machines" className="pb-number">
                {machines.length > 0 && `${machines.filter((one) => one.state === 'well').length} of ${machines.length} well`}
              </Td>
              <Td dataLabel="Tried">
                {at !== undefined && (
                  <span>
                    <Time at={at} />
                    {by !== undefined && ` by ${by}`}
                    {earlier !== undefined && `, with earlier settings: ${earlier}`}
                  </span>
                )}
              </Td>
            </Tr>
          ))}
        </Tbody>
      </Table>
      <ProblemList problems={made.flatMap(({ problems }) => problems)} />
      {unasked.size > 0 && (
        <details>
          <summary>Could not be asked: {unasked.size}</summary>
          <ul>
            {[...unasked].map(([key, { name: machine, why }]) => (
              <li key={key}>
                <Link to={`/nodes/${machine}`}>{machine}</Link>: {why}
              </li>
            ))}
          </ul>
        </details>
      )}
    </section>
  );
}

function Matrix({ networks }: { networks: readonly VerifiedNetworkView[] }) {
  const reach = networks.map(({ checks: made }) => new Map(made.find(({ check }) => check === 'reach')?.machines.map((one) => [one.name, one])));
  const names = [...new Set(reach.flatMap((machines) => [...machines.keys()]))].toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true }));
  if (names.length === 0) return null;
  return (
    <section aria-label="Machines in networks" className="pb-section">
      <Title headingLevel="h2" size="lg">
        Which machine is seen where
      </Title>
      <LongList label="Find machines in networks" placeholder="Machine" items={names} fits={(name, words) => hasWords(words, [name])} perPage={100}>
        {(some) => (
          <Table variant="compact" aria-label="Machines in networks" gridBreakPoint="grid-md">
            <Thead>
              <Tr>
                <Th>Machine</Th>
                {networks.map(({ id, vlan }) => (
                  <Th key={id}>{vlan === undefined ? id : `${id} (VLAN ${vlan})`}</Th>
                ))}
              </Tr>
            </Thead>
            <Tbody>
              {some.map((name) => (
                <Tr key={name}>
                  <Td dataLabel="Machine">
                    <Link to={`/nodes/${name}`}>{name}</Link>
                  </Td>
                  {networks.map(({ id }, index) => {
                    const one = reach[index]!.get(name);
                    return (
                      <Td key={id} dataLabel={id}>
                        {one ? <PlainStateLabel meaning={{ ...seenMeanings[one.state], ...(one.why !== undefined && { means: one.why }) }} /> : '·'}
                      </Td>
                    );
                  })}
                </Tr>
              ))}
            </Tbody>
          </Table>
        )}
      </LongList>
    </section>
  );
}
