// The machines as the rack view shows and filters them: a line for each instead of its whole inventory, and after the first reading only the lines
// that changed. Ten thousand machines are read in one go, and followed while they converge.

import type { Node } from '../model/node.ts';
import { nodeRoleStates } from '../model/plan.ts';
import { parseNodeRoleKey } from '../model/run.ts';
import { keyOf, type Plan } from '../plan/plan.ts';
import type { Context, Handlers } from './context.ts';
import type { RackMachine, RackPlacement, RackShape, RackView } from './contract.ts';
import type { Sight } from './sight.ts';
import { ofLatestRun } from './watch.ts';

/** What a line is made from; while it is equal, the line is kept. */
type Source = { node: Node; counts: string; placement: number; failing: number; drifted: number; bmc: boolean; request: RackMachine['request'] };
type Line = { machine: RackMachine; source: Source /** Position in the change feed at which it became so. */; seq: number };
type Sources = Pick<Context, 'facts' | 'planner' | 'store' | 'bmcAccounts' | 'sight'>;

// Whoever was away for longer reads everything.
const REMEMBERED_LEAVERS = 10_000;

type RackLines = { since(sources: Sources, epoch?: string, seq?: number): Promise<RackView> };

/** Of each admin daemon in this process; the site's under no name, each tenant's under its own, so that nobody is told of another's machines. */
const opened = new WeakMap<Sources['facts'], Map<string, RackLines>>();

function openRackLines(): RackLines {
  // Numbers and positions mean something only while this one runs.
  const epoch = crypto.randomUUID();
  const lines = new Map<string, Line>();
  const left = new Map<string, number>();
  // Few in number, however many machines there are.
  const shapes = numbering<RackShape>();
  const placements = numbering<RackPlacement>();
  let madeAt = -1;
  let making: Promise<void> | undefined;

  const make = async ({ facts, planner, store, bmcAccounts, sight }: Sources): Promise<void> => {
    await facts.refresh();
    const seq = facts.current.seq;
    if (seq === madeAt) return;
    const plan = planner.plan();
    const failing = countsOf(
      [...facts.current.health.values()].filter((one) => one.state === 'failing' && ofLatestRun(one, facts.current) && sight.nodeRole(one.key)),
    );
    const drifted = countsOf([...facts.current.drift.values()].filter((one) => one.changed > 0 && ofLatestRun(one, facts.current) && sight.nodeRole(one.key)));
    const accountsOf = await bmcAccounts();
    const requests = new Map((await store.list('handRequest')).map((request) => [request.nodeId, request.action]));
    const own = (node: Node): boolean => sight.tenant === undefined || node.tenant === sight.tenant;
    const { counts, placed } = tally(plan, own, sight);
    const present = new Set<string>();
    for (const [index, node] of plan.nodes.entries()) {
      if (!own(node)) continue;
      present.add(node.id);
      const source: Source = {
        node,
        counts: counts.subarray(index * nodeRoleStates.length, (index + 1) * nodeRoleStates.length).join(),
        placement: placed[index]!,
        failing: failing.get(node.id) ?? 0,
        drifted: drifted.get(node.id) ?? 0,
        bmc: accountsOf(node).length > 0,
        request: requests.get(node.id),
      };
      const known = lines.get(node.id);
      if (known && sameSource(known.source, source)) continue;
      left.delete(node.id);
      lines.set(node.id, { machine: machineOf(source, shapes.of(shapeOf(node)), placements.of(placementOf(plan, index, sight))!), source, seq });
    }
    for (const id of lines.keys()) {
      if (present.has(id)) continue;
      lines.delete(id);
      left.set(id, seq);
    }
    madeAt = seq;
  };

  return {
    async since(sources, knownEpoch, knownSeq) {
      making ??= make(sources).finally(() => {
        making = undefined;
      });
      await making;
      const whole = knownEpoch !== epoch || knownSeq === undefined || knownSeq > madeAt || left.size > REMEMBERED_LEAVERS;
      const from = whole ? -1 : knownSeq;
      const machines = [...lines.values()].filter((line) => line.seq > from).map(({ machine }) => machine);
      const gone = whole ? [] : [...left].filter(([, at]) => at > from).map(([id]) => id);
      return {
        epoch,
        seq: madeAt,
        whole,
        shapes: shapes.named(machines.map(({ shape }) => shape)),
        placements: placements.named(machines.map(({ placement }) => placement)),
        machines,
        left: gone,
      };
    },
  };
}

/** Numbers for values that are equal, in the order in which they were met first. */
function numbering<T>() {
  const numbers = new Map<string, number>();
  const values: T[] = [];
  return {
    of(value: T | undefined): number | undefined {
      if (value === undefined) return undefined;
      const text = JSON.stringify(value);
      let number = numbers.get(text);
      if (number === undefined) numbers.set(text, (number = values.push(value) - 1));
      return number;
    },
    named: (wanted: readonly (number | undefined)[]): Record<string, T> =>
      Object.fromEntries([...new Set(wanted)].flatMap((number) => (number === undefined ? [] : [[number, values[number]!]]))),
  };
}

const sameSource = (a: Source, b: Source): boolean => (Object.keys(a) as (keyof Source)[]).every((key) => a[key] === b[key]);

function countsOf(found: readonly { key: string }[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { key } of found) {
    const { nodeId } = parseNodeRoleKey(key)!;
    counts.set(nodeId, (counts.get(nodeId) ?? 0) + 1);
  }
  return counts;
}

/** By node: node-roles in each state, and a number that changes when other roles are on it. */
function tally(plan: Plan, own: (node: Node) => boolean, sight: Sight): { counts: Uint32Array; placed: Int32Array } {
  const counts = new Uint32Array(plan.nodes.length * nodeRoleStates.length);
  const placed = new Int32Array(plan.nodes.length);
  for (const group of plan.groups) {
    const number = numberOf(group.deployment, group.role.declaration.name);
    for (let vertex = group.start; vertex < group.end; vertex++) {
      const node = plan.nodeOf[vertex]!;
      if (sight.tenant !== undefined && !(own(plan.nodes[node]!) && sight.nodeRole(keyOf(plan, vertex)))) continue;
      counts[node * nodeRoleStates.length + plan.states[vertex]!]!++;
      placed[node] = (placed[node]! + number) | 0;
    }
  }
  return { counts, placed };
}

/** By its name, so that a group has the same one in every plan; the sum over those of a machine is in no order (FNV-1a). */
function numberOf(deployment: string, role: string): number {
  let number = 0x811c9dc5;
  for (const letter of `${deployment}/${role}`) number = Math.imul(number ^ letter.charCodeAt(0), 0x01000193);
  return number;
}

const placementOf = (plan: Plan, node: number, sight: Sight): RackPlacement =>
  plan.groups.flatMap(({ at, deployment, role }) =>
    at[node]! >= 0 && (sight.tenant === undefined || sight.nodeRole(keyOf(plan, at[node]!))) ? [{ deployment, role: role.declaration.name }] : [],
  );

function shapeOf({ inventory }: Node): RackShape | undefined {
  if (!inventory) return undefined;
  const fixed = inventory.disks.filter((disk) => !disk.removable);
  const disks = { ssd: 0, hdd: 0, nvme: 0 };
  for (const { kind } of fixed) disks[kind]++;
  return {
    cpus: inventory.cpu.threads,
    cores: inventory.cpu.cores,
    architecture: inventory.cpu.architecture,
    memory: inventory.memory,
    disks,
    diskBytes: fixed.reduce((sum, disk) => sum + disk.size, 0),
    nics: inventory.nics.length,
    speed: Math.max(0, ...inventory.nics.map((nic) => nic.speed ?? 0)),
    firmware: inventory.firmware.kind,
    ...(inventory.vendor && { vendor: inventory.vendor }),
    ...(inventory.product && { product: inventory.product }),
  };
}

function machineOf({ node, counts, failing, drifted, bmc, request }: Source, shape: number | undefined, placement: number): RackMachine {
  const links = node.inventory?.nics.flatMap(({ name, lldp }) => (lldp ? [{ nic: name, switch: lldp.system, port: lldp.port }] : [])) ?? [];
  const totals = Object.fromEntries(counts.split(',').flatMap((count, at) => (count === '0' ? [] : [[nodeRoleStates[at]!, Number(count)]])));
  return {
    id: node.id,
    name: node.name,
    macs: node.macs,
    pool: node.pool,
    approved: node.approved,
    contact: node.contact,
    contactAt: node.contactAt,
    totals,
    placement,
    ...(shape !== undefined && { shape }),
    ...(node.serial && { serial: node.serial }),
    ...(node.rack && { rack: node.rack }),
    ...(node.tenant !== undefined && { tenant: node.tenant }),
    ...(node.maintenance && { maintenance: true }),
    ...(node.leaving && { leaving: true }),
    ...(node.remote === 'local' && { local: true }),
    ...(Object.keys(node.addresses).length && { addresses: node.addresses }),
    ...(node.system && { system: { kind: node.system.kind, platform: node.system.platform } }),
    ...(links.length && { links }),
    ...(failing && { failing }),
    ...(drifted && { drifted }),
    ...(bmc && { bmc: true }),
    ...(request && { request }),
  };
}

export const rack = {
  'GET /rack': async (context, { query }) => {
    const { facts, sight } = context;
    let all = opened.get(facts);
    if (!all) opened.set(facts, (all = new Map()));
    let lines = all.get(sight.tenant ?? '');
    if (!lines) all.set(sight.tenant ?? '', (lines = openRackLines()));
    return lines.since(context, query.epoch, query.since);
  },
} satisfies Partial<Handlers>;
