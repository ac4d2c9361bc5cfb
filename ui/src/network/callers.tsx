// Who knocks that is no machine of the site: machines that boot and are not known yet, those that were turned away with why and what to do, and those that
// call home without having a place here. Who is invited to is in invitations.tsx.

import { Button, Card, CardBody, EmptyState, EmptyStateBody, Skeleton, Title } from '@patternfly/react-core';
import DoorOpenIcon from '@patternfly/react-icons/dist/esm/icons/door-open-icon';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { Link } from 'react-router';
import type { CallerView, RefusalView, Sighting } from '../../../core/api/contract.ts';
import { useAct, useAnswer } from '../api/queries.ts';
import { CallsHome } from '../machine/calls-home.tsx';
import { LongList } from '../parts/long-list.tsx';
import { Refusal, Unread } from '../parts/problem-list.tsx';
import { Time } from '../parts/time.tsx';
import { counted } from '../parts/words.ts';
import { CallingHome } from './invitations.tsx';
import { hasWords } from './ports.ts';
import './switch-ports.css';

const doors: Record<RefusalView['door'], string> = { boot: 'the boot server', home: 'where machines call home' };
const stages: Record<Sighting['stage'], string> = {
  ipxe: 'asked what to boot',
  kernel: 'loads the discovery image',
  initrd: 'starts the discovery image',
  inventory: 'has reported what it is',
};

export function Callers() {
  const status = useAnswer('GET /status', {});
  const refused = useAnswer('GET /refusals', {});
  const callers = useAnswer('GET /callers', { query: {} });
  const waiting = status.isPending || refused.isPending || callers.isPending;
  const booting = (status.data?.sightings ?? []).filter(({ nodeId }) => nodeId === undefined);
  const strangers = (callers.data ?? []).filter(({ node }) => node === undefined);
  const nobody = booting.length === 0 && strangers.length === 0 && refused.data?.length === 0;
  return (
    <>
      <Unread of={refused} />
      <Unread of={callers} />
      {waiting && <Skeleton height="12rem" screenreaderText="Reading who calls" />}
      {!waiting && nobody && (
        <EmptyState titleText="Nobody calls who is no machine here" headingLevel="h2" icon={DoorOpenIcon} variant="sm">
          <EmptyStateBody>
            Here stand machines that boot and are not known yet, those that the boot server or home turned away, and those that call home and have no place in
            the rack.
          </EmptyStateBody>
        </EmptyState>
      )}
      {booting.length > 0 && <Booting sightings={booting} />}
      {refused.data && refused.data.length > 0 && <TurnedAway refusals={refused.data} />}
      {strangers.length > 0 && <Strangers callers={strangers} />}
      {!waiting && <CallingHome />}
    </>
  );
}

function Booting({ sightings }: { sightings: Sighting[] }) {
  return (
    <section aria-label="Machines that boot and are not known yet" className="pb-section">
      <Title headingLevel="h2" size="lg">
        Boot for the first time
      </Title>
      <p className="pb-subtle">
        They appear on the <Link to="/">rack page</Link> as soon as they have reported what they are, in a minute or two. One that stays here does not get that
        far: look at its console.
      </p>
      <ul>
        {sightings.map(({ mac, address, serial, stage, at }) => (
          <li key={mac}>
            <span className="pb-mono">{mac}</span>
            {address !== undefined && ` at ${address}`}
            {serial !== undefined && `, serial ${serial}`}: {stages[stage]}, <Time at={at} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function TurnedAway({ refusals }: { refusals: RefusalView[] }) {
  const session = useAnswer('GET /session', {});
  const strike = useAct('DELETE /refusals/:id');
  const may = session.data && session.data.role !== 'viewer';
  return (
    <section aria-label="Turned away" className="pb-section">
      <Title headingLevel="h2" size="lg">
        Turned away
      </Title>
      <Refusal error={strike.error} />
      <LongList
        label="Find who was turned away"
        placeholder="Address, MAC or machine"
        items={refusals}
        fits={({ address, mac, node }, words) => hasWords(words, [address, mac, node?.name])}
        perPage={50}
      >
        {(some) => (
          <Table variant="compact" aria-label="Turned away" gridBreakPoint="grid-md">
            <Thead>
              <Tr>
                <Th>Who</Th>
                <Th>Why, and what to do</Th>
                <Th>When</Th>
                {may && <Th screenReaderText="Strike" />}
              </Tr>
            </Thead>
            <Tbody>
              {some.map(({ id, address, mac, node, door, asked, problem, count, firstAt, at }) => (
                <Tr key={id}>
                  <Td dataLabel="Who">
                    <span>
                      {node ? <Link to={`/nodes/${node.name}`}>{node.name}</Link> : 'unknown'} at <span className="pb-number">{address}</span>
                      {mac !== undefined && <span className="pb-mono"> {mac}</span>}
                      <br />
                      <span className="pb-subtle pb-break">
                        at {doors[door]}, {asked}
                      </span>
                    </span>
                  </Td>
                  <Td dataLabel="Why, and what to do">
                    <span className="pb-break">
                      {problem.summary}
                      {problem.next !== undefined && <span className="pb-subtle"> {problem.next}</span>}
                    </span>
                  </Td>
                  <Td dataLabel="When">
                    <span>
                      <Time at={at} />
                      {count > 1 && (
                        <>
                          , {counted(count, 'time')} since <Time at={firstAt} />
                        </>
                      )}
                    </span>
                  </Td>
                  {may && (
                    <Td>
                      <Button
                        variant="link"
                        size="sm"
                        isInline
                        aria-label={`Strike ${address} from the list`}
                        isDisabled={strike.isPending}
                        onClick={() => strike.mutate({ params: { id } })}
                      >
                        Strike
                      </Button>
                    </Td>
                  )}
                </Tr>
              ))}
            </Tbody>
          </Table>
        )}
      </LongList>
    </section>
  );
}

function Strangers({ callers }: { callers: CallerView[] }) {
  return (
    <section aria-label="Call home and are no machine here" className="pb-section">
      <Title headingLevel="h2" size="lg">
        Call home and are no machine here
      </Title>
      <p className="pb-subtle">
        No machine of this site has their serial: they were sent away before this admin node knew them, belong to somebody else, or pretend. Those of machines
        that are known stand on the page of the machine.
      </p>
      <LongList
        label="Find callers"
        placeholder="Serial, name or key"
        items={callers}
        fits={({ serial, name, id }, words) => hasWords(words, [serial, name, id])}
        perPage={20}
      >
        {(some) => (
          <ul className="pb-networks">
            {some.map((caller) => (
              <li key={caller.id}>
                <Card isCompact component="article" aria-label={`${caller.serial}, which calls home`}>
                  <CardBody className="pb-section">
                    <Title headingLevel="h3" size="md" className="pb-break">
                      {caller.serial}, {caller.name}
                    </Title>
                    <CallsHome caller={caller} />
                  </CardBody>
                </Card>
              </li>
            ))}
          </ul>
        )}
      </LongList>
    </section>
  );
}
