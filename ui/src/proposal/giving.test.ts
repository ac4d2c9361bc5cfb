import assert from 'node:assert/strict';
import { losersOf } from './giving.ts';

describe('giving a deployment to a tenant', () => {
  const roles = [{ deployment: 'shop', role: 'web' }];
  const machines = [
    { name: 'n1', roles },
    { name: 'n2', tenant: 'red', roles },
    { name: 'n3', tenant: 'blue', roles },
    { name: 'n4', roles: [{ deployment: 'other', role: 'web' }] },
  ];
  it('takes its roles off the machines that are not the tenant’s', () => {
    assert.deepEqual(losersOf('shop', 'red', machines), ['n1', 'n3']);
    assert.deepEqual(losersOf('shop', '', machines), [], "the site's may be on any");
    assert.deepEqual(losersOf('other', 'blue', machines), ['n4']);
  });
});
