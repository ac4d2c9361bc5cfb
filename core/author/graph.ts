// The roles of some barclamps and what waits for what: as text, as DOT for Graphviz, and as an SVG picture of its own.

import type { Catalog } from '../model/catalog.ts';
import { type Checked, ok } from '../model/problem.ts';
import { type RoleEdge, roleEdges, roleOrder } from '../plan/role-graph.ts';

export type Graph = {
  /** In an order in which each role stands behind those it depends on. */
  roles: { name: string; barclamp: string; summary: string; implicit: boolean }[];
  edges: RoleEdge[];
};

/** The roles of these barclamps, and those of others that they touch. */
export function graphOf(catalog: Catalog, barclamps: ReadonlySet<string>): Checked<Graph> {
  const order = roleOrder(catalog);
  if (!order.ok) return order;
  const of = (role: string): string => catalog.roles.get(role)!.declaration.barclamp;
  const edges = roleEdges(catalog).filter(({ from, to }) => barclamps.has(of(from)) || barclamps.has(of(to)));
  const shown = new Set([...edges.flatMap(({ from, to }) => [from, to]), ...[...catalog.roles.keys()].filter((role) => barclamps.has(of(role)))]);
  const roles = order.value
    .filter((role) => shown.has(role))
    .map((role) => {
      const { name, barclamp, summary, implicit } = catalog.roles.get(role)!.declaration;
      return { name, barclamp, summary, implicit };
    });
  return ok({ roles, edges });
}

const words = { requires: 'after, on the same machine,', waitsFor: 'waits for' };

export function graphText({ roles, edges }: Graph): string {
  const width = Math.max(0, ...roles.map(({ name }) => name.length));
  return roles
    .flatMap(({ name, barclamp, summary, implicit }) => [
      `${name.padEnd(width)}  ${summary} (${barclamp}${implicit ? ', on every machine' : ''})`,
      ...edges.filter(({ to }) => to === name).map(({ from, kind }) => `${' '.repeat(width)}    ${words[kind]} ${from}`),
    ])
    .join('\n');
}

export function graphDot({ roles, edges }: Graph): string {
  const barclamps = [...new Set(roles.map(({ barclamp }) => barclamp))];
  return [
    'digraph roles {',
    '  rankdir=LR; node [shape=box, style=rounded, fontname="sans-serif"];',
    ...barclamps.flatMap((barclamp) => [
      `  subgraph "cluster_${barclamp}" { label="${barclamp}";`,
      ...roles.filter((role) => role.barclamp === barclamp).map(({ name, summary }) => `    "${name}" [tooltip=${JSON.stringify(summary)}];`),
      '  }',
    ]),
    ...edges.map(({ from, to, kind }) => `  "${from}" -> "${to}"${kind === 'requires' ? ' [style=bold]' : ''};`),
    '}',
  ].join('\n');
}

const BOX = { width: 190, height: 46, gapX: 70, gapY: 18, margin: 16 };

/** Columns from left to right: each role one further than the last it depends on. */
export function graphSvg(graph: Graph): string {
  const column = new Map<string, number>();
  for (const { name } of graph.roles) column.set(name, Math.max(0, ...graph.edges.filter(({ to }) => to === name).map(({ from }) => column.get(from)! + 1)));
  const columns = Array.from({ length: Math.max(0, ...column.values()) + 1 }, (_, at) => graph.roles.filter(({ name }) => column.get(name) === at));
  const place = new Map<string, { x: number; y: number }>();
  for (const [at, members] of columns.entries()) {
    // Beside those it depends on, so that lines stay short.
    const height = (name: string): number => mean(graph.edges.filter(({ to }) => to === name).map(({ from }) => place.get(from)!.y));
    const sorted = [...members].sort((a, b) => height(a.name) - height(b.name) || (a.name < b.name ? -1 : 1));
    for (const [row, { name }] of sorted.entries())
      place.set(name, { x: BOX.margin + at * (BOX.width + BOX.gapX), y: BOX.margin + row * (BOX.height + BOX.gapY) });
  }
  const right = Math.max(...[...place.values()].map(({ x }) => x)) + BOX.width + BOX.margin;
  const bottom = Math.max(...[...place.values()].map(({ y }) => y)) + BOX.height + BOX.margin;
  const line = ({ from, to, kind }: RoleEdge): string => {
    const [a, b] = [place.get(from)!, place.get(to)!];
    const [x1, y1, x2, y2] = [a.x + BOX.width, a.y + BOX.height / 2, b.x, b.y + BOX.height / 2];
    const bend = BOX.gapX / 2;
    return `<path class="${kind}" d="M${x1} ${y1} C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2 - 6} ${y2}" marker-end="url(#arrow)"><title>${to} ${words[kind]} ${from}</title></path>`;
  };
  const box = ({ name, barclamp, summary }: Graph['roles'][number]): string => {
    const { x, y } = place.get(name)!;
    return `<g transform="translate(${x} ${y})"><title>${escape(summary)}</title><rect width="${BOX.width}" height="${BOX.height}" rx="6"/><text x="10" y="20">${escape(name)}</text><text x="10" y="36" class="barclamp">${escape(barclamp)}</text></g>`;
  };
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${right}" height="${bottom}" viewBox="0 0 ${right} ${bottom}" role="img" aria-label="Roles and what waits for what">
<style>text{font:13px sans-serif;fill:#151515}.barclamp{font-size:11px;fill:#4d4d4d}rect{fill:#fff;stroke:#4d4d4d}path{fill:none;stroke:#4d4d4d}.requires{stroke-width:2.5}.waitsFor{stroke-dasharray:5 3}</style>
<defs><marker id="arrow" viewBox="0 0 8 8" refX="2" refY="4" markerWidth="8" markerHeight="8" markerUnits="userSpaceOnUse" orient="auto"><path d="M0 0 8 4 0 8z" style="fill:#4d4d4d;stroke:none"/></marker></defs>
${graph.edges.map(line).join('\n')}
${graph.roles.map(box).join('\n')}
</svg>`;
}

const mean = (numbers: number[]): number => (numbers.length ? numbers.reduce((sum, n) => sum + n, 0) / numbers.length : 0);
const escape = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
