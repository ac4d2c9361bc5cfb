import assert from 'node:assert/strict';
import type { RackMachine } from '../../../core/api/contract.ts';
import { choicesFor } from '../machine/choices.ts';
import { merge } from '../rack/machines.ts';
import { find, type Known, machineMeant, offersFor } from './entries.ts';

const machine = (number: number): RackMachine => ({
  id: `id-${number}`,
  name: `n${number}`,
  macs: [`52:54:00:00:00:${number.toString(16)}`],
  serial: `SN${1000 + number}`,
  addresses: { admin: `10.0.${number >> 8}.${number & 255}` },
  pool: 'default',
  approved: true,
  contact: 'up',
  contactAt: 0,
  totals: {},
  placement: number % 2,
});
const rackOf = (count: number) =>
  merge(undefined, {
    epoch: 'e',
    seq: 1,
    whole: true,
    shapes: {},
    placements: { 0: [{ deployment: 'cloud', role: 'ntp-server' }], 1: Array.from({ length: 50 }, (_, n) => ({ deployment: 'cloud', role: `role-${n}` })) },
    machines: Array.from({ length: count }, (_, index) => machine(index + 1)),
    left: [],
  }).list;
const machines = rackOf(30);
const known: Known = {
  views: [
    { path: '/', word: 'Rack', also: 'machines' },
    { path: '/network', word: 'Network', also: 'addresses dhcp' },
  ],
  machines,
  deployments: [{ name: 'cloud', summary: 'All of it' }],
  proposals: [{ deployment: 'cloud', barclamp: 'ntp' }],
  barclamps: [{ name: 'ntp', summary: 'One time for all' }],
  runs: [{ id: 12, role: 'ntp-server', nodeName: 'n2', deployment: 'cloud', outcome: 'failed' }],
};
const first = (typed: string) => find(typed, known)[0]?.entries[0]?.to;

describe('the palette finds', () => {
  it('a page by its name or by what is on it', () => {
    assert.equal(first('netw'), '/network');
    assert.equal(first('dhcp'), '/network');
  });
  it('a machine by name before those whose names begin so, by serial, and by address', () => {
    assert.deepEqual(
      find('n2', known)
        .find(({ kind }) => kind === 'machine')!
        .entries.map(({ word }) => word)
        .slice(0, 3),
      ['n2', 'n20', 'n21'],
    );
    assert.equal(first('sn1007'), '/nodes/n7');
    assert.equal(first('10.0.0.11'), '/nodes/n11');
  });
  it('a deployment, what is in it, a barclamp, and a run', () => {
    assert.equal(first('cloud'), '/deployments/cloud');
    assert.equal(first('cloud ntp'), '/deployments/cloud/ntp');
    assert.equal(first('ntp'), '/barclamps/ntp');
    assert.equal(first('failed'), '/runs/12');
  });
  it('a role on a machine, in any order of words', () => {
    for (const typed of ['ntp-server n4', 'n4 ntp-s'])
      assert.equal(find(typed, known).find(({ kind }) => kind === 'node-role')!.entries[0]!.to, '/nodes/n4?show=cloud%2Fntp-server%40id-4', typed);
  });
  it('no more than can be read, and says how many more there are', () => {
    const found = find('n', known).find(({ kind }) => kind === 'machine')!;
    assert.deepEqual([found.entries.length, found.more], [7, 23]);
  });
  it('nothing for words that are nowhere together', () => assert.deepEqual(find('cloud xyz', known), []));
  it('among ten thousand machines with fifty roles within the time between two letters', () => {
    const many = { ...known, machines: rackOf(10_000) };
    find('n', many);
    const begun = performance.now();
    for (const typed of ['r', 'ro', 'role-4', 'role-4 n99', '10.0.7']) find(typed, many);
    const each = (performance.now() - begun) / 5;
    assert(each < 200, `${each.toFixed(0)} ms`);
  });
});

describe('the palette acts', () => {
  const meant = (typed: string, open?: string) => machineMeant(typed, machines, open)?.name;
  it('on the machine that is named, the only one that fits, or the one whose page is open', () => {
    assert.equal(meant('n2'), 'n2');
    assert.equal(meant('sn1009'), 'n9');
    assert.equal(meant('sn10'), undefined);
    assert.equal(meant('retire n3'), 'n3');
    assert.equal(meant('', 'n5'), 'n5');
    assert.equal(meant('switch', 'n5'), 'n5');
    assert.equal(meant('switch on', 'n5'), 'n5');
    assert.equal(meant('switch'), undefined);
    assert.equal(meant('n6 off', 'n5'), 'n6');
  });
  it('as the words say', () => {
    const machine = {
      id: 'n1',
      name: 'n1',
      remote: 'ssh',
      macs: [],
      approved: true,
      pool: 'default',
      addresses: {},
      discoveredAt: 0,
      contact: 'up',
      contactAt: 0,
      revision: 1,
      totals: {},
    } as const;
    const offers = choicesFor({ ...machine, macs: [] }, () => true).flat();
    assert.deepEqual(
      choicesFor({ ...machine, macs: [] }, (act) => act === 'PATCH /nodes/:id').map((group) => group.map(({ kind }) => kind)),
      [['maintenance', 'rename']],
    );
    const kinds = (typed: string) => offersFor(typed, offers).map(({ kind }) => kind);
    assert.deepEqual(kinds('retire n1'), ['retire']);
    assert.deepEqual(kinds('power'), ['on', 'cycle', 'off']);
    assert.deepEqual(kinds('n1 off'), ['off']);
    assert.deepEqual(kinds('switch on'), ['on']);
    assert.deepEqual(kinds('maintenance off'), ['off', 'maintenance']);
    assert.equal(kinds('n1').length, offers.length);
  });
});
