// Whether machines may take a role of a draft, as far as that is known before it is asked for: limits, conflicts, what the role runs on. Shown while
// machines are dragged; the admin node says the last word. Pure.

import type { ProposalEditView } from '../../../core/api/contract.ts';
import type { NodeSelector } from '../../../core/model/proposal.ts';
import type { Machine } from '../rack/machines.ts';
import { counted } from '../parts/words.ts';

export type BoardRole = ProposalEditView['roles'][number];
export type Verdict = { allowed: boolean /** In sentences, the worst first. */; says: string[] };

export const isNamed = (selector: NodeSelector | undefined): selector is string[] | undefined => selector === undefined || Array.isArray(selector);
export const namesIn = (selector: NodeSelector | undefined): string[] => (Array.isArray(selector) ? selector : []);

type Candidate = Pick<Machine, 'id' | 'name' | 'approved' | 'leaving' | 'local' | 'roles'>;

/** What would be said of the role if these machines took it too. Not allowed: it would be refused whatever else is done. */
export function verdictOn(role: BoardRole, machines: readonly Candidate[], roles: Record<string, NodeSelector>, deployment: string): Verdict {
  const present = namesIn(roles[role.name]);
  const isIn = ({ id, name }: Candidate, names: readonly string[]) => names.includes(name) || names.includes(id);
  const fresh = machines.filter((machine) => !isIn(machine, present));
  const refused = (fits: (machine: Candidate) => boolean, why: string): string[] => {
    const found = fresh.filter(fits);
    return found.length ? [`${found.length > 3 ? counted(found.length, 'machine') : found.map(({ name }) => name).join(', ')} ${why}`] : [];
  };
  const holdsRival = (machine: Candidate): string | undefined =>
    role.conflictsWith.find((other) => {
      const chosen = roles[other];
      if (isNamed(chosen)) return chosen !== undefined && isIn(machine, chosen);
      return machine.roles.some((held) => held.deployment === deployment && held.role === other);
    });
  const hard = [
    ...refused((machine) => !machine.approved, 'not approved yet'),
    ...refused((machine) => machine.leaving === true, 'about to leave'),
    ...refused((machine) => machine.local === true && !role.runsOn.includes('admin'), 'is the admin node, where it may not be'),
    ...role.conflictsWith.flatMap((other) => refused((machine) => holdsRival(machine) === other, `has ${other}, which may not be on the same machine`)),
  ];
  return { allowed: hard.length === 0 && fresh.length > 0, says: [...hard, ...limitsOf(role, present.length + fresh.length)] };
}

/** What the number of machines breaks. */
export function limitsOf({ nodes: { min, max, odd } }: Pick<BoardRole, 'nodes'>, count: number): string[] {
  const says: string[] = [];
  if (max !== undefined && count > max) says.push(`${count} machines, and at most ${max} are allowed`);
  if (min !== undefined && count < min) says.push(`${count} of at least ${min}`);
  if (odd && count > 0 && count % 2 === 0) says.push(`${count} machines, and an odd number is needed`);
  return says;
}

/** `1 to 3 machines, an odd number` */
export function limitsText({ nodes: { min, max, odd } }: Pick<BoardRole, 'nodes'>): string {
  const range =
    min !== undefined && max !== undefined
      ? min === max
        ? counted(min, 'machine')
        : `${min} to ${max} machines`
      : min !== undefined
        ? `at least ${counted(min, 'machine')}`
        : max !== undefined
          ? `at most ${counted(max, 'machine')}`
          : 'any number of machines';
  return `${range}${odd ? ', an odd number' : ''}`;
}
