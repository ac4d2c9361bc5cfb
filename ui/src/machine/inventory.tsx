// What a machine is made of, as discovery reported it.

import { ExpandableSection } from '@patternfly/react-core';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import type { ReactNode } from 'react';
import type { NodeView } from '../../../core/api/contract.ts';
import type { Disk, Nic } from '../../../core/model/inventory.ts';
import { FactList } from '../parts/fact-list.tsx';
import { nodeMeanings } from '../parts/states.tsx';
import { Time } from '../parts/time.tsx';
import { counted, diskText, memoryText, systemText } from '../parts/words.ts';

export function Facts({ node }: { node: NodeView }) {
  const { inventory, bmc } = node;
  const facts: [string, ReactNode][] = [
    ['Model', [inventory?.vendor, inventory?.product].filter(Boolean).join(' ')],
    ['Serial', node.serial],
    ['Pool', node.pool],
    [
      'Addresses',
      Object.entries(node.addresses).map(([network, address]) => (
        <div key={network}>
          {address} <span className="pb-subtle">{network}</span>
        </div>
      )),
    ],
    ['System', systemText(node)],
    [
      'Image of it',
      node.capture && (
        <>
          {node.capture.name}, asked for by {node.capture.by}, <Time at={node.capture.at} />
        </>
      ),
    ],
    [
      'Contact',
      <span key="contact" title={nodeMeanings[node.contact].means}>
        {node.contact} since <Time at={node.contactAt} />
      </span>,
    ],
    [
      'Processor',
      inventory &&
        `${inventory.cpu.model}, ${counted(inventory.cpu.sockets, 'socket')}, ${counted(inventory.cpu.cores, 'core')}, ${counted(inventory.cpu.threads, 'thread')}, ${inventory.cpu.architecture}`,
    ],
    ['Memory', inventory && memoryText(inventory.memory)],
    [
      'Firmware',
      inventory &&
        [
          inventory.firmware.kind === 'uefi' ? 'UEFI' : 'BIOS',
          inventory.firmware.vendor,
          inventory.firmware.version,
          inventory.firmware.date && `of ${inventory.firmware.date}`,
        ]
          .filter(Boolean)
          .join(' '),
    ],
    [
      'BMC',
      bmc
        ? `${bmc.protocol ? (bmc.protocol === 'ipmi' ? 'IPMI at ' : 'Redfish at ') : ''}${bmc.address}${bmc.port ? `:${bmc.port}` : ''} as ${bmc.user}`
        : inventory?.bmc?.address
          ? `seen at ${inventory.bmc.address}, no account known`
          : 'none known',
    ],
    ['UUID', inventory?.uuid && <span className="pb-mono">{inventory.uuid}</span>],
    ['Discovered', <Time key="discovered" at={node.discoveredAt} />],
  ];
  return <FactList facts={facts} termWidth="7rem" />;
}

export const speedText = (nic: Nic): string =>
  !nic.up ? 'down' : nic.speed === undefined ? 'up' : nic.speed >= 1000 ? `${nic.speed / 1000} Gbit/s` : `${nic.speed} Mbit/s`;

export function NicTable({ nics }: { nics: Nic[] }) {
  if (nics.length === 0) return <p className="pb-subtle">None reported.</p>;
  return (
    <Table variant="compact" aria-label="Network ports" gridBreakPoint="" borders={false}>
      <Thead>
        <Tr>
          <Th>Port</Th>
          <Th>Link</Th>
          <Th>Cable goes to</Th>
        </Tr>
      </Thead>
      <Tbody>
        {nics.map((nic) => (
          <Tr key={nic.mac}>
            <Td>
              {nic.name}
              <div className="pb-mono pb-subtle">{nic.mac}</div>
              {nic.pciPath && <div className="pb-mono pb-subtle">{nic.pciPath}</div>}
            </Td>
            <Td>{speedText(nic)}</Td>
            <Td>
              {nic.lldp ? (
                <>
                  {nic.lldp.system}
                  <div className="pb-subtle">{nic.lldp.port}</div>
                </>
              ) : (
                <span className="pb-subtle">no neighbour told (LLDP)</span>
              )}
            </Td>
          </Tr>
        ))}
      </Tbody>
    </Table>
  );
}

const kinds: Record<Disk['kind'], string> = { ssd: 'SSD', hdd: 'hard disk', nvme: 'NVMe' };

export function DiskTable({ disks }: { disks: Disk[] }) {
  if (disks.length === 0) return <p className="pb-subtle">None reported.</p>;
  return (
    <Table variant="compact" aria-label="Disks" gridBreakPoint="" borders={false}>
      <Thead>
        <Tr>
          <Th width={20}>Disk</Th>
          <Th width={20}>Size</Th>
          <Th>What</Th>
        </Tr>
      </Thead>
      <Tbody>
        {disks.map((disk) => (
          <Tr key={disk.byId ?? disk.name}>
            <Td>{disk.name}</Td>
            <Td>{diskText(disk.size)}</Td>
            <Td>
              {[kinds[disk.kind], disk.model, disk.removable && 'removable'].filter(Boolean).join(', ')}
              {disk.byId && <div className="pb-mono pb-subtle pb-break">{disk.byId}</div>}
            </Td>
          </Tr>
        ))}
      </Tbody>
    </Table>
  );
}

/** What the machine sent that Prybar does not know. Shown as text: it comes from outside. */
export function ExtraFacts({ extra }: { extra: Record<string, unknown> }) {
  return (
    <ExpandableSection toggleText="What else it reported">
      <pre className="pb-step__said" tabIndex={0} aria-label="What else it reported">
        {JSON.stringify(extra, null, 2)}
      </pre>
    </ExpandableSection>
  );
}
