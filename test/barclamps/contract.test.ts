// What every folder in barclamps/ must keep: lint finds nothing, not even a warning, and the programs of its cases are clean sh. What lint
// looks at is in core/author/lint.ts, the same that authors have; one test each, so that a broken barclamp is named.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { readCases, renderCase } from '../../core/author/cases.ts';
import { lint } from '../../core/author/lint.ts';
import { originalFolder } from '../../core/author/scaffold.ts';
import { foldersFor, openSubject, shippedFolder } from '../../core/author/subject.ts';
import { loadCatalog } from '../../core/catalog/catalog.ts';
import { placeOf, type Problem } from '../../core/model/problem.ts';
import { roleOrder } from '../../core/plan/role-graph.ts';

const folders = [
  ...readdirSync(shippedFolder)
    .sort()
    .map((name) => path.join(shippedFolder, name)),
  originalFolder,
];
const lines = (found: readonly Problem[]): string[] => found.map((p) => `${placeOf(p.where)}: ${p.summary} ${p.next ?? ''}`);

it('loads every barclamp without a Problem, and their roles have an order', function () {
  this.timeout(120_000);
  const { catalog, problems } = loadCatalog(shippedFolder);
  assert.deepEqual(lines(problems), []);
  assert(roleOrder(catalog).ok);
});

for (const folder of folders) {
  describe(`barclamp ${path.basename(folder)}`, () => {
    const others = foldersFor([folder]);

    it('is clean', function () {
      this.timeout(120_000);
      assert.deepEqual(lines(lint(folder, others)), []);
    });

    it('has programs that are clean sh', function () {
      this.timeout(120_000);
      const { subject } = openSubject(folder, others);
      assert(subject);
      const programs = readCases(subject).cases.flatMap((test) => renderCase(subject, test).programs);
      // The same program on the next machine says nothing new, nor does the one that only looks: it differs by one value.
      const kinds = new Map(programs.map((program) => [`${program.role} ${program.part}`, program]));
      for (const [kind, { text }] of kinds) assert.equal(shellcheck(text), '', kind);
    });
  });
}

function shellcheck(program: string): string {
  const { error, stdout } = spawnSync('shellcheck', ['--shell=sh', '--format=gcc', '-'], { input: program, encoding: 'utf8' });
  if (error) throw new Error(`shellcheck cannot be run: ${error.message}; install it with apt-get install shellcheck`);
  return stdout;
}
