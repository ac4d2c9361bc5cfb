// Where the parts of a machine stand in its drawing: its ports at the left, at the right the switches at the other ends of their cables, port across
// from port where that can be. Pure.

import type { Nic } from '../../../core/model/inventory.ts';

export const ROW = 30;
export const HEAD = 26;

export type DrawnPort = { nic: Nic; y: number };
export type DrawnSwitch = { name: string; y: number; height: number; ports: { name: string; y: number }[] };
/** From a port to one of a switch; by the middles of their rows. */
export type Cable = { mac: string; from: number; to: number; up: boolean };
export type Drawing = { ports: DrawnPort[]; switches: DrawnSwitch[]; cables: Cable[]; height: number };

/** `nics` in the order in which they are drawn; a switch stands where the first of its cables comes in. */
export function drawingOf(nics: readonly Nic[]): Drawing {
  const ports = nics.map((nic, row) => ({ nic, y: HEAD + row * ROW }));
  const bySwitch = new Map<string, DrawnPort[]>();
  for (const port of ports) {
    const { lldp } = port.nic;
    if (lldp) bySwitch.set(lldp.system, [...(bySwitch.get(lldp.system) ?? []), port]);
  }
  const switches: DrawnSwitch[] = [];
  const cables: Cable[] = [];
  let bottom = 0;
  for (const [name, plugged] of bySwitch) {
    const y = Math.max(bottom, plugged[0]!.y - HEAD);
    const names = [...new Set(plugged.map(({ nic }) => nic.lldp!.port))];
    const drawn = names.map((port, row) => ({ name: port, y: y + HEAD + row * ROW }));
    switches.push({ name, y, height: HEAD + names.length * ROW, ports: drawn });
    for (const { nic, y: from } of plugged)
      cables.push({ mac: nic.mac, from: from + ROW / 2, to: drawn.find((port) => port.name === nic.lldp!.port)!.y + ROW / 2, up: nic.up });
    bottom = y + HEAD + names.length * ROW + ROW / 2;
  }
  return { ports, switches, cables, height: Math.max(HEAD + nics.length * ROW, ...switches.map(({ y, height }) => y + height)) };
}
