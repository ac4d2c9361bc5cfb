import assert from 'node:assert/strict';
import type { NetworkView } from '../../../core/api/contract.ts';
import type { NodeRoleView, PlanGroup } from '../../../core/model/plan.ts';
import type { Machine } from '../rack/machines.ts';
import { type GuideFacts, stepsOf } from './steps.ts';

const nothing: GuideFacts = {
  networks: [],
  rules: [],
  bootRoles: [],
  activities: [],
  sightings: [],
  machines: [{ local: true, approved: true } as Machine],
  groups: [],
};
const network = { name: 'admin', interface: 'eth1', range: { first: '10.0.0.10', last: '10.0.0.99' }, served: true, dhcp: 'own' } as NetworkView;
const role = (state: NodeRoleView['state']) => ({ role: 'dhcp-server', state, whyNot: [{ what: 'dnsmasq is missing' }] }) as unknown as NodeRoleView;
const served: GuideFacts = { ...nothing, networks: [network], bootRoles: [role('done')] };
const machine = (more: Partial<Machine> = {}) => ({ name: 'n1', approved: true, contact: 'up', system: { kind: 'live' }, ...more }) as Machine;
const group = (name: string, totals: Partial<PlanGroup['totals']>) => ({ deployment: 'd', role: name, totals }) as PlanGroup;
const states = (facts: GuideFacts) => Object.fromEntries(stepsOf(facts).map(({ id, state }) => [id, state]));
const says = (facts: GuideFacts, id: string) => stepsOf(facts).find((step) => step.id === id)!.says;

describe('first run', () => {
  it('asks for nothing that cannot be done yet', () =>
    assert.deepEqual(states(nothing), { serve: 'now', alone: 'later', rule: 'later', machine: 'later', install: 'later', deployment: 'later' }));
  it('counts a network that was served at an earlier start as none', () =>
    assert.equal(states({ ...served, networks: [{ ...network, served: false }] }).serve, 'now'));
  it('says why a network is not served', () => {
    const failed = { ...served, bootRoles: [role('failed')] };
    assert.deepEqual([states(failed).serve, says(failed, 'serve')], ['wrong', 'dhcp-server on the admin node failed: dnsmasq is missing']);
    const building = { ...served, activities: [{ id: 'discovery-image', title: '', phase: 'packages', startedAt: 0 }] };
    assert.equal(says(building, 'serve'), 'What machines boot is being built: packages');
    assert.equal(states(building).alone, 'now');
  });
  it('waits for a machine, sees it boot, and has it approved', () => {
    assert.deepEqual(states(served), { serve: 'done', alone: 'now', rule: 'now', machine: 'busy', install: 'later', deployment: 'later' });
    const booting = { ...served, sightings: [{ mac: 'm', stage: 'kernel' as const, at: 0 }] };
    assert.match(says(booting, 'machine'), /^1 machine on the way/);
    const found = { ...served, machines: [machine({ approved: false })] };
    assert.deepEqual([states(found).machine, states(found).install], ['now', 'later']);
  });
  it('takes who answers for settled only when nothing is wrong', () => {
    const checked = (problems: string[]) => ({
      ...served,
      networks: [
        {
          ...network,
          check: { network: 'admin', at: 0, offers: [{ server: '10.0.0.1' }], problems: problems.map((summary) => ({ severity: 'error' as const, summary })) },
        },
      ],
    });
    assert.equal(states(checked(['another'])).alone, 'wrong');
    assert.equal(says(checked([]), 'alone'), 'It is as it should be: 10.0.0.1 answered.');
  });
  it('follows an installation and a deployment to the end, and says when they fail', () => {
    const ready = { ...served, machines: [machine()] };
    assert.deepEqual([states(ready).rule, states(ready).install, states(ready).deployment], ['done', 'now', 'now']);
    const busy = { ...ready, groups: [group('os-install', { running: 1 }), group('web', { blocked: 2, done: 1 })] };
    assert.deepEqual([states(busy).install, states(busy).deployment, says(busy, 'deployment')], ['busy', 'busy', '1 of 4 node-roles done.']);
    const failed = { ...ready, groups: [group('os-install', { failed: 1 })] };
    assert.deepEqual([states(failed).install, states(failed).deployment], ['wrong', 'wrong']);
    const done = { ...ready, machines: [machine({ system: { kind: 'installed', platform: 'debian-12' } })], groups: [group('web', { done: 3 })] };
    assert.deepEqual([states(done).install, states(done).deployment], ['done', 'done']);
  });
});
