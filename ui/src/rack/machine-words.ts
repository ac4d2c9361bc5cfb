// A machine of the rack view in words. Pure.

import { counted, diskText, memoryText } from '../parts/words.ts';
import type { Machine } from './machines.ts';

export const addressText = ({ addresses }: Pick<Machine, 'addresses'>): string | undefined => addresses?.['admin'] ?? Object.values(addresses ?? {})[0];

/** Cores, memory, disks. */
export function hardwareWords({ hardware }: Pick<Machine, 'hardware'>): string[] {
  if (!hardware) return ['no inventory'];
  const { ssd, hdd, nvme } = hardware.disks;
  const disks = ssd + hdd + nvme;
  return [counted(hardware.cpus, 'CPU'), memoryText(hardware.memory), disks === 0 ? 'no disk' : `${counted(disks, 'disk')}, ${diskText(hardware.diskBytes)}`];
}

export const systemWords = ({ system }: Pick<Machine, 'system'>): string =>
  !system ? 'no system' : system.kind === 'live' ? `${system.platform} in RAM` : system.platform;
