// What people read: README.md with an example that is a valid proposal, and defaults that make one by themselves.

import { parseYaml } from '../../catalog/catalog.ts';
import { located } from '../../catalog/yaml.ts';
import { problem, type Problem } from '../../model/problem.ts';
import { checkAgainst, withDefaults } from '../../schema.ts';
import type { Subject } from '../subject.ts';

export function checkPapers(subject: Subject): Problem[] {
  return [...checkReadme(subject), ...checkDefaults(subject)];
}

function checkReadme({ name, barclamp, text }: Subject): Problem[] {
  const file = `${name}/README.md`;
  const readme = text('README.md');
  if (readme === undefined)
    return [problem('There is no README.md.', { file }, 'Say what the barclamp does and what it changes on a machine, with one example proposal.')];
  const block = /^```ya?ml\n([\s\S]*?)^```/m.exec(readme);
  if (!block) return [problem('README.md shows no proposal.', { file, line: 1 }, 'Add an example in a block that begins with ```yaml: attributes and roles.')];
  const offset = readme.slice(0, block.index).split('\n').length;
  const down = (found: Problem[]): Problem[] => found.map((p) => ({ ...p, where: { ...p.where, file, line: (p.where?.line ?? 1) + offset } }));
  const example = parseYaml(block[1]!, file);
  if (!example.ok) return down(example.problems);
  const shape = checkAgainst(exampleShape, example.value);
  if (shape.length) return down(located(shape, file, block[1]!));
  const { attributes = {}, roles = {} } = example.value as { attributes?: object; roles?: object };
  const faults = [
    ...checkAgainst(barclamp.proposalSchema, attributes, { pointer: '/attributes' }),
    ...Object.keys(roles)
      .filter((role) => !barclamp.roles[role])
      .map((role) =>
        problem(
          `The example names the role ${role}, which the barclamp does not have.`,
          { pointer: `/roles/${role}` },
          `Its roles are ${Object.keys(barclamp.roles).join(', ')}.`,
        ),
      ),
  ];
  return down(located(faults, file, block[1]!));
}

const exampleShape = {
  type: 'object',
  additionalProperties: false,
  properties: { attributes: { type: 'object' }, roles: { type: 'object', additionalProperties: { type: ['array', 'object'] } } },
};

function checkDefaults({ name, barclamp, text }: Subject): Problem[] {
  const file = `${name}/proposal.schema.json`;
  const faults = checkAgainst(barclamp.proposalSchema, withDefaults(barclamp.proposalSchema, {}));
  return located(faults, file, text('proposal.schema.json')!).map((p) => ({
    ...p,
    summary: `The defaults alone make no valid proposal: ${p.summary}`,
    next: 'Give each required property a default that the schema accepts.',
  }));
}
