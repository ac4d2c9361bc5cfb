// The program for a role on a node, for people to read and try. Secrets in it are stars: they are not even looked up.

import type { Node } from '../model/node.ts';
import { type Checked, ok } from '../model/problem.ts';
import type { Reach } from '../model/reach.ts';
import type { RunMode } from '../model/run.ts';
import type { Group } from '../plan/plan.ts';
import { actsFor } from './acts.ts';
import { compilePlaybookFor, programFor } from './apply-role.ts';
import { disguise } from './reveal.ts';

const stars = '********';

export function printProgram(group: Group, node: Node, reach: Reach | undefined, mode: RunMode, run: 'apply' | 'check'): Checked<string> {
  const shown = disguise(group, node);
  if (group.role.acts && mode === 'apply') {
    const acts = actsFor(shown, node);
    return acts.ok
      ? ok(
          `${JSON.stringify(
            acts.value.map(({ kind, given }) => ({ [kind]: given })),
            null,
            2,
          )}\n`,
        )
      : acts;
  }
  const compiled =
    group.role.declaration.jig === 'ansible' && mode === 'apply'
      ? compilePlaybookFor(shown, node, { reach: withoutKey(reach), python: '/usr/bin/python3' }, run)
      : programFor(shown, node, mode, run);
  return compiled.ok ? ok(compiled.value.program) : compiled;
}

// Of a node that was never seen nothing is known yet.
const withoutKey = (reach: Reach = { host: 'unknown', port: 22, hostKey: 'ssh-ed25519 unknown', privateKey: '', inside: [] }): Reach =>
  reach === 'here' ? reach : { ...reach, privateKey: `${stars}\n` };
