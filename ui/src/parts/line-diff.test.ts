import assert from 'node:assert/strict';
import { lineDiff } from './line-diff.ts';

const text = (...lines: string[]) => `${lines.join('\n')}\n`;

describe('the difference of two texts', () => {
  it('is nothing where there is none', () => assert.equal(lineDiff('a\nb\n', 'a\nb\n'), ''));

  it('names lines that went and lines that came', () => {
    assert.equal(lineDiff(text('a', 'b', 'c'), text('a', 'x', 'c', 'd')), ' a\n-b\n+x\n c\n+d');
  });

  it('shows what stands around a change, and leaves out the rest', () => {
    const before = text('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j');
    assert.equal(lineDiff(before, before.replace('e', 'E')), '@@\n c\n d\n-e\n+E\n f\n g\n@@');
  });

  it('is all of it where one side is empty', () => assert.equal(lineDiff('', 'a\n'), '-\n+a'));
});
