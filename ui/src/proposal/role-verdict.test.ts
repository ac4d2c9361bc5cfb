import assert from 'node:assert/strict';
import { type BoardRole, limitsText, verdictOn } from './role-verdict.ts';

const role: BoardRole = {
  name: 'server',
  summary: '',
  implicit: false,
  runsOn: ['installed'],
  conflictsWith: ['client'],
  nodes: { min: 1, max: 3, odd: true },
};
const machine = (name: string, more = {}) => ({ id: `id-${name}`, name, approved: true, roles: [], ...more });

describe('a role that machines are dragged to', () => {
  it('takes what fits, and says what the number breaks', () => {
    assert.deepEqual(verdictOn(role, [machine('a')], {}, 'd'), { allowed: true, says: [] });
    assert.deepEqual(verdictOn(role, [machine('b')], { server: ['a'] }, 'd'), { allowed: true, says: ['2 machines, and an odd number is needed'] });
    assert.deepEqual(verdictOn(role, [machine('d'), machine('e')], { server: ['a', 'b'] }, 'd').says[0], '4 machines, and at most 3 are allowed');
    assert.equal(verdictOn(role, [machine('a')], { server: ['id-a'] }, 'd').allowed, false, 'it is there already');
  });
  it('refuses what would be refused, and says why', () => {
    const says = (more: object, roles = {}) => verdictOn(role, [machine('a', more)], roles, 'd');
    assert.deepEqual(says({ approved: false }), { allowed: false, says: ['a not approved yet'] });
    assert.deepEqual(says({ local: true }).says, ['a is the admin node, where it may not be']);
    assert.deepEqual(says({}, { client: ['a'] }).says, ['a has client, which may not be on the same machine']);
    assert.deepEqual(says({ roles: [{ deployment: 'd', role: 'client' }] }, { client: { count: 'all' } }).allowed, false);
    assert.deepEqual(says({ roles: [{ deployment: 'd', role: 'client' }] }).allowed, true, 'the draft takes client away');
  });
  it('tells its limits in words', () => assert.equal(limitsText(role), '1 to 3 machines, an odd number'));
});
