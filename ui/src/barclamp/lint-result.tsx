// What the author of a barclamp was told when it was packed: warnings only, for what is wrong is not packed.

import type { AuthorsLint } from '../../../core/model/barclamp.ts';
import { ProblemList } from '../parts/problem-list.tsx';
import { counted } from '../parts/words.ts';

export function LintResult({ lint }: { lint: AuthorsLint | undefined }) {
  if (!lint) return <p className="pb-subtle">Its author packed it without having it looked at (“prybar barclamp pack” does).</p>;
  const { prybar, warnings } = lint;
  return (
    <>
      <p className="pb-subtle">
        {warnings.length ? `${counted(warnings.length, 'warning')} of lint` : 'Lint found nothing'} when its author packed it, with Prybar {prybar}.
      </p>
      <ProblemList
        problems={warnings.map(({ summary, file, line, next }) => ({
          severity: 'warning',
          summary,
          ...(file && { where: { file, ...(line !== undefined && { line }) } }),
          ...(next && { next }),
        }))}
      />
    </>
  );
}
