// Packages that recipes install are in `bundle`, for every platform: else a site without the internet lacks them.

import { familyOf, type Platform } from '../../model/platform.ts';
import { problem, type Problem } from '../../model/problem.ts';
import type { RecipeItem } from '../../model/recipe.ts';
import { listOf } from '../../recipes/resources/resource.ts';
import { sourcesOf } from '../sources.ts';
import type { Subject } from '../subject.ts';

export function checkBundle(subject: Subject): Problem[] {
  const { barclamp } = subject;
  return sourcesOf(subject).flatMap(({ source, part }) =>
    part !== 'apply'
      ? []
      : source.items.flatMap((item, index) =>
          installed(item).flatMap((name) => {
            const lacking = barclamp.platforms.filter((platform) => isOn(item.on, platform) && !(barclamp.bundle[platform]?.packages ?? []).includes(name));
            if (!lacking.length) return [];
            return [
              problem(
                `It installs ${name}, which the bundle for ${lacking.join(' and ')} lacks.`,
                { file: source.file, line: source.lines[index] ?? 1 },
                `Add it in barclamp.yml: \`bundle: { ${lacking[0]}: { packages: [${name}] } }\`; or say with \`on:\` where it is installed.`,
              ),
            ];
          }),
        ),
  );
}

/** Names that are plain text: others are known only when it runs. */
function installed(item: RecipeItem): string[] {
  if (item.package === undefined || item.state === 'absent' || item.state === 'purged') return [];
  return listOf(item.package as string | string[]).filter((name) => typeof name === 'string' && !name.includes('{'));
}

const isOn = (on: unknown, platform: Platform): boolean => on === undefined || listOf(on).some((name) => name === platform || name === familyOf(platform));
