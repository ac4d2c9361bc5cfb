// Conditions on machines, as proposals write them after `where:`, and what they may ask about. How they are read is model/condition.ts.

import * as condition from '../model/condition.ts';
import type { Node } from '../model/node.ts';
import type { Checked } from '../model/problem.ts';

const disks = (kind?: 'ssd' | 'hdd' | 'nvme') => (node: Node) =>
  node.inventory?.disks.filter((disk) => !disk.removable && (!kind || disk.kind === kind)).length;

/** What a condition may ask about. Sizes are in bytes, speeds in Mbit/s. */
const fields: Readonly<Record<string, condition.Field<Node>>> = {
  name: { about: 'name of the machine', of: (node) => node.name },
  pool: { about: 'pool it is in', of: (node) => node.pool },
  serial: { about: 'serial number', of: (node) => node.serial },
  vendor: { about: 'who made it', of: (node) => node.inventory?.vendor },
  product: { about: 'model', of: (node) => node.inventory?.product },
  firmware: { about: 'bios or uefi', of: (node) => node.inventory?.firmware.kind },
  architecture: { about: 'x86_64, aarch64', of: (node) => node.inventory?.cpu.architecture },
  platform: { about: 'operating system it runs now', of: (node) => node.system?.platform },
  cpus: { about: 'processor threads', of: (node) => node.inventory?.cpu.threads },
  cores: { about: 'processor cores', of: (node) => node.inventory?.cpu.cores },
  memory: { about: 'memory, with a unit: 64GiB', of: (node) => node.inventory?.memory },
  disks: { about: 'fixed disks', of: disks() },
  'disks.ssd': { about: 'solid-state disks', of: disks('ssd') },
  'disks.hdd': { about: 'rotating disks', of: disks('hdd') },
  'disks.nvme': { about: 'NVMe disks', of: disks('nvme') },
  'disks.size': {
    about: 'size of all fixed disks together',
    of: (node) => node.inventory?.disks.reduce((sum, disk) => sum + (disk.removable ? 0 : disk.size), 0),
  },
  nics: { about: 'network ports', of: (node) => node.inventory?.nics.length },
  'nics.speed': { about: 'fastest port, in Mbit/s', of: (node) => Math.max(0, ...(node.inventory?.nics.map((nic) => nic.speed ?? 0) ?? [])) },
};

const language = { fields, example: 'memory >= 64GiB and disks.ssd >= 2' };
export const readCondition = (text: string): Checked<condition.Test<Node>> => condition.readCondition(text, language);
