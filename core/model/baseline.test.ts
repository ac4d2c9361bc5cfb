// What counts as a difference, of one machine and of all like it, and how it reads.

import assert from 'node:assert/strict';
import { type Baseline, baselineFor, type Comparison, differencesBetween, differenceText, type Hardware, shapeOf } from './baseline.ts';
import type { Inventory } from './inventory.ts';

const inventory: Inventory = {
  cpu: { model: 'Xeon', sockets: 2, cores: 32, threads: 64, architecture: 'x86_64' },
  memory: 64 * 2 ** 30,
  dimms: [
    { slot: 'A1', size: 32 * 2 ** 30, type: 'DDR4', speed: 2933, serial: 'M1' },
    { slot: 'B1', size: 32 * 2 ** 30, type: 'DDR4', speed: 2933, serial: 'M2' },
  ],
  disks: [
    { name: 'sda', byId: '/dev/disk/by-id/wwn-1', size: 480e9, kind: 'ssd', removable: false, model: 'Fast', firmware: '1.0' },
    { name: 'sdb', byId: '/dev/disk/by-id/wwn-2', size: 480e9, kind: 'ssd', removable: false, model: 'Fast', firmware: '1.0' },
    { name: 'sdc', size: 8e9, kind: 'ssd', removable: true },
  ],
  nics: [
    { name: 'eno1', mac: '52:54:00:00:00:01', pciPath: '0000:01:00.0', up: true, speed: 10_000, lldp: { system: 'sw1', port: 'swp1' }, firmware: '14.2' },
    { name: 'eno2', mac: '52:54:00:00:00:02', pciPath: '0000:01:00.1', up: true },
  ],
  firmware: { kind: 'uefi', version: '2.19.1' },
  vendor: 'Dell Inc.',
  product: 'R640',
  bmc: { version: '7.10' },
};
const hardware: Hardware = { inventory, firmware: { BIOS: '2.19.1' }, settings: { ProcVirtualization: 'Enabled', SystemTime: '10:00', ServiceTag: 'A' } };
const texts = (scope: Baseline['scope'], now: Hardware, comparison?: Comparison): string[] =>
  differencesBetween({ scope, hardware }, now, comparison).map(differenceText);
const changed = (change: Partial<Inventory>): Hardware => ({ ...hardware, inventory: { ...inventory, ...change } });

describe('hardware against what was accepted', () => {
  it('is the same when nothing but stray things changed', () => {
    const now = { ...changed({ disks: inventory.disks.slice(0, 2) }), settings: { ...hardware.settings!, SystemTime: '11:00' } };
    assert.deepEqual(texts('node', now), []);
    assert.deepEqual(texts('shape', now), []);
  });

  it('says what is gone, new and other, of each kind', () => {
    const [first, second] = inventory.nics;
    const now: Hardware = {
      inventory: {
        ...inventory,
        dimms: [inventory.dimms![0]!],
        disks: [inventory.disks[0]!, { ...inventory.disks[1]!, byId: '/dev/disk/by-id/wwn-3' }],
        nics: [
          { ...first!, speed: 1000, lldp: { system: 'sw1', port: 'swp9' } },
          { ...second!, up: false },
        ],
      },
      firmware: { BIOS: '2.20.0' },
      settings: { ProcVirtualization: 'Disabled', ServiceTag: 'A' },
    };
    assert.deepEqual(texts('node', now), [
      'memory B1 is gone: it was 32 GiB DDR4 2933 MT/s serial M2',
      'disk wwn-2 is gone: it was 447 GiB ssd Fast',
      'disk wwn-3 is new: 447 GiB ssd Fast',
      'the cable at 52:54:00:00:00:01 is sw1 port swp9 at 1000 Mbit/s and was sw1 port swp1 at 10000 Mbit/s',
      'the firmware of BIOS is 2.20.0 and was 2.19.1',
      'the firmware of wwn-2 is gone: it was 1.0',
      'the firmware of wwn-3 is new: 1.0',
      'the setting ProcVirtualization is Disabled and was Enabled',
    ]);
  });

  it('takes another machine of the kind for the same when it has as much of everything', () => {
    const other: Hardware = {
      ...hardware,
      inventory: {
        ...inventory,
        dimms: inventory.dimms!.map((dimm, index) => ({ ...dimm, serial: `X${index}` })),
        disks: inventory.disks.map((disk, index) => ({ ...disk, byId: `/dev/disk/by-id/wwn-9${index}` })),
        nics: inventory.nics.map((nic, index) => ({ ...nic, mac: `52:54:00:00:01:0${index}`, lldp: { system: 'sw2', port: `swp${index}` } })),
      },
      settings: { ...hardware.settings!, ServiceTag: 'B' },
    };
    assert.deepEqual(texts('shape', other), []);
    assert.equal(texts('node', other).length > 5, true);
    const poorer = { ...other, inventory: { ...other.inventory, disks: other.inventory.disks.slice(1) } };
    assert.deepEqual(texts('shape', poorer), ['disk 447 GiB ssd Fast #2 is gone: it was 447 GiB ssd Fast']);
  });

  it('takes what was not told for no difference', () => {
    assert.deepEqual(texts('node', { inventory }), []);
    const [first, second] = inventory.nics;
    const { lldp: _, ...unheard } = first!;
    assert.deepEqual(texts('node', changed({ nics: [unheard, second!] })), []);
    assert.deepEqual(texts('node', changed({ nics: [{ ...first!, up: false }, second!] }), { kinds: ['cable'] }), [
      'the cable at 52:54:00:00:00:01 is gone: it was sw1 port swp1 at 10000 Mbit/s',
    ]);
  });

  it('leaves out what is not to be compared', () => {
    const now = { ...changed({ dimms: [] }), firmware: { BIOS: '3' } };
    assert.deepEqual(texts('node', now, { kinds: ['firmware'] }), ['the firmware of BIOS is 3 and was 2.19.1']);
    assert.deepEqual(texts('node', now, { kinds: ['firmware', 'setting'], ignore: ['BI*'] }), []);
  });

  it('holds a machine against its own before that of its kind', () => {
    const of = (id: string): Baseline => ({ id, scope: 'node', nodeName: 'n', at: 0, hardware });
    const node = { id: 'n1', inventory };
    assert.equal(shapeOf(inventory), 'shape Dell Inc. R640');
    assert.equal(baselineFor(node, (id) => (id.startsWith('shape') ? of(id) : undefined))?.id, 'shape Dell Inc. R640');
    assert.equal(baselineFor(node, of)?.id, 'n1');
    assert.equal(
      baselineFor({ id: 'n1' }, (id) => (id === 'n1' ? undefined : of(id))),
      undefined,
    );
  });
});
