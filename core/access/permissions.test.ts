import assert from 'node:assert/strict';
import type { Permission, Principal } from '../model/principal.ts';
import { refusal, scopeOf } from './permissions.ts';

const who = (more: Partial<Principal> = {}): Principal => ({ user: 'ada', role: 'operator', scopes: ['*'], by: 'session', ...more });
const route: Permission = { least: 'operator', tenants: 'own' };

describe('permissions', () => {
  it('let each role do what those below it may, and say who can give a higher one', () => {
    assert.equal(refusal(who(), 'POST /runs/:id/cancel', route), undefined);
    assert.equal(refusal(who({ role: 'admin' }), 'POST /runs/:id/cancel', route), undefined);
    const refused = refusal(who({ role: 'viewer' }), 'POST /runs/:id/cancel', route);
    assert.match(refused!.summary, /needs the role operator; ada has the role viewer/);
    assert.match(refused!.next!, /prybar user role ada operator/);
    assert.equal(refusal(who({ role: 'viewer' }), 'POST /session', { least: 'anyone', tenants: 'same' }), undefined);
  });

  it('narrow a token to its scopes', () => {
    const token = (...scopes: string[]) => who({ by: 'token', token: 'ci', scopes });
    assert.equal(scopeOf('POST /nodes/:id/power', route), 'nodes:write');
    assert.equal(scopeOf('POST /proposals/:id/preview', { least: 'viewer', tenants: 'own', looks: true }), 'proposals:read');
    assert.equal(refusal(token('nodes:write'), 'POST /nodes/:id/power', route), undefined);
    assert.equal(refusal(token('nodes:write'), 'GET /nodes', route), undefined);
    assert.equal(refusal(token('*:read'), 'GET /nodes', route), undefined);
    assert.match(refusal(token('*:read'), 'POST /nodes/:id/power', route)!.summary, /needs the scope nodes:write/);
    assert.match(refusal(token('runs:write'), 'GET /nodes', route)!.summary, /needs the scope nodes:read/);
    assert(refusal(token(), 'GET /nodes', route));
    const forPeople: Permission = { least: 'viewer', tenants: 'same', people: true };
    assert.match(refusal(token('*'), 'POST /tokens', forPeople)!.summary, /the token ci of ada is a token/);
    assert.equal(refusal(who(), 'POST /tokens', forPeople), undefined);
  });

  it('keep tenants from what is not for them', () => {
    const everybody: Permission = { least: 'viewer', tenants: 'refused' };
    assert.equal(refusal(who(), 'GET /certificates', everybody), undefined);
    assert.match(refusal(who({ tenant: 'red' }), 'GET /certificates', everybody)!.summary, /not for tenants; ada belongs to red/);
    assert.equal(refusal(who({ tenant: 'red' }), 'POST /runs/:id/cancel', route), undefined);
  });
});
