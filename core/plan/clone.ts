// A deployment once more on other machines, and the two changing places in the eyes of all others. Pure.

import type { Node } from '../model/node.ts';
import type { ProposalBody } from '../model/proposal.ts';
import { nodeAt, type Plan, stateOf } from './plan.ts';

export type Pair = { from: Node; to: Node };

/** Machines that hold a role of the deployment, by name. */
export function machinesOf(plan: Plan, deployment: string): Node[] {
  const found = new Set<Node>();
  for (const group of plan.groups)
    if (group.deployment === deployment && !group.orphan) for (let vertex = group.start; vertex < group.end; vertex++) found.add(nodeAt(plan, vertex));
  return plan.nodes.filter((node) => found.has(node));
}

/**
 * The same on the other machines: roles on those that stand for the present ones, by name; in settings their names and addresses. An address that is
 * given to a machine by its name stays with that machine: two cannot have it.
 */
export function clonedBody(plan: Plan, deployment: string, body: ProposalBody, pairs: readonly Pair[]): ProposalBody {
  const words = wordsOf(pairs, false);
  const toNames = new Map(pairs.map(({ from, to }) => [from.id, to.name]));
  const roles = Object.keys(body.roles).map((role) => {
    const group = plan.groups.find((one) => one.deployment === deployment && one.role.declaration.name === role && !one.orphan);
    const members = group ? Array.from({ length: group.end - group.start }, (_, at) => toNames.get(nodeAt(plan, group.start + at).id)!) : [];
    return [role, members] as const;
  });
  const own = new Set(pairs.map(({ from }) => from.name));
  return { attributes: replaced(withoutAddressesOf(body.attributes, own), words) as Record<string, unknown>, roles: Object.fromEntries(roles) };
}

/** Settings in which each machine of a pair is named in place of the other, by name or address. Twice gives what was there. */
export const swapped = (body: ProposalBody, pairs: readonly Pair[]): ProposalBody => ({
  ...body,
  attributes: replaced(body.attributes, wordsOf(pairs, true)) as Record<string, unknown>,
});

function wordsOf(pairs: readonly Pair[], both: boolean): ReadonlyMap<string, string> {
  const words = new Map<string, string>();
  const add = (from: Node, to: Node): void => {
    words.set(from.name, to.name);
    for (const [network, address] of Object.entries(from.addresses)) if (to.addresses[network]) words.set(address, to.addresses[network]);
  };
  for (const { from, to } of pairs) {
    add(from, to);
    if (both) add(to, from);
  }
  return words;
}

// Whole texts and keys only: a name inside another word is another word.
function replaced(value: unknown, words: ReadonlyMap<string, string>): unknown {
  if (typeof value === 'string') return words.get(value) ?? value;
  if (Array.isArray(value)) return value.map((inner) => replaced(inner, words));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [words.get(key) ?? key, replaced(inner, words)]));
}

const ADDRESS = /^[0-9a-fA-F.:]+$/;
function withoutAddressesOf(value: unknown, names: ReadonlySet<string>): unknown {
  if (Array.isArray(value)) return value.map((inner) => withoutAddressesOf(inner, names));
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(([key, inner]) => !(names.has(key) && typeof inner === 'string' && ADDRESS.test(inner)));
  return Object.fromEntries(kept.map(([key, inner]) => [key, withoutAddressesOf(inner, names)]));
}

/** Node-roles of the deployment by what keeps it from being in use: not done, or done and not known to work. */
export function openIn(
  plan: Plan,
  deployment: string,
  isWell: (key: { role: string; nodeId: string }) => boolean,
): { total: number; open: string[]; unwell: string[] } {
  let total = 0;
  const [open, unwell]: [string[], string[]] = [[], []];
  for (const group of plan.groups) {
    if (group.deployment !== deployment || group.orphan) continue;
    for (let vertex = group.start; vertex < group.end; vertex++) {
      const { id, name } = nodeAt(plan, vertex);
      const { name: role } = group.role.declaration;
      const state = stateOf(plan, vertex);
      total++;
      if (state !== 'done' && !(state === 'outdated' && group.role.declaration.installs)) open.push(`${role} on ${name} (${state})`);
      else if (group.role.health && !isWell({ role, nodeId: id })) unwell.push(`${role} on ${name}`);
    }
  }
  return { total, open, unwell };
}
