// What recipes install and fetch is in `bundle`: else a site without the internet lacks it.

import { familyOf, type Platform } from '../../model/platform.ts';
import { problem, type Problem } from '../../model/problem.ts';
import type { RecipeItem } from '../../model/recipe.ts';
import { listOf } from '../../recipes/resources/resource.ts';
import { sourcesOf } from '../sources.ts';
import type { Subject } from '../subject.ts';

export function checkBundle(subject: Subject): Problem[] {
  return sourcesOf(subject).flatMap(({ source, part }) =>
    part !== 'apply'
      ? []
      : source.items.flatMap((item, index) => {
          const where = { file: source.file, line: source.lines[index] ?? 1 };
          return [...packagesLacking(subject, item), ...downloadLacking(subject, item)].map(([summary, next]) => problem(summary, where, next));
        }),
  );
}

type Words = [summary: string, next: string];

function packagesLacking({ barclamp }: Subject, item: RecipeItem): Words[] {
  return installed(item).flatMap((name): Words[] => {
    const lacking = barclamp.platforms.filter((platform) => isOn(item.on, platform) && !(barclamp.bundle[platform]?.packages ?? []).includes(name));
    if (!lacking.length) return [];
    return [
      [
        `It installs ${name}, which the bundle for ${lacking.join(' and ')} lacks.`,
        `Add it in barclamp.yml: \`bundle: { ${lacking[0]}: { packages: [${name}] } }\`; or say with \`on:\` where it is installed.`,
      ],
    ];
  });
}

/** Names that are plain text: others are known only when it runs. */
function installed(item: RecipeItem): string[] {
  if (item.package === undefined || item.state === 'absent' || item.state === 'purged') return [];
  return listOf(item.package as string | string[]).filter((name) => typeof name === 'string' && !name.includes('{'));
}

function downloadLacking({ barclamp }: Subject, item: RecipeItem): Words[] {
  const { from, sha256 } = item;
  if ((item.download ?? item.archive) === undefined || typeof sha256 !== 'string' || sha256.includes('{')) return [];
  const [url] = listOf(from as string | string[]);
  // What lies on the machine itself is fetched from nowhere.
  if (url?.startsWith('file:') || (barclamp.bundle.downloads ?? []).some((download) => download.sha256 === sha256)) return [];
  return [
    [
      `It fetches ${url}, which the bundle lacks.`,
      `Add it in barclamp.yml: \`bundle: { downloads: [{ url: ${url}, sha256: ${sha256} }] }\`; the admin node then has it for machines without internet.`,
    ],
  ];
}

const isOn = (on: unknown, platform: Platform): boolean => on === undefined || listOf(on).some((name) => name === platform || name === familyOf(platform));
