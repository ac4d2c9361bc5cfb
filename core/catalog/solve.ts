// Which versions go together: what is wanted, what that needs, and what is there already. Tries candidates in the order they are given and
// goes back where two needs contradict; when nothing fits, it says on which path it came furthest.

import { satisfies } from 'semver';
import { bad, type Checked, ok, problem } from '../model/problem.ts';

export type Candidate = { name: string; version: string; needs: { prybar?: string; barclamps: Record<string, string> } };

/** `by` leads from what was asked for to what needs this: [`dns 2.0.0`, `network 1.4.0`]; empty for what was asked for. */
type Need = { name: string; range: string; by: string[] };
type Chosen = ReadonlyMap<string, { candidate: Candidate; need: Need }>;

// Real sets are solved in a handful of steps; this ends what would take for ever.
const MOST_STEPS = 20_000;

export function solve(
  wanted: readonly { name: string; range: string }[],
  candidatesOf: (name: string) => readonly Candidate[],
  prybarVersion: string,
): Checked<Candidate[]> {
  let steps = 0;
  let furthest: { depth: number; text: string } = { depth: -1, text: '' };
  const fail = (chosen: Chosen, text: string): undefined => {
    if (chosen.size > furthest.depth) furthest = { depth: chosen.size, text };
    return undefined;
  };

  const visit = (pending: readonly Need[], chosen: Chosen): Chosen | undefined => {
    const [need, ...rest] = pending;
    if (!need) return chosen;
    if (steps++ > MOST_STEPS) return undefined;
    const already = chosen.get(need.name);
    if (already) {
      if (satisfies(already.candidate.version, need.range)) return visit(rest, chosen);
      return fail(chosen, `${told(need)}, but ${told(already.need)}, for which ${need.name} ${already.candidate.version} was taken`);
    }
    const all = candidatesOf(need.name);
    const fitting = all.filter(({ version }) => satisfies(version, need.range));
    if (!fitting.length) {
      const there = all.map(({ version }) => version).join(', ');
      return fail(chosen, `${told(need)}, ${there ? `and only ${there} is published` : 'which is not published'}`);
    }
    for (const candidate of fitting) {
      const by = [...need.by, `${candidate.name} ${candidate.version}`];
      const { prybar } = candidate.needs;
      if (prybar !== undefined && !satisfies(prybarVersion, prybar)) {
        fail(chosen, `${by.join(' → ')} needs Prybar ${prybar}, and this is ${prybarVersion}`);
        continue;
      }
      const own = Object.entries(candidate.needs.barclamps).map(([name, range]) => ({ name, range, by }));
      const result = visit([...own, ...rest], new Map([...chosen, [need.name, { candidate, need }]]));
      if (result) return result;
    }
    return undefined;
  };

  const found = visit(
    wanted.map(({ name, range }) => ({ name, range, by: [] })),
    new Map(),
  );
  if (found) return ok([...found.values()].map(({ candidate }) => candidate));
  return bad(
    problem(`No versions go together: ${furthest.text}.`, undefined, 'Publish a version that fits, or ask for another range. Only published versions count.'),
  );
}

const told = ({ name, range, by }: Need): string => (by.length ? `${by.join(' → ')} needs ${name} ${range}` : `${name} ${range} is wanted`);
