import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type Language, readCondition } from './condition.ts';

type Thing = { name: string; size: number; states: string[] };
const language: Language<Thing> = {
  fields: {
    name: { about: 'name', of: (thing) => thing.name },
    size: { about: 'size', of: (thing) => thing.size },
    state: { about: 'states', of: (thing) => thing.states, values: ['new', 'up', 'failed'] },
  },
  word: (word) => (thing) => thing.name.toLowerCase().includes(word),
  example: 'state:up size>=1GiB',
};
const thing: Thing = { name: 'Rack 4 box-7', size: 64 * 2 ** 30, states: ['up', 'failed'] };
const holds = (text: string): boolean => {
  const test = readCondition(text, language);
  assert(test.ok, JSON.stringify(test));
  return test.value(thing);
};
const problemOf = (text: string): string => {
  const test = readCondition(text, language);
  assert(!test.ok);
  return test.problems[0]!.summary;
};

describe('condition for searching', () => {
  it('takes terms side by side, words, and parts of texts', () => {
    assert(holds('box-7 state:failed size>=64GiB'));
    assert(!holds('box-7 state:new'));
    assert(holds('name:rack'));
    assert(holds('name:"rack 4"'));
    assert(holds('"4 box"'));
    assert(holds('size:64gib'));
  });
  it('takes one of several values, and or, not, parentheses', () => {
    assert(holds('state:new,up'));
    assert(holds('state:new or (size > 1GiB not state:new)'));
    assert(!holds('not state:new,up'));
    assert(holds('state = up and state != new'));
  });
  it('takes a MAC address for a word', () => assert(!holds('52:54:00:aa:bb:cc')));
  it('says where it cannot be read, and what would be possible', () => {
    assert.match(problemOf('box stat:up'), /nothing is known of "stat" \(at character 5\)/);
    assert.match(problemOf('state:uq'), /state is never "uq", but one of new, up, failed \(at character 7\)/);
    assert.match(problemOf('state:'), /a value is missing after "state:"/);
    assert.match(problemOf('(box'), /a \) is missing \(at character 5\)/);
    assert.match(problemOf('box or'), /something is missing/);
  });
  it('never throws, whatever is typed', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('a', ':', '"', '(', ')', ' ', '=', '>', 'state', 'not', 'or', ',', '5', 'é') }),
        (text) => void readCondition(text, language),
      ),
    );
  });
});
