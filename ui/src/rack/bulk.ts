// What an act on many machines would do to each of them, before it is done: what is sent, what that means for the machine, or why it is left out. Pure.

import type { Body } from '../../../core/api/contract.ts';
import { counted } from '../parts/words.ts';
import type { Machine } from './machines.ts';

export type Act =
  | { kind: 'approve'; prefix?: string /** Absent: the site names them. */; pool: string }
  | { kind: 'pool'; pool: string }
  | { kind: 'rack'; rack: string }
  | { kind: 'tenant'; tenant: string }
  | { kind: 'maintenance'; on: boolean }
  | { kind: 'power'; action: 'on' | 'off' | 'cycle' };

/** A request for one machine. */
export type Step =
  | { route: 'POST /nodes/:id/approve'; body: Body<'POST /nodes/:id/approve'> }
  | { route: 'PATCH /nodes/:id'; body: Body<'PATCH /nodes/:id'> }
  | { route: 'POST /nodes/:id/power'; body: Body<'POST /nodes/:id/power'> };

export type Effect = { machine: Machine; says: string /** Something is lost or interrupted. */; harm?: true } & (
  | { step: Step; skipped?: undefined }
  | { step?: undefined; skipped: true }
);

/** `all`: every machine of the site, whose names are taken. */
export function effectsOf(act: Act, machines: readonly Machine[], all: readonly Machine[]): Effect[] {
  const free = act.kind === 'approve' && act.prefix !== undefined ? freeNames(act.prefix, all) : undefined;
  return machines.map((machine) => effectOn(act, machine, free));
}

function effectOn(act: Act, machine: Machine, free: (() => string) | undefined): Effect {
  const skip = (says: string): Effect => ({ machine, says, skipped: true });
  const change = (body: Body<'PATCH /nodes/:id'>, says: string, harm = false): Effect => ({
    machine,
    says,
    ...(harm && { harm: true as const }),
    step: { route: 'PATCH /nodes/:id', body },
  });
  const holds = machine.roles.length;
  switch (act.kind) {
    case 'approve': {
      if (machine.approved) return skip('is approved already');
      const name = free?.();
      return {
        machine,
        says: `is let in${name ? ` as ${name}` : ''}, in the pool ${act.pool}`,
        step: { route: 'POST /nodes/:id/approve', body: { pool: act.pool, ...(name && { name }) } },
      };
    }
    case 'pool':
      if (machine.local) return skip('is the admin node, which stays in its own pool');
      if (!machine.approved) return skip('is not approved yet');
      if (machine.pool === act.pool) return skip('is in it already');
      return change(
        { pool: act.pool },
        `moves from ${machine.pool || 'no pool'} to ${act.pool}${holds ? `; roles that it has by its pool are undone (${counted(holds, 'role')} now)` : ''}`,
        holds > 0,
      );
    case 'rack':
      if ((machine.rack ?? '') === act.rack) return skip(act.rack ? 'is said to stand there already' : 'has none entered');
      return change(
        { rack: act.rack },
        act.rack ? `stands in ${act.rack}${machine.rack ? `, not in ${machine.rack}` : ''}` : `no longer said to stand in ${machine.rack}`,
      );
    case 'tenant': {
      if (machine.local) return skip('is the admin node, which belongs to the site');
      if ((machine.tenant ?? '') === act.tenant) return skip(act.tenant ? 'belongs to it already' : 'belongs to the site already');
      const lost = machine.tenant !== undefined && holds > 0;
      const roles = lost ? `; roles that it has in deployments of ${machine.tenant} are undone (${counted(holds, 'role')} now)` : '';
      const seen = act.tenant ? `; beside the site only its people see it` : '';
      return change({ tenant: act.tenant || null }, `goes from ${machine.tenant ?? 'the site'} to ${act.tenant || 'the site'}${seen}${roles}`, lost);
    }
    case 'maintenance':
      if (!machine.approved) return skip('is not approved yet');
      if (Boolean(machine.maintenance) === act.on) return skip(act.on ? 'is in maintenance already' : 'is not in maintenance');
      return change({ maintenance: act.on }, act.on ? 'gets nothing applied until it is taken out again; what it serves goes on' : 'gets applied what waited');
    case 'power':
      return powerOf(act.action, machine, skip);
  }
}

function powerOf(action: 'on' | 'off' | 'cycle', machine: Machine, skip: (says: string) => Effect): Effect {
  if (machine.local) return skip('is the admin node, which switches nobody off by mistake');
  if (action === 'on' && machine.contact === 'up') return skip('runs already');
  if (action === 'off' && machine.contact === 'off') return skip('is off already');
  const step: Step = { route: 'POST /nodes/:id/power', body: { action } };
  const way = machine.bmc ? '' : '; no BMC of it is known, so somebody is asked to do it unless it can be reached otherwise';
  if (action === 'on') return { machine, says: `is switched on${way}`, step };
  const done = machine.totals.done ?? 0;
  const running = machine.totals.running ?? 0;
  const losses = [
    running > 0 && `${counted(running, 'run')} breaks off`,
    machine.system?.kind === 'live' && 'everything on it is gone, for it runs from RAM',
    machine.system?.kind === 'installed' && done > 0 && `${counted(done, 'node-role')} that it serves stop`,
  ].filter(Boolean);
  return {
    machine,
    says: `is ${action === 'off' ? 'switched off' : 'switched off and on'}${losses.length ? `: ${losses.join(', ')}` : ''}${way}`,
    ...(losses.length && { harm: true as const }),
    step,
  };
}

/** `<prefix><n>` by the lowest free n from 1, each once. */
function freeNames(prefix: string, all: readonly Machine[]): () => string {
  const taken = new Set(all.map((machine) => machine.name));
  let number = 0;
  return () => {
    do number++;
    while (taken.has(`${prefix}${number}`));
    return `${prefix}${number}`;
  };
}
