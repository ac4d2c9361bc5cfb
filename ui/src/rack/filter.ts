// The language that machines are found by: `state:failed pool:compute memory>=64GiB`. It is the one of `where:` in proposals, with words on their own
// and `name:value` beside it. Pure.

import { type Field, type Language, readCondition, type Test } from '../../../core/model/condition.ts';
import type { Checked } from '../../../core/model/problem.ts';
import { nodeConditions, nodeRoleStates } from '../parts/conditions.ts';
import type { Machine } from './machines.ts';

const power = { up: 'on', off: 'off', silent: 'unknown' } as const;
const yesNo = ['yes', 'no'];

export const fields: Readonly<Record<string, Field<Machine>>> = {
  state: {
    about: 'of the machine, or of any of its node-roles',
    of: (machine) => machine.states,
    values: [...new Set([...nodeConditions, 'failing', 'drifted', ...nodeRoleStates])],
  },
  power: { about: 'whether it runs', of: (machine) => power[machine.contact], values: Object.values(power) },
  pool: { about: 'pool it is in', of: (machine) => machine.pool },
  rack: { about: 'where it stands', of: (machine) => machine.rack },
  tenant: { about: 'whose it is; the site for those of nobody', of: (machine) => machine.tenant ?? 'site' },
  switch: { about: 'switch that it is connected to, by LLDP', of: (machine) => machine.links?.map((link) => link.switch) },
  deployment: { about: 'in which it has a role', of: (machine) => machine.roles.map((role) => role.deployment) },
  role: { about: 'that it has', of: (machine) => machine.roles.map((role) => role.role) },
  alerts: { about: 'node-roles that need a person', of: (machine) => machine.alerts },
  name: { about: 'name of the machine', of: (machine) => machine.name },
  serial: { about: 'serial number', of: (machine) => machine.serial },
  address: { about: 'in any network', of: (machine) => Object.values(machine.addresses ?? {}) },
  mac: { about: 'of any port', of: (machine) => machine.macs },
  memory: { about: 'with a unit: 64GiB', of: (machine) => machine.hardware?.memory },
  cpus: { about: 'processor threads', of: (machine) => machine.hardware?.cpus },
  cores: { about: 'processor cores', of: (machine) => machine.hardware?.cores },
  disks: { about: 'fixed disks', of: ({ hardware }) => hardware && hardware.disks.ssd + hardware.disks.hdd + hardware.disks.nvme },
  'disks.ssd': { about: 'solid-state disks', of: (machine) => machine.hardware?.disks.ssd },
  'disks.hdd': { about: 'rotating disks', of: (machine) => machine.hardware?.disks.hdd },
  'disks.nvme': { about: 'NVMe disks', of: (machine) => machine.hardware?.disks.nvme },
  'disks.size': { about: 'of all fixed disks together', of: (machine) => machine.hardware?.diskBytes },
  nics: { about: 'network ports', of: (machine) => machine.hardware?.nics },
  'nics.speed': { about: 'fastest port, in Mbit/s', of: (machine) => machine.hardware?.speed },
  vendor: { about: 'who made it', of: (machine) => machine.hardware?.vendor },
  product: { about: 'model', of: (machine) => machine.hardware?.product },
  firmware: { about: 'bios or uefi', of: (machine) => machine.hardware?.firmware, values: ['bios', 'uefi'] },
  architecture: { about: 'x86_64, aarch64', of: (machine) => machine.hardware?.architecture },
  platform: { about: 'operating system it runs now', of: (machine) => machine.system?.platform },
  system: { about: 'whether that is installed or only in RAM', of: (machine) => machine.system?.kind ?? 'none', values: ['live', 'installed', 'none'] },
  bmc: { about: 'whether a way to its board controller is known', of: (machine) => (machine.bmc ? 'yes' : 'no'), values: yesNo },
};

const language: Language<Machine> = {
  fields,
  word: (word) => (machine) => machine.text.includes(word) || machine.states.includes(word),
  example: 'state:failed pool:compute memory>=64GiB',
};

/** Of a text without anything in it: all of them. */
export const readFilter = (text: string): Checked<Test<Machine>> => (text.trim() ? readCondition(text, language) : { ok: true, value: () => true });

/** What could stand at the cursor: `insert` instead of the text from `from` on. */
export type Completion = { from: number; insert: string; about: string };

const atMost = 12;

export function completionsAt(text: string, cursor: number, machines: readonly Machine[]): Completion[] {
  const before = text.slice(0, cursor);
  const word = /(?:[a-z.]+:"[^"]*|[^\s()]*)$/i.exec(before)![0];
  const from = cursor - word.length;
  const asked = /^([a-z.]+)(:|[<>!]?=|[<>])(.*)$/i.exec(word);
  if (asked && Object.hasOwn(fields, asked[1]!)) return valuesFor(asked[1]!, asked[3]!, cursor, machines);
  const names = Object.entries(fields).filter(([name]) => name.startsWith(word.toLowerCase()));
  return names.slice(0, atMost).map(([name, field]) => ({ from, insert: `${name}${isNumber(field, machines) ? '>=' : ':'}`, about: field.about }));
}

function valuesFor(name: string, typed: string, cursor: number, machines: readonly Machine[]): Completion[] {
  const field = fields[name]!;
  const part = typed.slice(typed.lastIndexOf(',') + 1);
  const known = field.values ?? commonest(field, machines);
  return known
    .filter((value) => value.toLowerCase().startsWith(part.replace('"', '').toLowerCase()) && value !== part)
    .slice(0, atMost)
    .map((value) => ({ from: cursor - part.length, insert: /[\s()"]/.test(value) ? `"${value}"` : value, about: '' }));
}

const isNumber = (field: Field<Machine>, machines: readonly Machine[]): boolean => {
  for (const machine of machines) {
    const value = field.of(machine);
    if (value !== undefined) return typeof value === 'number';
  }
  return false;
};

/** Texts that the most machines have; numbers are typed. */
function commonest(field: Field<Machine>, machines: readonly Machine[]): string[] {
  const counts = new Map<string, number>();
  for (const machine of machines) {
    const has = field.of(machine);
    for (const value of new Set(Array.isArray(has) ? has : [has])) if (typeof value === 'string') counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  return [...counts].sort((a, b) => b[1] - a[1]).map(([value]) => value);
}
