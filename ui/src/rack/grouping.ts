// Machines put together by what they have in common, and laid out in rows of a known height, so that a list of any length can be drawn in parts. Pure.

import { SYSTEM_DEPLOYMENT, type Machine } from './machines.ts';

export const groupings = ['rack', 'switch', 'pool', 'deployment', 'state', 'none'] as const;
export type Grouping = (typeof groupings)[number];

export type Group = { name: string; machines: Machine[] };

const without: Record<Grouping, string> = {
  rack: 'No rack known',
  switch: 'No switch seen',
  pool: 'In no pool',
  deployment: 'Without a role',
  state: '',
  none: 'All machines',
};

/** Those without come last; a machine on two switches stands with the first. */
export function groupBy(machines: readonly Machine[], by: Grouping): Group[] {
  const groups = new Map<string, Machine[]>();
  for (const machine of machines) {
    const name = nameOf(machine, by) || without[by];
    const there = groups.get(name);
    if (there) there.push(machine);
    else groups.set(name, [machine]);
  }
  const order = new Intl.Collator('en', { numeric: true });
  return [...groups]
    .map(([name, members]) => ({ name, machines: members }))
    .sort((a, b) => Number(a.name === without[by]) - Number(b.name === without[by]) || order.compare(a.name, b.name));
}

function nameOf(machine: Machine, by: Grouping): string | undefined {
  switch (by) {
    case 'rack':
      return machine.rack;
    case 'switch':
      return machine.links?.[0]?.switch;
    case 'pool':
      return machine.approved ? machine.pool : undefined;
    case 'deployment':
      return (machine.roles.find((role) => role.deployment !== SYSTEM_DEPLOYMENT) ?? machine.roles[0])?.deployment;
    case 'state':
      return machine.condition;
    case 'none':
      return undefined;
  }
}

/** What stands in one row of the view. */
export type Row = { kind: 'head'; group: Group; open: boolean } | { kind: 'tiles'; group: Group; machines: Machine[] };

export function rowsOf(groups: readonly Group[], perRow: number, closed: ReadonlySet<string>, headed: boolean): Row[] {
  const rows: Row[] = [];
  for (const group of groups) {
    const open = !closed.has(group.name);
    if (headed) rows.push({ kind: 'head', group, open });
    if (!open && headed) continue;
    for (let at = 0; at < group.machines.length; at += perRow) rows.push({ kind: 'tiles', group, machines: group.machines.slice(at, at + perRow) });
  }
  return rows;
}
