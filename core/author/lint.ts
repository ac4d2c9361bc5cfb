// Everything that can be found wrong with a barclamp by looking at it, in one list: what loading finds, and then each check in turn.
// `prybar barclamp lint` shows it, and the contract test over barclamps/ demands that it is empty.

import type { Folders } from '../catalog/catalog.ts';
import { errorsIn, type Problem, placeOf } from '../model/problem.ts';
import { checkActs } from './checks/acts.ts';
import { checkBundle } from './checks/bundle.ts';
import { checkExtension } from './checks/extension.ts';
import { checkGuards } from './checks/guards.ts';
import { checkLoops } from './checks/loops.ts';
import { checkMigrations } from './checks/migrations.ts';
import { checkOrder } from './checks/order.ts';
import { checkOutputs } from './checks/outputs.ts';
import { checkPapers } from './checks/papers.ts';
import { checkPrograms } from './checks/programs.ts';
import { checkReads } from './checks/reads.ts';
import { checkFilesUsed } from './checks/used-files.ts';
import { checkCases } from './cases.ts';
import { openSubject, type Subject } from './subject.ts';

/** What can be read off the files, one by one. */
const checks: readonly ((subject: Subject) => Problem[])[] = [
  checkPapers,
  checkOrder,
  checkReads,
  checkLoops,
  checkOutputs,
  checkFilesUsed,
  checkGuards,
  checkActs,
  checkBundle,
  checkExtension,
  checkMigrations,
];

/** Problems of the barclamp in `folder`, by file and line. `others` are the barclamps it may refer to. */
export function lint(folder: string, others: Folders): Problem[] {
  const { subject, problems } = openSubject(folder, others);
  if (!subject) return inOrder(problems);
  const read = [...problems, ...checks.flatMap((check) => check(subject))];
  // A file that reads what is not there cannot be compiled: that was said, and with the name of what it reads.
  const told = new Set(errorsIn(read).map((p) => p.where?.file));
  const found = [...read, ...checkPrograms(subject).filter((p) => !told.has(p.where?.file))];
  // Cases come out wrong when anything else is wrong.
  return inOrder(errorsIn(found).length ? found : [...found, ...checkCases(subject)]);
}

// Two checks may come by the same thing.
function inOrder(problems: Problem[]): Problem[] {
  const different = [...new Map(problems.map((p) => [`${p.summary} ${placeOf(p.where)}`, p])).values()];
  const file = (p: Problem): string => p.where?.file ?? '';
  return different.sort((a, b) => (file(a) === file(b) ? (a.where?.line ?? 0) - (b.where?.line ?? 0) : file(a) < file(b) ? -1 : 1));
}
