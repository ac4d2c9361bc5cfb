import assert from 'node:assert/strict';
import { type Act, effectsOf } from './bulk.ts';
import type { Machine } from './machines.ts';

const machine = (name: string, more: Partial<Machine> = {}): Machine => ({
  id: name,
  name,
  macs: [],
  pool: 'default',
  approved: true,
  contact: 'up',
  contactAt: 0,
  totals: {},
  roles: [],
  condition: 'up',
  states: [],
  alerts: 0,
  text: '',
  ...more,
});
const told = (act: Act, ...machines: Machine[]): string[] =>
  effectsOf(act, machines, [...machines, machine('n2')]).map(
    ({ machine: { name }, says, skipped, harm }) => `${name} ${skipped ? 'left out: ' : ''}${says}${harm ? ' !' : ''}`,
  );

describe('an act on many machines', () => {
  it('gives each newcomer a free name', () =>
    assert.deepEqual(
      told({ kind: 'approve', prefix: 'n', pool: 'compute' }, machine('a', { approved: false }), machine('n1'), machine('b', { approved: false })),
      ['a is let in as n3, in the pool compute', 'n1 left out: is approved already', 'b is let in as n4, in the pool compute'],
    ));

  it('names what is lost by switching off, and leaves the admin node alone', () =>
    assert.deepEqual(
      told(
        { kind: 'power', action: 'off' },
        machine('admin', { local: true }),
        machine('ram', { bmc: true, system: { kind: 'live', platform: 'debian-12' }, totals: { running: 1 } }),
        machine('disk', { bmc: true, system: { kind: 'installed', platform: 'debian-12' }, totals: { done: 3 } }),
        machine('dark', { contact: 'off' }),
      ),
      [
        'admin left out: is the admin node, which switches nobody off by mistake',
        'ram is switched off: 1 run breaks off, everything on it is gone, for it runs from RAM !',
        'disk is switched off: 3 node-roles that it serves stop !',
        'dark left out: is off already',
      ],
    ));

  it('says that roles follow the pool', () =>
    assert.deepEqual(told({ kind: 'pool', pool: 'gpu' }, machine('a', { roles: [{ deployment: 'd', role: 'r' }] }), machine('b', { pool: 'gpu' })), [
      'a moves from default to gpu; roles that it has by its pool are undone (1 role now) !',
      'b left out: is in it already',
    ]));

  it('says whose a machine will be, and what that undoes', () =>
    assert.deepEqual(
      told(
        { kind: 'tenant', tenant: 'red' },
        machine('admin', { local: true }),
        machine('a'),
        machine('b', { tenant: 'red' }),
        machine('c', { tenant: 'blue', roles: [{ deployment: 'd', role: 'r' }] }),
      ),
      [
        'admin left out: is the admin node, which belongs to the site',
        'a goes from the site to red; beside the site only its people see it',
        'b left out: belongs to it already',
        'c goes from blue to red; beside the site only its people see it; roles that it has in deployments of blue are undone (1 role now) !',
      ],
    ));
});
