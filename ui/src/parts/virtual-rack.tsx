// The lab's machines, when there are any: their power and how to reach their consoles. Stopping it is confirmed.

import { Button, Card, CardBody, ClipboardCopy, Modal, ModalBody, ModalFooter, ModalHeader, Title } from '@patternfly/react-core';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { useState } from 'react';
import { useAct, useAnswer } from '../api/queries.ts';
import { Refusal } from './problem-list.tsx';

export function VirtualRack() {
  const lab = useAnswer('GET /lab', {});
  if (!lab.data?.running) return null;
  return (
    <section aria-labelledby="lab-title" className="pb-section">
      <div className="pb-section__head">
        <Title id="lab-title" headingLevel="h2" size="lg">
          Virtual rack
        </Title>
        <div className="pb-section__tools">
          <StopRack machines={lab.data.machines.length} />
        </div>
      </div>
      <Card isCompact>
        <CardBody>
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
              {lab.data.machines.map((machine) => (
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
        </CardBody>
      </Card>
    </section>
  );
}

function StopRack({ machines }: { machines: number }) {
  const [asking, setAsking] = useState(false);
  const stop = useAct('DELETE /lab');
  const close = () => setAsking(false);
  return (
    <>
      <Button variant="secondary" size="sm" onClick={() => setAsking(true)}>
        Stop the virtual rack…
      </Button>
      <Modal variant="small" isOpen={asking} onClose={close} aria-labelledby="stop-lab-title">
        <ModalHeader title="Stop the virtual rack?" titleIconVariant="warning" labelId="stop-lab-title" />
        <ModalBody>
          Its {machines} machines are switched off at once and everything in their RAM is lost. Their node-roles are held until they boot again.
          <Refusal error={stop.error} />
        </ModalBody>
        <ModalFooter>
          <Button variant="danger" isLoading={stop.isPending} isDisabled={stop.isPending} onClick={() => stop.mutate({}, { onSuccess: close })}>
            Stop
          </Button>
          <Button variant="link" onClick={close}>
            Cancel
          </Button>
        </ModalFooter>
      </Modal>
    </>
  );
}
