// Where the cards of a role graph go: layers by longest path, neighbours close together, only the edges that say something new,
// and long edges led between the cards they pass. Pure, and meant for the tens of roles of one deployment. Lengths in CSS pixels.

export type Box = { name: string; height: number };
export type Edge = { from: string; to: string; kind: 'requires' | 'waitsFor' };
export type Placed = Box & { x: number; y: number };
export type Drawn = Edge & { path: string; arrow: string };
export type Picture = { boxes: Placed[]; edges: Drawn[]; width: number; height: number };

/** A card, or the gap through which a long edge passes a layer. */
type Slot = Box & { layer: number; before: string[]; gap?: true };

export const boxWidth = 200;
const layerGap = 44;
const rowGap = 16;
const gapHeight = 4;

export function layOut(boxes: readonly Box[], allEdges: readonly Edge[]): Picture {
  const names = new Set(boxes.map((b) => b.name));
  const known = withoutShortcuts(allEdges.filter((e) => names.has(e.from) && names.has(e.to) && e.from !== e.to));
  const layerOf = layersOf(boxes, known);
  const edges = known.filter((e) => layerOf.get(e.from)! < layerOf.get(e.to)!);
  const slots = new Map<string, Slot>();
  for (const box of [...boxes].sort((a, b) => a.name.localeCompare(b.name))) slots.set(box.name, { ...box, layer: layerOf.get(box.name)!, before: [] });
  const routes = edges.map((edge) => ({ edge, through: addGaps(edge, slots) }));
  const layers = Map.groupBy(slots.values(), (s) => s.layer);
  const height = Math.max(0, ...[...layers.values()].map(heightOf));
  const placed = place(layers, height);
  return {
    boxes: [...placed.values()].filter((p) => !slots.get(p.name)!.gap),
    edges: routes.map(({ edge, through }) => ({ ...edge, ...line(through.map((name) => placed.get(name)!)) })),
    width: Math.max(0, layers.size * (boxWidth + layerGap) - layerGap),
    height,
  };
}

/** An edge whose end is also reached by a longer way is not drawn: that way says it already. */
function withoutShortcuts(edges: readonly Edge[]): Edge[] {
  const next = Map.groupBy(edges, (e) => e.from);
  const reaches = (from: string, to: string, seen: Set<string>): boolean => {
    if (from === to) return true;
    if (seen.has(from)) return false;
    seen.add(from);
    return (next.get(from) ?? []).some((e) => reaches(e.to, to, seen));
  };
  const unique = [...new Map(edges.map((e) => [`${e.from} ${e.to}`, e])).values()];
  return unique.filter((e) => !(next.get(e.from) ?? []).some((other) => other.to !== e.to && reaches(other.to, e.to, new Set([e.from]))));
}

function layersOf(boxes: readonly Box[], edges: readonly Edge[]): Map<string, number> {
  const layer = new Map(boxes.map((b) => [b.name, 0]));
  // As often as a path can be long; the catalogue refuses cycles, so this ends settled.
  for (let round = 0; round < boxes.length; round += 1) {
    let moved = false;
    for (const { from, to } of edges) {
      if (layer.get(to)! > layer.get(from)!) continue;
      layer.set(to, layer.get(from)! + 1);
      moved = true;
    }
    if (!moved) break;
  }
  return layer;
}

/** Adds a gap in each layer that the edge passes. Returns the slots it runs through, both ends included. */
function addGaps({ from, to }: Edge, slots: Map<string, Slot>): string[] {
  const through = [from];
  for (let layer = slots.get(from)!.layer + 1; layer < slots.get(to)!.layer; layer += 1) {
    const name = `${from} → ${to}, ${layer}`;
    slots.set(name, { name, height: gapHeight, layer, before: [through.at(-1)!], gap: true });
    through.push(name);
  }
  slots.get(to)!.before.push(through.at(-1)!);
  return [...through, to];
}

const heightOf = (layer: readonly Box[]): number => layer.reduce((sum, b) => sum + b.height + rowGap, -rowGap);

/** Layer by layer, each slot near the middle of those it comes after, so that edges cross little. */
function place(layers: Map<number, Slot[]>, height: number): Map<string, Placed> {
  const placed = new Map<string, Placed>();
  const middle = (name: string): number => placed.get(name)!.y + placed.get(name)!.height / 2;
  for (const [index, layer] of [...layers].sort(([a], [b]) => a - b)) {
    const wish = new Map(
      layer.map((s) => [s.name, s.before.length === 0 ? height / 2 : s.before.reduce((sum, name) => sum + middle(name), 0) / s.before.length]),
    );
    if (index > 0) layer.sort((a, b) => wish.get(a.name)! - wish.get(b.name)!);
    let y = (height - heightOf(layer)) / 2;
    for (const { name, height: own } of layer) {
      placed.set(name, { name, height: own, x: index * (boxWidth + layerGap), y });
      y += own + rowGap;
    }
  }
  return placed;
}

function line(through: readonly Placed[]): { path: string; arrow: string } {
  const bend = layerGap * 0.6;
  const middle = (p: Placed): number => p.y + p.height / 2;
  let path = '';
  for (const [index, to] of through.entries()) {
    const from = through[index - 1];
    if (!from) continue;
    const last = index === through.length - 1;
    const start = from.x + boxWidth;
    const end = to.x - (last ? 7 : 0);
    path += `${path ? 'L' : 'M'}${start} ${middle(from)} C${start + bend} ${middle(from)} ${end - bend} ${middle(to)} ${end} ${middle(to)} `;
  }
  const target = through.at(-1)!;
  return { path: path.trim(), arrow: `M${target.x} ${middle(target)} l-8 -4.5 v9 z` };
}
