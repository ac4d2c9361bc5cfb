// What a machine's board controller says: what it is, what its sensors read, what it has noted down. Asked when somebody wants to know, never
// by the page itself: these are small computers that stop answering when they are asked too much.

import { Button, Skeleton } from '@patternfly/react-core';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import CheckCircleIcon from '@patternfly/react-icons/dist/esm/icons/check-circle-icon';
import ExclamationCircleIcon from '@patternfly/react-icons/dist/esm/icons/exclamation-circle-icon';
import ExclamationTriangleIcon from '@patternfly/react-icons/dist/esm/icons/exclamation-triangle-icon';
import MinusCircleIcon from '@patternfly/react-icons/dist/esm/icons/minus-circle-icon';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import type { NodeView } from '../../../core/api/contract.ts';
import type { BmcEvent, BmcIdentity, Sensor } from '../../../core/model/bmc.ts';
import { call } from '../api/client.ts';
import { useOwnSession } from '../api/own-session.ts';
import { Refusal } from '../parts/problem-list.tsx';
import { type Meaning, StateLabel } from '../parts/states.tsx';
import { Time } from '../parts/time.tsx';
import { AccountDialog, ForgetWay } from './bmc-account.tsx';

const EVENTS = 10;

const meanings: Record<Sensor['state'], Meaning> = {
  critical: { word: 'critical', means: 'Beyond its limit: the machine may fail or switch itself off.', colour: 'red', icon: ExclamationCircleIcon },
  warning: { word: 'warning', means: 'Near its limit.', colour: 'orange', icon: ExclamationTriangleIcon },
  unread: { word: 'no reading', means: 'It cannot be read now: what it measures is off or not fitted.', colour: 'grey', icon: MinusCircleIcon },
  ok: { word: 'ok', means: 'Within its limits.', colour: 'green', icon: CheckCircleIcon },
};
const urgency = Object.keys(meanings) as Sensor['state'][];

export function BoardController({ node, openConsole }: { node: NodeView; openConsole: () => void }) {
  const { mayAct, ofSite } = useOwnSession();
  const [asking, setAsking] = useState<'account' | 'anew'>();
  const told = useMutation({
    mutationFn: async () => {
      const params = { id: node.id };
      return {
        identity: await call('GET /nodes/:id/bmc', { params }),
        sensors: await call('GET /nodes/:id/sensors', { params }),
        events: await call('GET /nodes/:id/bmc-events', { params, query: { limit: EVENTS } }),
      };
    },
  });
  const close = () => setAsking(undefined);
  return (
    <>
      {node.bmc ? (
        <p>
          {node.bmc.address} as {node.bmc.user}
          {told.data && <span className="pb-subtle"> {identityText(told.data.identity)}</span>}
        </p>
      ) : (
        <p className="pb-subtle">
          {node.inventory?.bmc?.address ? `There is one at ${node.inventory.bmc.address}, and no account for it is known.` : 'None is known.'} The role bmc
          makes an account{mayAct && ofSite && '; one that exists can be entered'}.
        </p>
      )}
      <div className="pb-actions">
        {node.bmc && (
          <Button variant="secondary" size="sm" isLoading={told.isPending} isDisabled={told.isPending} onClick={() => told.mutate()}>
            {told.data ? 'Ask again' : 'Ask for sensors and events'}
          </Button>
        )}
        {node.bmc && mayAct && (
          <Button variant="secondary" size="sm" onClick={openConsole}>
            Open the console
          </Button>
        )}
        {mayAct && ofSite && (
          <Button variant={node.bmc ? 'link' : 'secondary'} size="sm" onClick={() => setAsking('account')}>
            {node.bmc ? 'Another account…' : 'Enter an account…'}
          </Button>
        )}
        {node.bmc && mayAct && ofSite && (
          <Button variant="link" size="sm" onClick={() => setAsking('anew')}>
            Look for it anew…
          </Button>
        )}
      </div>
      <Refusal error={told.error} />
      {told.isPending && !told.data && <Skeleton height="8rem" screenreaderText="Asking the board controller" />}
      {told.data && <Sensors sensors={told.data.sensors} />}
      {told.data && <Events events={told.data.events} />}
      {asking === 'anew' && <ForgetWay node={node} close={close} />}
      {asking === 'account' && (
        <AccountDialog
          node={node}
          close={close}
          done={() => {
            close();
            told.mutate();
          }}
        />
      )}
    </>
  );
}

const identityText = ({ protocol, version, maker, model, firmware }: BmcIdentity): string =>
  [`${protocol === 'ipmi' ? 'IPMI' : 'Redfish'} ${version ?? ''}`.trim(), maker, model, firmware && `firmware ${firmware}`].filter(Boolean).join(', ');

function Sensors({ sensors }: { sensors: Sensor[] }) {
  if (sensors.length === 0) return <p className="pb-subtle">It has no sensors.</p>;
  const sorted = sensors.toSorted((a, b) => urgency.indexOf(a.state) - urgency.indexOf(b.state));
  return (
    <Table variant="compact" aria-label="Sensors" gridBreakPoint="" borders={false}>
      <Thead>
        <Tr>
          <Th>Sensor</Th>
          <Th>Reading</Th>
          <Th>State</Th>
        </Tr>
      </Thead>
      <Tbody>
        {sorted.map((sensor) => (
          <Tr key={sensor.name}>
            <Td>{sensor.name}</Td>
            <Td>{sensor.value !== undefined && [sensor.value, sensor.unit].filter((part) => part !== undefined).join(' ')}</Td>
            <Td>
              <StateLabel meaning={meanings[sensor.state]} />
            </Td>
          </Tr>
        ))}
      </Tbody>
    </Table>
  );
}

function Events({ events }: { events: BmcEvent[] }) {
  if (events.length === 0) return <p className="pb-subtle">It has noted nothing.</p>;
  return (
    <Table variant="compact" aria-label="Events of the board controller" gridBreakPoint="" borders={false}>
      <Thead>
        <Tr>
          <Th>Event</Th>
          <Th>At</Th>
        </Tr>
      </Thead>
      <Tbody>
        {events.map((event) => (
          <Tr key={event.id}>
            <Td>
              {event.severity !== 'ok' && <StateLabel meaning={meanings[event.severity]} />} {event.text}
            </Td>
            <Td>{event.at === undefined ? <span className="pb-subtle">clock not set</span> : <Time at={event.at} />}</Td>
          </Tr>
        ))}
      </Tbody>
    </Table>
  );
}
