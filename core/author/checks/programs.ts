// Every recipe, compiled for every platform with values made from the schemas: undefined variables, unknown resources, wrong properties.

import { compileFor } from '../../annealer/apply-role.ts';
import { evaluate } from '../../catalog/catalog.ts';
import type { Platform } from '../../model/platform.ts';
import { familyOf } from '../../model/platform.ts';
import { placeOf, type Problem } from '../../model/problem.ts';
import { type Sample, samplesOf } from '../sample.ts';
import { sampleGroup, sampleNode, smokeSource } from '../sample-site.ts';
import { shellcheck, type Snippet, snippetsIn } from '../shellcheck.ts';
import { type Source, sourcesOf } from '../sources.ts';
import type { Subject } from '../subject.ts';

export function checkPrograms(subject: Subject): Problem[] {
  const samples = samplesOf(subject.barclamp.proposalSchema);
  const snippets = new Map<string, Snippet>();
  const problems: Problem[] = [...conditions(subject, samples)];
  for (const source of [...sourcesOf(subject), ...smokeSource(subject, problems)]) problems.push(...compileAll(subject, source, samples, snippets));
  return [...problems, ...shellcheck([...snippets.values(), ...scripts(subject)])];
}

function compileAll(subject: Subject, { role, source }: Pick<Source, 'role' | 'source'>, samples: Sample[], snippets: Map<string, Snippet>): Problem[] {
  const problems: Problem[] = [];
  const told = new Set<string>();
  const families = new Set<string>();
  for (const platform of subject.barclamp.platforms) {
    // What depends on the settings is the same within a family.
    const every = !families.has(familyOf(platform)) && families.add(familyOf(platform));
    for (const sample of every ? samples : samples.slice(0, 1)) {
      const compiled = compileFor(sampleGroup(subject, role, sample.attributes), sampleNode(subject, role, platform), source, 'apply');
      if (compiled.ok) {
        for (const snippet of snippetsIn(compiled.value.program)) snippets.set(`${placeOf(snippet.where)} ${snippet.text}`, snippet);
        continue;
      }
      for (const found of compiled.problems) {
        const key = `${found.summary} ${placeOf(found.where)}`;
        if (told.has(key)) continue;
        told.add(key);
        problems.push({ ...found, next: [found.next, circumstances(subject, sample, platform)].filter(Boolean).join(' ') });
      }
    }
  }
  return problems;
}

function circumstances({ barclamp }: Subject, sample: Sample, platform: Platform): string {
  const parts = [sample.because && `where ${sample.because}`, barclamp.platforms.length > 1 && platform !== barclamp.platforms[0] && `on ${platform}`].filter(
    Boolean,
  );
  return parts.length ? `It happens ${parts.join(' ')}.` : '';
}

function conditions({ name, roles, declaredAt }: Subject, samples: Sample[]): Problem[] {
  return roles.flatMap(({ declaration }) => {
    return (['when', 'gate'] as const).flatMap((key) => {
      const expression = declaration[key];
      if (!expression) return [];
      const where = { file: `${name}/barclamp.yml`, line: declaredAt(`/roles/${declaration.name}/${key}`) };
      const failed = samples.map(({ attributes }) => evaluate(expression, { attributes }, where)).find((value) => !value.ok);
      return failed && !failed.ok ? failed.problems : [];
    });
  });
}

function scripts({ name, roles }: Subject): Snippet[] {
  return roles.flatMap(({ declaration, files }) =>
    ['apply', 'remove'].flatMap((file) => {
      const text = files.get(file)?.toString('utf8');
      return text && /^#!.*\b(sh|dash|bash)\b/.test(text) ? [{ text, where: { file: `${name}/roles/${declaration.name}/${file}` } }] : [];
    }),
  );
}
