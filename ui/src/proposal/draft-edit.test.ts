import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type Path, pathOf, pointerOf, withValue } from './draft-edit.ts';
import { bodyOf, textOf } from './proposal-text.ts';

const text = `# the clock of this site
attributes:
  # ours, not the one of the provider
  upstream: [a.example, b.example] # two are enough
  maxWait: 77 # seconds
roles:
  ntp-server:
    - time-1 # in the first row
    - time-2
`;

describe('an edit of a draft', () => {
  it('changes one value, and keeps comments, order and style of the rest', () => {
    assert.equal(withValue(text, 'yaml', ['attributes', 'maxWait'], 120), text.replace('77', '120'));
    assert.equal(withValue(text, 'yaml', ['attributes', 'setClock'], false), text.replace('# seconds\n', '# seconds\n  setClock: false\n'));
    assert.equal(withValue(text, 'yaml', ['attributes', 'maxWait'], undefined), text.replace('  maxWait: 77 # seconds\n', ''));
    assert.match(withValue(text, 'yaml', ['roles', 'ntp-server', 1], 'time-9'), /- time-1 # in the first row\n {4}- time-9/);
  });
  it('makes the maps that are missing, and drops those that become empty', () => {
    const made = withValue('attributes: {}\nroles: {}\n', 'yaml', ['attributes', 'tls', 'port'], 443);
    assert.equal(made, 'attributes:\n  tls:\n    port: 443\nroles: {}\n');
    assert.deepEqual(bodyOf(withValue(made, 'yaml', ['attributes', 'tls', 'port'], undefined)), { ok: true, value: { attributes: {}, roles: {} } });
    assert.equal(withValue('', 'yaml', ['attributes', 'a'], 1), 'attributes:\n  a: 1\n');
  });
  it('keeps JSON to be JSON', () =>
    assert.equal(
      withValue(textOf({ attributes: { a: 1 }, roles: {} }, 'json'), 'json', ['attributes', 'b'], ['x']),
      textOf({ attributes: { a: 1, b: ['x'] }, roles: {} }, 'json'),
    ));
  it('gives back what was put, wherever it was put', () => {
    const name = fc.stringMatching(/^[a-z]{1,6}$/);
    const value = fc.oneof(
      fc.string(),
      fc.integer(),
      fc.boolean(),
      fc.array(fc.string(), { maxLength: 3 }),
      fc.dictionary(name, fc.integer(), { maxKeys: 3, noNullPrototype: true }),
    );
    fc.assert(
      fc.property(fc.array(name, { minLength: 1, maxLength: 3 }), value, (names, wanted) => {
        const path: Path = ['attributes', ...names];
        const read = bodyOf(withValue(text, 'yaml', path, wanted));
        assert(read.ok);
        let at: unknown = read.value;
        for (const part of path) at = (at as Record<string, unknown>)[part];
        assert.deepEqual(at, wanted);
      }),
    );
  });
  it('takes pointers apart and puts them together', () => assert.deepEqual(pathOf(pointerOf(['attributes', 'a/b', '~c'])), ['attributes', 'a/b', '~c']));
});
