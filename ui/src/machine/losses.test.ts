import assert from 'node:assert/strict';
import type { NodeView } from '../../../core/api/contract.ts';
import type { NodeRoleState, NodeRoleView } from '../../../core/model/plan.ts';
import { lossesOf } from './losses.ts';

const node = (system?: NodeView['system']): NodeView => ({
  id: 'n1',
  name: 'node-1',
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
  ...(system && { system }),
});
const nodeRole = (role: string, nodeId: string, state: NodeRoleState, whyNot: NodeRoleView['whyNot'] = []): NodeRoleView => ({
  key: `d/${role}@${nodeId}`,
  deployment: 'd',
  role,
  barclamp: 'b',
  nodeId,
  nodeName: nodeId,
  state,
  whyNot,
  fingerprint: 'f',
});

describe('what switching a machine off loses', () => {
  it('names the run that breaks off, what was done in RAM, and who still waits', () => {
    const plan = [
      nodeRole('ntp-server', 'n1', 'running'),
      nodeRole('logging', 'n1', 'done'),
      nodeRole('ntp-client', 'n2', 'blocked', [{ what: 'waits', key: 'd/ntp-server@n1' }]),
    ];
    const text = lossesOf(node({ kind: 'live', instance: 'i', platform: 'debian-12' }), plan, 'off').join('\n');
    for (const word of ['ntp-server', 'RAM', 'logging', 'n2']) assert.ok(text.includes(word), `${word} in ${text}`);
  });

  it('says so when there is nothing', () => {
    assert.match(lossesOf(node(), [], 'cycle')[0]!, /^Nothing/);
  });
});
