// What applying or removing a role would do, told beforehand: by its recipe in check mode, and by what in it reacts to changes.

import type { Node } from '../model/node.ts';
import type { RunMode } from '../model/run.ts';
import type { Group } from '../plan/plan.ts';
import { programFor } from './apply-role.ts';
import { disguise } from './reveal.ts';

/** `restart chrony`: what may happen to services when something changes. Nothing, where that cannot be told. */
export function reactionsOf(group: Group, node: Node, mode: RunMode): string[] {
  const compiled = programFor(disguise(group, node), node, mode, 'check');
  return compiled.ok ? compiled.value.handlers.map((handler) => handler.name) : [];
}
