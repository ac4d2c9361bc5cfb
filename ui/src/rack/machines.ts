// The machines of the rack view, put together from answers that hold only what changed. A machine that did not change stays the same object, so that
// what shows it is not drawn again. Pure.

import type { RackMachine, RackPlacement, RackShape, RackView } from '../../../core/api/contract.ts';
import { conditionOf, type NodeCondition } from '../parts/conditions.ts';

/** With what its numbers stand for, and what it is found by. */
export type Machine = Omit<RackMachine, 'shape' | 'placement'> & {
  hardware?: RackShape;
  roles: RackPlacement;
  condition: NodeCondition;
  /** Every state that it or one of its node-roles is in. */
  states: string[];
  /** Node-roles that need a person, of whatever kind. */
  alerts: number;
  /** Lower case: all that a word on its own is sought in. */
  text: string;
};

export type Machines = {
  epoch: string;
  seq: number;
  /** By name, numbers in it by their size. */
  list: readonly Machine[];
  byId: ReadonlyMap<string, Machine>;
  shapes: Record<string, RackShape>;
  placements: Record<string, RackPlacement>;
};

/** The deployment that all others stand on; see core/model/proposal.ts. */
export const SYSTEM_DEPLOYMENT = 'system';

export function merge(old: Machines | undefined, view: RackView): Machines {
  const known = view.whole ? undefined : old;
  if (known && !view.machines.length && !view.left.length) return known.seq === view.seq ? known : { ...known, seq: view.seq };
  const shapes = { ...known?.shapes, ...view.shapes };
  const placements = { ...known?.placements, ...view.placements };
  const byId = new Map(known?.byId);
  for (const id of view.left) byId.delete(id);
  for (const machine of view.machines) byId.set(machine.id, resolve(machine, shapes, placements));
  return { epoch: view.epoch, seq: view.seq, byId, list: [...byId.values()].sort(byName), shapes, placements };
}

const names = new Intl.Collator('en', { numeric: true });
const byName = (a: Machine, b: Machine): number => names.compare(a.name, b.name);

const none: RackPlacement = [];

function resolve({ shape, placement, ...machine }: RackMachine, shapes: Machines['shapes'], placements: Machines['placements']): Machine {
  const hardware = shape === undefined ? undefined : shapes[shape];
  const condition = conditionOf(machine);
  const { failing = 0, drifted = 0, totals } = machine;
  return {
    ...machine,
    ...(hardware && { hardware }),
    roles: placements[placement] ?? none,
    condition,
    states: [condition, ...Object.keys(totals), ...(failing ? ['failing'] : []), ...(drifted ? ['drifted'] : [])],
    alerts: failing + drifted + (totals.failed ?? 0) + (totals.outdated ?? 0),
    text: [
      machine.name,
      machine.id,
      machine.serial,
      machine.rack,
      machine.pool,
      condition,
      machine.system?.platform,
      hardware?.vendor,
      hardware?.product,
      ...machine.macs,
      ...Object.values(machine.addresses ?? {}),
      ...(machine.links ?? []).map((link) => link.switch),
    ]
      .filter(Boolean)
      .join(' ')
      .toLowerCase(),
  };
}
