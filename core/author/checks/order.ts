// The order of roles, and that what is built on in other barclamps is named in `needs`.

import { problem, type Problem } from '../../model/problem.ts';
import { roleOrder } from '../../plan/role-graph.ts';
import type { Subject } from '../subject.ts';

export function checkOrder(subject: Subject): Problem[] {
  return [...checkCycles(subject), ...checkNamedNeeds(subject)];
}

function checkCycles({ name, catalog, declaredAt }: Subject): Problem[] {
  const order = roleOrder(catalog);
  if (order.ok) return [];
  return order.problems
    .filter(
      (p) =>
        p.where?.file?.startsWith(`${name}/`) || p.summary.match(/[a-z][a-z0-9-]*/g)?.some((word) => catalog.roles.get(word)?.declaration.barclamp === name),
    )
    .map((p) => {
      const role = p.where?.role ?? '';
      return { ...p, where: { file: p.where!.file!, role, ...(p.where?.file === `${name}/barclamp.yml` && { line: declaredAt(`/roles/${role}`) }) } };
    });
}

// Roles of other barclamps can only be counted on in a range of published versions.
function checkNamedNeeds({ name, barclamp, roles, catalog, declaredAt }: Subject): Problem[] {
  const problems: Problem[] = [];
  const seen = new Set<string>();
  for (const { declaration, reads } of roles) {
    for (const edge of [...declaration.requires, ...declaration.waitsFor, ...reads]) {
      const other = catalog.roles.get(edge)?.declaration.barclamp;
      if (!other || other === name || barclamp.needs.barclamps[other] || seen.has(other)) continue;
      seen.add(other);
      const version = catalog.barclamps.get(other)!.version;
      problems.push(
        problem(
          `${declaration.name} builds on ${edge} of the barclamp ${other}, which is not among its needs.`,
          { file: `${name}/barclamp.yml`, line: declaredAt(`/roles/${declaration.name}`) },
          `Add \`needs: { barclamps: { ${other}: "^${version.split('.')[0] === '0' ? version : version.split('.')[0]}" } }\`.`,
        ),
      );
    }
  }
  return problems;
}
