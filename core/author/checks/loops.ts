// `{% for x in list if cond %}` picks in other languages. Here it means `list if cond else nothing`, with the condition asked once and outside
// of the loop: mostly of an `x` that is not there, so that the loop is silently empty.

import { linesOfLoopsWithIf } from '../../catalog/catalog.ts';
import { problem, type Problem } from '../../model/problem.ts';
import type { Subject } from '../subject.ts';
import { textsOf } from '../texts.ts';

export function checkLoops(subject: Subject): Problem[] {
  return textsOf(subject)
    .filter(({ isExpression }) => !isExpression)
    .flatMap(({ file, line, text }) =>
      linesOfLoopsWithIf(text).map((at) => {
        const written = text.split('\n')[at - 1] ?? '';
        const [, head = 'for x in list', condition = 'condition'] = /\{%-?\s*(for\s.+?\sin\s.+?)\s+if\s+(.+?)\s*-?%\}/.exec(written) ?? [];
        return problem(
          'The `if` of this loop does not choose among its entries: it is asked once, before the loop.',
          { file, line: line + at - 1 },
          `Write {% ${head} %}{% if ${condition} %} … {% endif %}{% endfor %}; or, when all or nothing is meant, put the list and its \`if\` in parentheses.`,
        );
      }),
    );
}
