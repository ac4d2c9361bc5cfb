import assert from 'node:assert/strict';
import type { Problem } from '../../../core/model/problem.ts';
import { placesOf } from './fault-places.ts';

const text = `attributes:
  maxWait: 5 # seconds
  upstream:
    - time.example
    - "bad host"
roles:
  ntp-server:
    - m1
    - nobody
`;
const fault = (where: Problem['where']): Problem => ({ severity: 'error', summary: 'Wrong.', ...(where && { where }), next: 'Mend it.' });
const marked = (where: Problem['where'], of = text): string => {
  const [place] = placesOf(of, [fault(where)]);
  return of.slice(place!.from, place!.to);
};

describe('where a fault stands in the text', () => {
  it('is the value of a setting, or the item of a list', () => {
    assert.equal(marked({ pointer: '/attributes/maxWait' }), '5');
    assert.equal(marked({ pointer: '/attributes/upstream/1' }), '"bad host"');
  });

  it('is the name of what holds it, where the value is not there or is more than one line', () => {
    assert.equal(marked({ pointer: '/attributes/upstream' }), 'upstream');
    assert.equal(marked({ pointer: '/attributes/missing' }), 'attributes');
    assert.equal(marked({ pointer: '/attributes/upstream/7' }), 'upstream');
  });

  it('is the machine of a role, or the role', () => {
    assert.equal(marked({ role: 'ntp-server', node: 'nobody' }), 'nobody');
    assert.equal(marked({ role: 'ntp-server' }), 'ntp-server');
    assert.equal(marked({ role: 'unknown', node: 'm1' }), 'roles');
  });

  it('is the line that cannot be read, and the first one where nobody knows', () => {
    assert.equal(marked({ file: 'your text', line: 3 }), '  upstream:');
    assert.equal(marked({ line: 99 }), '');
    assert.equal(marked(undefined), 'attributes:');
    assert.equal(marked({ pointer: '/attributes/a' }, ''), '');
    assert.equal(marked({ line: 2 }, 'a: [\nb'), 'b');
  });

  it('says what is wrong and what to do', () => assert.equal(placesOf(text, [fault(undefined)])[0]!.text, 'Wrong. Mend it.'));
});
