import assert from 'node:assert/strict';
import type { RackMachine, RackView } from '../../../core/api/contract.ts';
import { completionsAt, readFilter } from './filter.ts';
import { groupBy, rowsOf } from './grouping.ts';
import { merge } from './machines.ts';

const machine = (name: string, more: Partial<RackMachine> = {}): RackMachine => ({
  id: `id-${name}`,
  name,
  macs: ['52:54:00:00:00:01'],
  pool: 'compute',
  approved: true,
  contact: 'up',
  contactAt: 0,
  totals: { done: 2 },
  placement: 0,
  shape: 0,
  ...more,
});
const view = (machines: RackMachine[], more: Partial<RackView> = {}): RackView => ({
  epoch: 'e',
  seq: 1,
  whole: true,
  shapes: {
    0: {
      cpus: 8,
      cores: 4,
      architecture: 'x86_64',
      memory: 64 * 2 ** 30,
      disks: { ssd: 2, hdd: 0, nvme: 0 },
      diskBytes: 1e12,
      nics: 2,
      speed: 25_000,
      firmware: 'uefi',
    },
  },
  placements: { 0: [{ deployment: 'cloud', role: 'web' }] },
  machines,
  left: [],
  ...more,
});
const site = merge(
  undefined,
  view([
    machine('n10', { rack: 'row-1 rack-2', totals: { failed: 1, done: 1 }, links: [{ nic: 'e0', switch: 'leaf-1', port: 'swp4' }] }),
    machine('n2', { rack: 'row-1 rack-10', contact: 'silent' }),
    machine('n1', { approved: false, pool: 'default' }),
  ]),
);
const found = (text: string): string[] => {
  const test = readFilter(text);
  assert(test.ok, JSON.stringify(test));
  return site.list.filter(test.value).map(({ name }) => name);
};
const offered = (text: string): string[] => completionsAt(text, text.length, site.list).map(({ insert }) => insert);

describe('filter of machines', () => {
  it('finds by states of the machine and of its node-roles, by hardware, roles and words', () => {
    assert.deepEqual(found(''), ['n1', 'n2', 'n10']);
    assert.deepEqual(found('state:failed'), ['n10']);
    assert.deepEqual(found('state:silent,new'), ['n1', 'n2']);
    assert.deepEqual(found('power:on pool:compute memory>=64GiB disks.ssd=2'), ['n10']);
    assert.deepEqual(found('role:web switch:leaf-1'), ['n10']);
    assert.deepEqual(found('alerts>0 or state:new'), ['n1', 'n10']);
    assert.deepEqual(found('rack:"row-1 rack-10"'), ['n2']);
    assert.deepEqual(found('leaf'), ['n10']);
  });

  it('completes names, then values, commonest first, quoted where they have spaces', () => {
    assert.deepEqual(offered('sta'), ['state:']);
    assert.deepEqual(offered('mem'), ['memory>=']);
    assert.deepEqual(offered('state:f'), ['failing', 'failed']);
    assert.deepEqual(offered('state:failed,ne'), ['new']);
    assert.deepEqual(offered('up pool:'), ['compute', 'default']);
    assert.deepEqual(offered('rack:'), ['"row-1 rack-10"', '"row-1 rack-2"']);
    assert.equal(completionsAt('state:f pool:', 13, site.list)[0]!.from, 13);
  });
});

describe('machines of the rack view', () => {
  it('keep what did not change, and drop who left', () => {
    const next = merge(site, view([machine('n2', { contact: 'up' })], { whole: false, seq: 2, left: ['id-n1'] }));
    assert.deepEqual(
      next.list.map(({ name, condition }) => `${name} ${condition}`),
      ['n2 up', 'n10 up'],
    );
    assert.equal(next.byId.get('id-n10'), site.byId.get('id-n10'));
    assert.equal(merge(site, view([], { whole: false })), site);
  });

  it('are grouped in the order of numbers, those without last, and laid out in rows', () => {
    const groups = groupBy(site.list, 'rack');
    assert.deepEqual(
      groups.map(({ name }) => name),
      ['row-1 rack-2', 'row-1 rack-10', 'No rack known'],
    );
    const rows = rowsOf(groupBy(site.list, 'none'), 2, new Set(), true);
    assert.deepEqual(
      rows.map((row) => (row.kind === 'head' ? 'head' : row.machines.length)),
      ['head', 2, 1],
    );
    assert.equal(rowsOf(groups, 2, new Set(['row-1 rack-2']), true).length, 5);
  });
});
