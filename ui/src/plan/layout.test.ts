import assert from 'node:assert/strict';
import { boxWidth, type Edge, layOut } from './layout.ts';

const boxes = (...names: string[]) => names.map((name) => ({ name, height: 60 }));
const edge = (from: string, to: string): Edge => ({ from, to, kind: 'requires' });

describe('the layout of a role graph', () => {
  it('puts each role right of all it comes after', () => {
    const { boxes: placed } = layOut(boxes('c', 'a', 'b'), [edge('a', 'b'), edge('b', 'c')]);
    const x = Object.fromEntries(placed.map((p) => [p.name, p.x]));
    assert.ok(x.a! < x.b! && x.b! < x.c!);
  });

  it('leaves out an edge that a longer way says already', () => {
    const { edges } = layOut(boxes('a', 'b', 'c'), [edge('a', 'b'), edge('b', 'c'), edge('a', 'c')]);
    assert.deepEqual(
      edges.map((e) => `${e.from} ${e.to}`),
      ['a b', 'b c'],
    );
  });

  it('leads a long edge past the cards between', () => {
    const { boxes: placed, edges } = layOut(boxes('a', 'b', 'c', 'z'), [edge('a', 'b'), edge('b', 'c'), edge('z', 'c')]);
    const between = placed.find((p) => p.name === 'b')!;
    const long = edges.find((e) => e.from === 'z')!;
    const level = Number(/L(?<x>[\d.]+) (?<y>[\d.]+)/.exec(long.path)!.groups!.y);
    assert.ok(level < between.y || level > between.y + between.height, `${level} crosses ${between.y}…${between.y + between.height}`);
  });

  it('draws nothing for no role, and ends even on a cycle that should not be', () => {
    assert.deepEqual(layOut([], []), { boxes: [], edges: [], width: 0, height: 0 });
    assert.equal(layOut(boxes('a', 'b'), [edge('a', 'b'), edge('b', 'a')]).boxes.length, 2);
  });

  it('gives no two cards the same place', () => {
    const { boxes: placed } = layOut(boxes('a', 'b', 'c', 'd'), [edge('a', 'd')]);
    for (const one of placed)
      for (const other of placed)
        assert.ok(
          one === other || one.x + boxWidth <= other.x || other.x + boxWidth <= one.x || one.y + one.height <= other.y || other.y + other.height <= one.y,
        );
  });
});
