// What a role publishes is what it declares: others wait for a declared output that never comes, and never see one that is not declared.

import type { Role } from '../../model/catalog.ts';
import { problem, type Problem } from '../../model/problem.ts';
import { checkSchema } from '../../schema.ts';
import type { Subject } from '../subject.ts';

export function checkOutputs(subject: Subject): Problem[] {
  return subject.roles.flatMap((role) => [...checkSchemas(subject, role), ...checkPublished(subject, role)]);
}

function checkSchemas({ name, declaredAt }: Subject, { declaration }: Role): Problem[] {
  return Object.entries(declaration.outputs).flatMap(([output, schema]) => {
    const pointer = `/roles/${declaration.name}/outputs/${output}`;
    return checkSchema(schema).map((p) => ({ ...p, where: { file: `${name}/barclamp.yml`, line: declaredAt(pointer), pointer } }));
  });
}

function checkPublished({ name, declaredAt }: Subject, { declaration, apply }: Role): Problem[] {
  // A script or playbook says what it publishes when it runs.
  if (!apply) return [];
  const published = new Map<string, number>();
  for (const [index, item] of apply.items.entries()) {
    if (typeof item.output === 'string') return [];
    for (const output of Object.keys((item.output as object | undefined) ?? {})) published.set(output, apply.lines[index] ?? 1);
  }
  const declared = Object.keys(declaration.outputs);
  return [
    ...[...published]
      .filter(([output]) => !declared.includes(output))
      .map(([output, line]) =>
        problem(
          `${declaration.name} publishes ${output}, which barclamp.yml does not declare.`,
          { file: apply.file, line },
          `Add it under outputs: of ${declaration.name}, with the schema of its value.`,
        ),
      ),
    ...declared
      .filter((output) => !published.has(output))
      .map((output) =>
        problem(
          `${declaration.name} declares the output ${output} and never publishes it, so those who read it would wait for ever.`,
          { file: `${name}/barclamp.yml`, line: declaredAt(`/roles/${declaration.name}/outputs/${output}`) },
          `Add \`- output: { ${output}: … }\` to its recipe, or take the declaration away.`,
        ),
      ),
  ];
}
