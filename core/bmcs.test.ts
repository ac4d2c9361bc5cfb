import assert from 'node:assert/strict';
import { type BmcOptions, openBmcs } from './bmcs.ts';
import type { Node } from './model/node.ts';
import type { Run } from './model/run.ts';

describe('accounts that roles have made on BMCs', () => {
  const account = { address: '10.0.9.2', user: 'prybar', secret: 'password' };
  const run = { id: 1, key: 'd/bmc@n1', deployment: 'd', role: 'bmc', startedAt: 500, endedAt: 600, outcome: 'done', outputs: { account } } as unknown as Run;
  const declaration = { name: 'bmc', barclamp: 'bmc', secrets: { password: { kind: 'password', length: 16, perNode: true } } };
  const { madeAccounts } = openBmcs({
    facts: { current: { lastDone: new Map([['d/bmc', new Map([['n1', run]])]]), rotations: new Map() } },
    catalog: () => ({ roles: new Map([['bmc', { declaration }]]) }),
    roleSecrets: { of: async () => ({ password: 'of this machine' }) },
  } as unknown as BmcOptions);
  const addresses = (node: Partial<Node>): string[] => madeAccounts({ id: 'n1', ...node } as Node).map(({ address }) => address);

  it('are used for the machine that they were made on', () => {
    assert.deepEqual(addresses({}), ['10.0.9.2']);
    assert.deepEqual(addresses({ hardwareSince: 400 }), ['10.0.9.2']);
  });

  it('are not those of hardware that stood in its place before', () => {
    assert.deepEqual(addresses({ hardwareSince: 550 }), []);
  });
});
