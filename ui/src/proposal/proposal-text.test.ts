import assert from 'node:assert/strict';
import { bodyOf, sameBody, textOf } from './proposal-text.ts';

const body = {
  attributes: { servers: ['a', 'b'], deep: { n: 1, no: 'no', mode: '0755' } },
  roles: { 'ntp-server': ['node-1'], 'ntp-client': { pool: 'default', count: 'all' as const } },
};

describe('a proposal as text', () => {
  for (const format of ['yaml', 'json'] as const) {
    it(`comes back from ${format} as it went`, () => {
      const read = bodyOf(textOf(body, format));
      assert.ok(read.ok && sameBody(read.value, body));
      assert.deepEqual(read.value, body);
    });
  }

  it('that cannot be read says on which line', () => {
    const read = bodyOf('attributes: {}\nroles:\n  a: [x\n');
    assert.ok(!read.ok);
    assert.ok(read.problems[0]!.where!.line! >= 3);
  });

  it('with a word that is not part of it is refused, so that a typing error does not vanish', () => {
    const read = bodyOf('attributes: {}\nrolls: {}\n');
    assert.ok(!read.ok && read.problems[0]!.summary.includes('rolls'));
  });

  it('with one key twice is refused', () => {
    assert.ok(!bodyOf('roles: { a: [x], a: [y] }').ok);
  });
});
