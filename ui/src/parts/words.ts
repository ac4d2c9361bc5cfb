// Values as people read them: sizes, durations, times in the reader's zone, counted nouns. Pure.

import type { NodeView } from '../../../core/api/contract.ts';
import type { NodeRoleState } from '../../../core/model/plan.ts';
import type { Inventory } from '../../../core/model/inventory.ts';

export const counted = (n: number, one: string, many = `${one}s`): string => `${n} ${n === 1 ? one : many}`;

const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];
/** Memory in powers of 1024, as vendors of memory count. */
export const memoryText = (bytes: number): string => scaled(bytes, 1024, units);
/** Disks in powers of 1000, as vendors of disks count. */
export const diskText = (bytes: number): string => scaled(bytes, 1000, ['B', 'kB', 'MB', 'GB', 'TB', 'PB']);

function scaled(bytes: number, step: number, names: readonly string[]): string {
  let value = bytes;
  let unit = 0;
  while (value >= step && unit < names.length - 1) {
    value /= step;
    unit += 1;
  }
  const text = value >= 100 || Number.isInteger(value) ? value.toFixed(0) : value.toFixed(1).replace(/\.0$/, '');
  return `${text} ${names[unit]!}`;
}

export function durationText(ms: number): string {
  const seconds = Math.max(0, ms) / 1000;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 60) return `${Math.round(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${String(Math.floor(seconds % 60)).padStart(2, '0')} s`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`;
}

/** A prediction: as exact as it deserves. `about 40 s`, `about 3 min`, `about 1 h 20 min` */
export function aboutText(ms: number): string {
  const seconds = Math.max(0, ms) / 1000;
  if (seconds < 5) return 'a few seconds';
  if (seconds < 90) return `about ${Math.round(seconds / 5) * 5} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `about ${minutes} min`;
  const fives = Math.round(minutes / 5) * 5;
  return `about ${Math.floor(fives / 60)} h ${fives % 60} min`.replace(/ 0 min$/, '');
}

const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const dayAndClock = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' });
const whole = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'long' });

/** Today by the clock alone, earlier days with their date. */
export function timeText(ms: number, now: number): string {
  const sameDay = new Date(ms).toDateString() === new Date(now).toDateString();
  return (sameDay ? clock : dayAndClock).format(ms);
}
/** Date, time and zone. */
export const wholeTimeText = (ms: number): string => whole.format(ms);

export type Totals = Partial<Record<NodeRoleState, number>>;
export const sumOf = (totals: Totals): number => Object.values(totals).reduce((sum, n) => sum + n, 0);

/** `deployment/role@nodeId` taken apart; see NodeRoleKey in core/model/run.ts. */
export function keyParts(key: string): { deployment: string; role: string; nodeId: string } {
  const [, deployment = '', role = key, nodeId = ''] = /^([^/]+)\/([^@]+)@(.+)$/.exec(key) ?? [];
  return { deployment, role, nodeId };
}

/** `4 × 2.4 GHz Xeon`-like summaries on one line: cores, memory, disks. */
export function hardwareText(inventory: Inventory | undefined): string[] {
  if (!inventory) return ['no inventory'];
  const fixed = inventory.disks.filter((d) => !d.removable);
  const disks = fixed.length === 0 ? 'no disk' : `${counted(fixed.length, 'disk')}, ${diskText(fixed.reduce((sum, d) => sum + d.size, 0))}`;
  return [counted(inventory.cpu.threads, 'CPU'), memoryText(inventory.memory), disks];
}

export const systemText = (node: NodeView): string => {
  if (!node.system) return 'no system';
  return node.system.kind === 'live' ? `${node.system.platform} in RAM` : node.system.platform;
};

export const addressOf = (node: NodeView): string | undefined => node.addresses['admin'] ?? Object.values(node.addresses)[0];

/** Any value of a fact in one line, without what only programs need: `name: ada, role: admin`. Unix ms under names that end in `At` become times. */
export function valueText(value: unknown, name = ''): string {
  if (value === undefined || value === null) return 'nothing';
  if (typeof value === 'number' && name.endsWith('At')) return dayAndClock.format(value);
  if (Array.isArray(value)) return value.length ? value.map((one) => nested(one)).join(', ') : 'none';
  if (typeof value === 'object')
    return (
      Object.entries(value)
        .map(([key, inner]) => `${key}: ${nested(inner, key)}`)
        .join(', ') || 'none'
    );
  return value === '' ? 'empty' : String(value);
}

const nested = (value: unknown, name = ''): string =>
  typeof value === 'object' && value !== null && Object.keys(value).length > 0 ? `(${valueText(value)})` : valueText(value, name);
