// Acts on hardware: each is known and is given what it takes, with whatever settings.

import { actsFor } from '../../annealer/acts.ts';
import { hardwareActs } from '../../hardware/acts.ts';
import { placeOf, problem, type Problem } from '../../model/problem.ts';
import { checkAgainst, withDefaults } from '../../schema.ts';
import { samplesOf } from '../sample.ts';
import { sampleGroup, sampleNode } from '../sample-site.ts';
import type { Subject } from '../subject.ts';

export function checkActs(subject: Subject): Problem[] {
  const samples = samplesOf(subject.barclamp.proposalSchema);
  const found = subject.roles.flatMap((role) =>
    role.acts ? samples.flatMap(({ attributes }) => faultsIn(actsFor(sampleGroup(subject, role, attributes), sampleNode(subject, role, 'debian-12')))) : [],
  );
  return [...new Map(found.map((p) => [`${p.summary} ${placeOf(p.where)}`, p])).values()];
}

function faultsIn(acts: ReturnType<typeof actsFor>): Problem[] {
  if (!acts.ok) return acts.problems;
  return acts.value.flatMap(({ kind, given, where }) => {
    const known = hardwareActs[kind];
    if (!known) return [problem(`No act is called ${kind}.`, where, `Known are ${Object.keys(hardwareActs).join(', ')}.`)];
    return checkAgainst(known.schema, withDefaults(known.schema, given), where);
  });
}
