// Every barclamp of the repository on fresh machines: applied, applied again, looked at, removed and compared. What a case is and what it
// must show is core/author/trial.ts's business; here they are only listed.

import { shippedFolder } from '../../core/author/subject.ts';
import { verdictOf } from '../../core/author/trial.ts';
import { type Row, trials } from '../../core/author/trials.ts';
import { foldersIn } from '../../core/catalog/catalog.ts';
import { followTrials } from '../../core/cli/trial.ts';
import { bad, type Checked, ok, problem } from '../../core/model/problem.ts';

/** A row for each case of these barclamps, of all when none is named. Problems: there is no barclamp of that name. */
export async function soakBarclamps(names: readonly string[], cacheDir = '/var/cache/prybar'): Promise<Checked<Row[]>> {
  const others = foldersIn(shippedFolder);
  const unknown = names.filter((name) => !others.has(name));
  if (unknown.length) return bad(problem(`There is no barclamp ${unknown.join(', ')}.`, undefined, `There are ${[...others.keys()].join(', ')}.`));
  const folders = [...others].filter(([name]) => !names.length || names.includes(name)).map(([, folder]) => folder);
  const { close, ...followed } = followTrials(process.stdout);
  return ok(await trials({ folders, others, cacheDir, ...followed }).finally(close));
}

/** `2 passed, 0 failed, 1 skipped` */
export function totalOf(rows: readonly Row[]): string {
  const count = (verdict: string): number => rows.filter((row) => verdictOf(row) === verdict).length;
  return ['passed', 'failed', 'skipped'].map((verdict) => `${count(verdict)} ${verdict}`).join(', ');
}
