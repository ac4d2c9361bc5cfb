import assert from 'node:assert/strict';
import type { NetworkView } from '../../../core/api/contract.ts';
import type { Machine } from '../rack/machines.ts';
import { addressesOf, machinesIn, switchesOf, unheardOf } from './ports.ts';

const hardware = {} as NonNullable<Machine['hardware']>;
const machine = (name: string, more: Partial<Machine>) => ({ id: name, name, hardware, ...more }) as Machine;
const link = (name: string, port: string) => ({ nic: 'eth0', switch: name, port });

describe('ports of switches', () => {
  const machines = [
    machine('n1', { links: [link('leaf-10', 'swp10'), link('leaf-2', 'swp1')], addresses: { admin: '10.0.0.10' } }),
    machine('n2', { links: [link('leaf-10', 'swp9')], addresses: { admin: '10.0.0.9', storage: '10.1.0.1' } }),
    machine('n3', { links: [link('leaf-10', 'swp9')] }),
    machine('silent', { links: [] }),
    machine('admin', { local: true }),
    { ...machine('blank', {}), hardware: undefined } as unknown as Machine,
  ];

  it('stand as people count them, and two machines in one are seen', () => {
    const switches = switchesOf(machines);
    assert.deepEqual(
      switches.map(({ name, ports }) => [name, ports.map(({ port }) => port)]),
      [
        ['leaf-2', ['swp1']],
        ['leaf-10', ['swp9', 'swp10']],
      ],
    );
    assert.deepEqual(switches[1]!.ports.map(machinesIn), [2, 1]);
  });

  it('are missing for machines that heard nobody; of those that were never looked at nothing is said', () => {
    assert.deepEqual(
      unheardOf(machines).map(({ name }) => name),
      ['silent'],
    );
  });

  it('addresses stand by number, with those that are kept', () => {
    const networks = [{ name: 'admin', kept: ['10.0.0.2'] } as NetworkView];
    assert.deepEqual(
      addressesOf(machines, networks).map(({ address, machine: of }) => [address, of?.name]),
      [
        ['10.0.0.2', undefined],
        ['10.0.0.9', 'n2'],
        ['10.0.0.10', 'n1'],
        ['10.1.0.1', 'n2'],
      ],
    );
  });
});
