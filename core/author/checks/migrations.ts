// Migrations do what their examples say, and lead to proposals that the present schema accepts.

import { isDeepStrictEqual } from 'node:util';
import { applyMigration, loadMigrations, migrate, type Migration } from '../../catalog/migrations.ts';
import { lineFinder } from '../../catalog/catalog.ts';
import { type Problem, problem } from '../../model/problem.ts';
import type { ProposalBody } from '../../model/proposal.ts';
import { gt } from 'semver';
import { checkAgainst, withDefaults } from '../../schema.ts';
import type { Subject } from '../subject.ts';

export function checkMigrations(subject: Subject): Problem[] {
  const migrations = loadMigrations(subject.folder, subject.name);
  // Faults of their form were found when the barclamp was loaded.
  if (!migrations.ok) return [];
  return migrations.value.flatMap((migration) => [...checkVersion(subject, migration), ...checkExamples(subject, migration, migrations.value)]);
}

function checkVersion({ barclamp }: Subject, { file, to }: Migration): Problem[] {
  if (!gt(to, barclamp.version)) return [];
  return [problem(`It leads to ${to}, and this is ${barclamp.version}.`, { file }, 'Raise the version in barclamp.yml, or rename the migration.')];
}

function checkExamples({ barclamp, text, name }: Subject, migration: Migration, all: Migration[]): Problem[] {
  const find = lineFinder(text(migration.file.slice(name.length + 1))!);
  return migration.examples.flatMap((example, index) => {
    const where = { file: migration.file, line: find(`/examples/${index}`) ?? 1 };
    const before = whole(example.before);
    const after = applyMigration(before, migration);
    if (!after.ok) return after.problems.map((p) => ({ ...p, where: { ...where, line: find(p.where?.pointer ?? '') ?? where.line } }));
    if (!isDeepStrictEqual(after.value, whole(example.after))) {
      return [
        problem(
          `The example gives ${JSON.stringify(after.value)}.`,
          where,
          `It says ${JSON.stringify(whole(example.after))}: correct the steps or the example.`,
        ),
      ];
    }
    const now = migrate(after.value, all, migration.to, barclamp.version);
    if (!now.ok) return now.problems;
    const { attributes, roles } = now.value.body;
    const faults = checkAgainst(barclamp.proposalSchema, withDefaults(barclamp.proposalSchema, attributes));
    const strangers = Object.keys(roles).filter((role) => !barclamp.roles[role]);
    return [
      ...faults.map((p) => problem(`What comes out is no valid proposal of ${barclamp.version}: ${p.summary}`, where, p.next)),
      ...strangers.map((role) =>
        problem(`What comes out names the role ${role}, which the barclamp does not have.`, where, 'Rename or remove it under roles:.'),
      ),
    ];
  });
}

const whole = (body: Partial<ProposalBody>): ProposalBody => ({ attributes: {}, roles: {}, ...body });
