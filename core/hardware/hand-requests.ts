// Where no program can switch a machine, somebody is asked to. What was asked is a fact; it goes when the machine shows that it was done,
// when somebody takes it back, or when something else is asked.

import type { HandRequest } from '../model/bmc.ts';
import type { Node } from '../model/node.ts';
import { problem, type Problem, warning } from '../model/problem.ts';
import { type Following, followChanges } from '../store/follow.ts';
import type { Store } from '../store/store.ts';

const words: Record<HandRequest['action'], string> = { on: 'switch on', off: 'switch off', cycle: 'switch off and on again' };

export async function askSomebody(store: Store, node: Node, action: HandRequest['action'], at: number): Promise<void> {
  const instance = node.system?.instance;
  await store.put('handRequest', node.id, { nodeId: node.id, action, at, ...(instance && { instance }) }, 'any');
}

export const requestProblem = ({ action }: Pick<HandRequest, 'action'>, node: Node): Problem =>
  warning(`Please ${words[action]} ${node.name}.`, { node: node.name }, 'No BMC of it is known. This goes away by itself when it is done.');

/** By what the machine has shown since. */
export function isDone({ action, at, instance }: HandRequest, node: Node): boolean {
  const since = node.contactAt > at;
  if (action === 'off') return node.contact !== 'up';
  if (action === 'on') return node.contact === 'up';
  // A live system has a new id after each start; an installed one was silent in between.
  return node.contact === 'up' && (since || node.system?.instance !== instance);
}

/** Takes away what was done. */
export function watchHandRequests(store: Store, onProblem: (problem: Problem) => void): Following {
  const look = async (): Promise<void> => {
    for (const request of await store.list('handRequest')) {
      const node = await store.get('node', request.nodeId);
      if (!node || isDone(request, node)) await store.remove('handRequest', request.nodeId);
    }
  };
  return followChanges(store, look, (error) => onProblem(problem(`What people are asked to do could not be looked at: ${error.message}`)));
}
