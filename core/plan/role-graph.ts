// The order of roles: every edge that the barclamps declare, as one graph. The only place that knows graphlib.

import { alg, Graph } from 'graphlib';
import type { RoleDeclaration } from '../model/barclamp.ts';
import type { Catalog } from '../model/catalog.ts';
import { bad, type Checked, ok, problem } from '../model/problem.ts';

export type RoleEdge = { from: string; to: string; kind: 'requires' | 'waitsFor' };

/** Edges from what is done first to what waits for it. Edges to a role that another one `provides` lead to each provider. */
export function roleEdges(catalog: Catalog): RoleEdge[] {
  const providers = providersOf(catalog);
  const edges: RoleEdge[] = [];
  for (const { declaration } of catalog.roles.values()) {
    for (const kind of ['requires', 'waitsFor'] as const) {
      for (const name of declaration[kind]) {
        for (const from of providers.get(name) ?? []) edges.push({ from, to: declaration.name, kind });
      }
    }
  }
  return edges;
}

/** Role name → the roles that satisfy it: itself, and those that declare `provides`. By name. */
export function providersOf(catalog: Catalog): Map<string, string[]> {
  const providers = new Map<string, string[]>();
  for (const { declaration } of catalog.roles.values()) {
    for (const name of [declaration.name, ...declaration.provides]) providers.set(name, [...(providers.get(name) ?? []), declaration.name].sort());
  }
  return providers;
}

/**
 * What does not wait. `forGates`: gates, and all that has to be done before a gate can be. `forSystems`: those, what installs systems, and all that
 * has to be done before it: they do not wait until their machine has the system that it is to have.
 */
export function goingAhead(catalog: Catalog, edges = roleEdges(catalog)): { forGates: ReadonlySet<string>; forSystems: ReadonlySet<string> } {
  const upstream = new Map<string, string[]>();
  for (const { from, to } of edges) upstream.set(to, [...(upstream.get(to) ?? []), from]);
  const withUpstream = (first: (declaration: RoleDeclaration) => boolean): ReadonlySet<string> => {
    const found = new Set<string>();
    const add = (name: string): void => {
      if (found.has(name)) return;
      found.add(name);
      for (const earlier of upstream.get(name) ?? []) add(earlier);
    };
    for (const { declaration } of catalog.roles.values()) if (first(declaration)) add(declaration.name);
    return found;
  };
  return { forGates: withUpstream(({ gate }) => gate !== undefined), forSystems: withUpstream(({ gate, installs }) => installs || gate !== undefined) };
}

/** All role names so that each stands behind those it depends on; the same catalog gives the same order. A cycle is a Problem with its path. */
export function roleOrder(catalog: Catalog): Checked<string[]> {
  const graph = new Graph({ directed: true });
  for (const name of [...catalog.roles.keys()].sort()) graph.setNode(name);
  const edges = roleEdges(catalog);
  for (const { from, to } of edges) graph.setEdge(from, to);
  const { forGates, forSystems } = goingAhead(catalog, edges);
  for (const { declaration } of catalog.roles.values()) {
    if (declaration.gate !== undefined) for (const name of catalog.roles.keys()) if (!forGates.has(name)) graph.setEdge(declaration.name, name);
    if (declaration.installs) for (const name of catalog.roles.keys()) if (!forSystems.has(name)) graph.setEdge(declaration.name, name);
  }
  const cycles = alg.findCycles(graph);
  if (!cycles.length) return ok(alg.topsort(graph));
  return bad(...cycles.map((cycle) => cycleProblem(graph, cycle, catalog)));
}

function cycleProblem(graph: Graph, members: string[], catalog: Catalog) {
  const inside = new Set(members);
  const path = [[...members].sort()[0]!];
  // Every member of a strongly connected set has a successor inside it, so walking on must meet itself.
  for (;;) {
    const next = (graph.successors(path.at(-1)!) ?? []).filter((name) => inside.has(name)).sort()[0]!;
    const seen = path.indexOf(next);
    path.push(next);
    if (seen >= 0) {
      const loop = path.slice(seen);
      const barclamp = catalog.roles.get(loop[0]!)!.declaration.barclamp;
      return problem(
        `These roles wait for one another in a circle: ${loop.join(' → ')}.`,
        { file: `${barclamp}/barclamp.yml`, role: loop[0]! },
        'Remove one requires or waitsFor of the circle.',
      );
    }
  }
}
