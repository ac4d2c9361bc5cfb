// The ports of switches as a grid, each with the machine that heard it; and the machines that heard nobody.

import { Card, CardBody, EmptyState, EmptyStateBody, Label, Title } from '@patternfly/react-core';
import ExclamationTriangleIcon from '@patternfly/react-icons/dist/esm/icons/exclamation-triangle-icon';
import TopologyIcon from '@patternfly/react-icons/dist/esm/icons/topology-icon';
import { Link } from 'react-router';
import type { Machine } from '../rack/machines.ts';
import { LongList } from '../parts/long-list.tsx';
import { hasWords, machinesIn, type Switch, type SwitchPort, switchesOf, unheardOf } from './ports.ts';
import { nodeMeanings, StateIcon } from '../parts/states.tsx';
import { counted } from '../parts/words.ts';
import './switch-ports.css';

const TURN_ON =
  'Switch LLDP on at the switch, for the ports of machines. A machine listens while it is discovered; start it into the discovery image again to have it listen anew.';

export function SwitchPorts({ machines }: { machines: readonly Machine[] }) {
  const switches = switchesOf(machines);
  if (switches.length === 0)
    return (
      <EmptyState titleText="No machine has heard a switch yet" headingLevel="h2" icon={TopologyIcon} variant="sm">
        <EmptyStateBody>{TURN_ON}</EmptyStateBody>
      </EmptyState>
    );
  return (
    <LongList
      label="Find switches and machines"
      placeholder="Switch or machine"
      items={switches}
      fits={({ name, ports }, words) => hasWords(words, [name, ...ports.flatMap(({ plugged }) => plugged.map(({ machine }) => machine.name))])}
      perPage={10}
    >
      {(some) => some.map((one) => <Ports key={one.name} of={one} />)}
    </LongList>
  );
}

function Ports({ of: { name, ports } }: { of: Switch }) {
  const twice = ports.filter((port) => machinesIn(port) > 1).length;
  return (
    <Card isCompact component="article" aria-label={`Switch ${name}`}>
      <CardBody className="pb-section">
        <div className="pb-section__head">
          <Title headingLevel="h2" size="md">
            {name}
          </Title>
          <span className="pb-subtle">{counted(ports.length, 'port')} heard</span>
          {twice > 0 && (
            <Label isCompact variant="outline" status="warning">
              {counted(twice, 'port')} with several machines
            </Label>
          )}
          <Link to={`/?q=${encodeURIComponent(`switch:"${name}"`)}`}>in the rack</Link>
        </div>
        <ul className="pb-ports" aria-label={`Ports of ${name}`}>
          {ports.map((port) => (
            <Port key={port.port} of={port} />
          ))}
        </ul>
      </CardBody>
    </Card>
  );
}

function Port({ of }: { of: SwitchPort }) {
  const moved = machinesIn(of) > 1;
  return (
    <li className={`pb-port${moved ? ' pb-port--moved' : ''}`}>
      <span className="pb-subtle pb-break">
        {moved && <ExclamationTriangleIcon aria-hidden="true" />} {of.port}
      </span>
      {of.plugged.map(({ machine, nic }) => (
        <span key={`${machine.id} ${nic}`} className="pb-port__machine">
          <StateIcon meaning={nodeMeanings[machine.condition]} />
          <Link to={`/nodes/${machine.name}`}>{machine.name}</Link>
          <span className="pf-v6-u-screen-reader">{nodeMeanings[machine.condition].word}</span>
          <span className="pb-subtle">{nic}</span>
        </span>
      ))}
      {moved && <span className="pb-small">A cable was moved since one of them listened.</span>}
    </li>
  );
}

export function Unheard({ machines }: { machines: readonly Machine[] }) {
  const unheard = unheardOf(machines);
  if (unheard.length === 0)
    return (
      <p className="pb-subtle">
        {machines.some(({ hardware, local }) => hardware && !local) ? 'Every machine that was discovered heard a switch.' : 'No machine was discovered yet.'}
      </p>
    );
  return (
    <>
      <p>
        {unheard.length === 1 ? 'This machine was discovered and heard no switch' : `These ${unheard.length} machines were discovered and heard no switch`} on
        any port. {TURN_ON}
      </p>
      <LongList
        label="Find machines"
        placeholder="Machine or rack"
        items={unheard}
        fits={({ name, rack, serial, macs }, words) => hasWords(words, [name, rack, serial, ...macs])}
        perPage={200}
      >
        {(some) => (
          <ul className="pb-ports" aria-label="Machines without a neighbour">
            {some.map((machine) => (
              <li key={machine.id} className="pb-port">
                <span className="pb-port__machine">
                  <StateIcon meaning={nodeMeanings[machine.condition]} />
                  <Link to={`/nodes/${machine.name}`}>{machine.name}</Link>
                  <span className="pf-v6-u-screen-reader">{nodeMeanings[machine.condition].word}</span>
                </span>
                <span className="pb-subtle">{machine.rack ?? machine.serial}</span>
              </li>
            ))}
          </ul>
        )}
      </LongList>
    </>
  );
}
