import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Node } from '../model/node.ts';
import { readCondition } from './where.ts';

const node: Node = {
  id: 'a',
  name: 'n1',
  remote: 'ssh',
  macs: [],
  approved: true,
  pool: 'compute',
  addresses: {},
  discoveredAt: 0,
  contact: 'up',
  contactAt: 0,
  serial: 'A-1',
  inventory: {
    cpu: { model: 'x', sockets: 2, cores: 16, threads: 32, architecture: 'x86_64' },
    memory: 64 * 2 ** 30,
    disks: [
      { name: 'sda', size: 1e12, kind: 'ssd', removable: false },
      { name: 'sdb', size: 1e12, kind: 'hdd', removable: false },
      { name: 'sdc', size: 1e9, kind: 'ssd', removable: true },
    ],
    nics: [{ name: 'e0', mac: '', up: true, speed: 25_000 }],
    firmware: { kind: 'uefi' },
  },
};
const holds = (text: string): boolean => {
  const test = readCondition(text);
  assert(test.ok, JSON.stringify(test));
  return test.value(node);
};

describe('condition', () => {
  it('compares numbers with units, and texts', () => {
    assert(holds('memory >= 64GiB and disks.ssd >= 1'));
    assert(!holds('memory > 64GiB'));
    assert(holds('disks = 2'), 'removable disks do not count');
    assert(holds('disks.size = 2TB'));
    assert(holds('pool = compute and serial != "A-2"'));
    assert(holds('nics.speed >= 10000'));
  });
  it('binds and before or, and takes parentheses and not', () => {
    assert(holds('pool = compute or pool = x and cpus < 1'));
    assert(!holds('(pool = compute or pool = x) and cpus < 1'));
    assert(holds('not (firmware = bios) and not pool = spare'));
  });
  it('fits nothing that a machine does not say', () => assert(!holds('vendor != Dell')));
  it('says where it cannot be read', () => {
    for (const [text, reason] of [
      ['', /something is missing \(at character 1\)/],
      ['memory >=', /a value is missing/],
      ['memroy >= 1', /nothing is known of "memroy"/],
      ['memory 64', /must follow "memory"/],
      ['(pool = a', /a \) is missing/],
      ['pool = a b', /"b" stands where the condition should end \(at character 10\)/],
      ['pool = a & cpus = 1', /"&" means nothing here/],
    ] as const) {
      const test = readCondition(text);
      assert(!test.ok, text);
      assert.match(test.problems[0]!.summary, reason);
    }
  });
  it('never throws, whatever is written', () => fc.assert(fc.property(fc.string(), (text) => void readCondition(text))));
});
