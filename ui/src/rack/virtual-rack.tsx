// The lab's machines, when there are any: their power and how to reach their consoles; and its containers, of which more can be had.
// Stopping it is confirmed.

import { Button, Card, CardBody, ClipboardCopy, FormGroup, NumberInput, Title } from '@patternfly/react-core';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { useState } from 'react';
import type { LabContainer, LabMachine } from '../../../core/api/contract.ts';
import { useAct, useAnswer } from '../api/queries.ts';
import { Confirm } from '../parts/confirm.tsx';
import { isName, NameField } from '../parts/fields.tsx';
import { FormDialog } from '../parts/form-dialog.tsx';
import { counted } from '../parts/words.ts';
import { Offer } from '../parts/offer.tsx';

/** As many as the admin node allows. */
const mostContainers = 50;

export function VirtualRack() {
  const lab = useAnswer('GET /lab', {});
  if (!lab.data?.running) return null;
  const { machines, containers, engine } = lab.data;
  return (
    <section aria-labelledby="lab-title" className="pb-section">
      <div className="pb-section__head">
        <Title id="lab-title" headingLevel="h2" size="lg">
          Virtual rack
        </Title>
        <div className="pb-section__tools">
          <AddContainers present={containers.length} />
          <StopRack what={whatIsThere(machines, containers)} />
        </div>
      </div>
      <Card isCompact>
        <CardBody className="pb-section">
          {machines.length > 0 && <Machines machines={machines} />}
          {containers.length > 0 && <Containers containers={containers} engine={engine} />}
          {machines.length + containers.length === 0 && <p className="pb-subtle">Nothing is in it yet.</p>}
        </CardBody>
      </Card>
    </section>
  );
}

function Machines({ machines }: { machines: LabMachine[] }) {
  return (
    <Table variant="compact" aria-label="Virtual machines" gridBreakPoint="grid-md" borders={false}>
      <Thead>
        <Tr>
          <Th>Machine</Th>
          <Th>Power</Th>
          <Th>Serial</Th>
          <Th>MAC</Th>
          <Th>BMC</Th>
          <Th width={35}>Console</Th>
        </Tr>
      </Thead>
      <Tbody>
        {machines.map((machine) => (
          <Tr key={machine.name}>
            <Td dataLabel="Machine">{machine.name}</Td>
            <Td dataLabel="Power">{machine.powered ? 'on' : 'off'}</Td>
            <Td dataLabel="Serial">{machine.serial}</Td>
            <Td dataLabel="MAC" className="pb-mono">
              {machine.mac}
            </Td>
            <Td dataLabel="BMC" className="pb-mono">
              {machine.bmc}
            </Td>
            <Td dataLabel="Console">
              <ClipboardCopy isReadOnly isCode variant="inline-compact" hoverTip="Copy" clickTip="Copied">
                {machine.console}
              </ClipboardCopy>
            </Td>
          </Tr>
        ))}
      </Tbody>
    </Table>
  );
}

/** Machines that are installed already: cheap, and there in seconds. */
function Containers({ containers, engine }: { containers: LabContainer[]; engine: string | undefined }) {
  return (
    <>
      <Table variant="compact" aria-label="Containers" gridBreakPoint="grid-md" borders={false}>
        <Thead>
          <Tr>
            <Th>Container</Th>
            <Th>Runs</Th>
            <Th>Serial</Th>
            <Th>Address</Th>
            <Th width={35}>Id</Th>
          </Tr>
        </Thead>
        <Tbody>
          {containers.map((one) => (
            <Tr key={one.name}>
              <Td dataLabel="Container">{one.name}</Td>
              <Td dataLabel="Runs">{one.running ? 'yes' : 'no'}</Td>
              <Td dataLabel="Serial">{one.serial}</Td>
              <Td dataLabel="Address" className="pb-mono">
                {one.address ?? '—'}
              </Td>
              <Td dataLabel="Id" className="pb-mono">
                {one.container.slice(0, 12)}
              </Td>
            </Tr>
          ))}
        </Tbody>
      </Table>
      {engine && <p className="pb-subtle">Run by {engine}.</p>}
    </>
  );
}

/** Adds containers; those that are there stay as they are. */
function AddContainers({ present }: { present: number }) {
  const [asking, setAsking] = useState(false);
  const [more, setMore] = useState(3);
  const [pool, setPool] = useState('containers');
  const add = useAct('POST /lab');
  const close = () => setAsking(false);
  const room = mostContainers - present;
  return (
    <>
      <Offer act="POST /lab">
        <Button variant="secondary" size="sm" isDisabled={room < 1} onClick={() => setAsking(true)}>
          Add containers…
        </Button>
      </Offer>
      {asking && (
        <FormDialog
          title="Add containers"
          description="Machines with an installed system, in seconds: to try barclamps on. They share this machine's kernel and have no disks of their own."
          act={`Add ${counted(more, 'container')}`}
          complete={isName(pool) && more >= 1 && more <= room}
          pending={add.isPending}
          error={add.error}
          onAct={() => add.mutate({ body: { containers: present + more, pool } }, { onSuccess: close })}
          close={close}
        >
          <FormGroup label="How many" fieldId="containers-more">
            <NumberInput
              inputName="containers-more"
              inputAriaLabel="How many"
              minusBtnAriaLabel="One less"
              plusBtnAriaLabel="One more"
              value={more}
              min={1}
              max={room}
              onMinus={() => setMore(Math.max(1, more - 1))}
              onPlus={() => setMore(Math.min(room, more + 1))}
              onChange={(event) => setMore(Number(event.currentTarget.value) || 0)}
            />
          </FormGroup>
          <NameField id="containers-pool" label="Pool" value={pool} change={setPool} help="Deployments take their machines from pools." />
        </FormDialog>
      )}
    </>
  );
}

const whatIsThere = (machines: LabMachine[], containers: LabContainer[]): string =>
  [machines.length > 0 && counted(machines.length, 'machine'), containers.length > 0 && counted(containers.length, 'container')].filter(Boolean).join(' and ');

function StopRack({ what }: { what: string }) {
  const [asking, setAsking] = useState(false);
  const stop = useAct('DELETE /lab');
  const close = () => setAsking(false);
  return (
    <>
      <Offer act="DELETE /lab">
        <Button variant="secondary" size="sm" onClick={() => setAsking(true)}>
          Stop the virtual rack…
        </Button>
      </Offer>
      {asking && (
        <Confirm
          title="Stop the virtual rack?"
          act="Stop"
          pending={stop.isPending}
          error={stop.error}
          onAct={() => stop.mutate({}, { onSuccess: close })}
          close={close}
        >
          <p>{what || 'Nothing'}: switched off at once; everything in the machines&apos; RAM is lost. Their node-roles are held until they are back.</p>
        </Confirm>
      )}
    </>
  );
}
