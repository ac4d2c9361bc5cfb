import assert from 'node:assert/strict';
import fc from 'fast-check';
import { changeText, merged, valueDiff } from './value-diff.ts';

describe('the difference of two values', () => {
  it('names each place, and what was and is there', () => {
    const before = { attributes: { servers: ['a'], mode: 'x', gone: 1 }, roles: {} };
    const after = { attributes: { servers: ['b'], mode: 'x', 'a/b': true }, roles: { r: ['n1'] } };
    assert.deepEqual(valueDiff(before, after).map(changeText), [
      'attributes.a/b: nothing → true',
      'attributes.gone: 1 → nothing',
      'attributes.servers: ["a"] → ["b"]',
      'roles.r: nothing → ["n1"]',
    ]);
  });

  it('is put together where two people changed different places, and not where they changed the same', () => {
    const base = { a: 1, b: { c: 2, d: 3 } };
    assert.deepEqual(merged(base, { a: 9, b: { c: 2, d: 3 } }, { a: 1, b: { c: 2, d: 4 } }), { a: 9, b: { c: 2, d: 4 } });
    assert.deepEqual(merged(base, { a: 9, b: base.b }, { a: 9, b: base.b }), { a: 9, b: base.b });
    assert.equal(merged(base, { a: 9, b: base.b }, { a: 8, b: base.b }), undefined);
    assert.equal(merged<unknown>(base, { a: 1 }, { a: 1, b: { c: 5, d: 3 } }), undefined, 'one took away what the other changed');
  });

  it('leads from the one to the other, whatever they are', () => {
    const json = fc.dictionary(
      fc.constantFrom('a', 'b', 'c/d', 'e~f'),
      fc.letrec((tie) => ({
        value: fc.oneof(
          { depthSize: 'small' },
          fc.integer(),
          fc.string(),
          fc.array(fc.integer()),
          fc.dictionary(fc.constantFrom('x', 'y', 'a'), tie('value'), { noNullPrototype: true }),
        ),
      })).value,
      { noNullPrototype: true },
    );
    fc.assert(
      fc.property(json, json, (before, after) => {
        assert.deepEqual(valueDiff(before, before), []);
        // A merge makes plain objects, whatever the documents were made of.
        assert.deepEqual(merged(before, before, after), structuredClone(after));
        assert.deepEqual(merged(before, after, before), after);
      }),
    );
  });
});
