// What happened to a machine beside the runs on it: its starts, what it was found to be made of, and what people and Prybar made of it. Words for
// people; nobody decides by them.

import { differencesBetween, differenceText, hardwareOf } from './baseline.ts';
import type { Node } from './node.ts';

const words = {
  discovered: () => 'Discovered',
  forgotten: () => 'Forgotten',
  asked: () => 'Asked what to boot',
  started: ({ to }) => `Started: ${to}`,
  answers: () => 'Answers again',
  silent: () => 'No longer answers',
  off: () => 'Off',
  approved: ({ to }) => `Let in, as ${to}`,
  renamed: ({ from, to }) => `Renamed from ${from} to ${to}`,
  moved: ({ from, to }) => `Moved from pool ${from} to ${to}`,
  given: ({ from, to }) => `Given to ${to ?? 'the site'}${from === undefined ? '' : `, from ${from}`}`,
  maintenance: () => 'Put into maintenance',
  service: () => 'Taken out of maintenance',
  installed: ({ to }) => `Installed: ${to}`,
  hardware: ({ to }) => `Its hardware changed: ${to}`,
  replaced: () => 'Other hardware in its place',
  leaving: () => 'To be retired',
  stays: () => 'To be kept after all',
  capture: ({ to }) => `An image of it is to be made: ${to}`,
  captured: () => 'Its image is made, or was called off',
} satisfies Record<string, (words: { from?: string; to?: string }) => string>;

export type HappeningKind = keyof typeof words;
export type Happening = {
  /** Unix ms, of when it was seen. */
  at: number;
  kind: HappeningKind;
  /** A name, a pool, a tenant, a system, as `kind` has it. */
  from?: string;
  to?: string;
};

export const happeningText = (happening: Omit<Happening, 'at'>): string => words[happening.kind](happening);

type Seen = Omit<Happening, 'at'>;
/** Of more, how many there were is enough. */
const MOST_DIFFERENCES = 4;

/** What happened between two states of a machine, in the order in which it makes sense; undefined where there is none. */
export function happeningsBetween(before: Node | undefined, after: Node | undefined): Seen[] {
  if (!after) return before ? [{ kind: 'forgotten' }] : [];
  if (!before) return [{ kind: 'discovered' }, ...(after.approved ? [{ kind: 'approved' as const, to: after.name }] : []), ...startOf(undefined, after)];
  const found: Seen[] = [];
  if (before.hardwareSince !== after.hardwareSince) found.push({ kind: 'replaced' });
  else found.push(...hardwareBetween(before, after));
  if (after.approved && !before.approved) found.push({ kind: 'approved', to: after.name });
  else if (before.name !== after.name) found.push({ kind: 'renamed', from: before.name, to: after.name });
  if (before.pool !== after.pool) found.push({ kind: 'moved', from: before.pool, to: after.pool });
  if (before.tenant !== after.tenant)
    found.push({ kind: 'given', ...(before.tenant !== undefined && { from: before.tenant }), ...(after.tenant !== undefined && { to: after.tenant }) });
  if (!before.maintenance !== !after.maintenance) found.push({ kind: after.maintenance ? 'maintenance' : 'service' });
  if (!before.leaving !== !after.leaving) found.push({ kind: after.leaving ? 'leaving' : 'stays' });
  if (!before.capture !== !after.capture) found.push(after.capture ? { kind: 'capture', to: after.capture.name } : { kind: 'captured' });
  if (after.installation && before.installation?.id !== after.installation.id) found.push({ kind: 'installed', to: after.installation.platform });
  return [...found, ...startOf(before, after)];
}

// A system in RAM is another one at each start; an installed one is known to have started when its machine answers again.
function startOf(before: Node | undefined, after: Node): Seen[] {
  const { system, contact } = after;
  if (system && system.instance !== before?.system?.instance)
    return [{ kind: 'started', to: system.kind === 'live' ? `${system.platform} in RAM` : system.platform }];
  return before && contact !== before.contact ? [{ kind: contact === 'up' ? 'answers' : contact }] : [];
}

function hardwareBetween(before: Node, after: Node): Seen[] {
  if (!before.inventory || !after.inventory || before.inventory === after.inventory) return [];
  const all = differencesBetween({ scope: 'node', hardware: hardwareOf(before.inventory) }, hardwareOf(after.inventory)).map(differenceText);
  if (!all.length) return [];
  const more = all.length - MOST_DIFFERENCES;
  return [{ kind: 'hardware', to: `${all.slice(0, MOST_DIFFERENCES).join('; ')}${more > 0 ? `; and ${more} more` : ''}` }];
}
