// Who is plugged in where, as the machines themselves heard it (LLDP, IEEE 802.1AB), and who has which address; in the order in which people count.
// Pure.

import type { NetworkView } from '../../../core/api/contract.ts';
import type { Machine } from '../rack/machines.ts';

export type PluggedIn = { machine: Machine; nic: string };
/** More than one machine in a port: a cable was moved since one of them looked. */
export type SwitchPort = { port: string; plugged: PluggedIn[] };
export type Switch = { name: string; ports: SwitchPort[] };

const counting = new Intl.Collator('en', { numeric: true });

export function switchesOf(machines: readonly Machine[]): Switch[] {
  const switches = new Map<string, Map<string, PluggedIn[]>>();
  for (const machine of machines) {
    for (const { nic, switch: name, port } of machine.links ?? []) {
      const ports = switches.get(name) ?? new Map<string, PluggedIn[]>();
      switches.set(name, ports.set(port, [...(ports.get(port) ?? []), { machine, nic }]));
    }
  }
  return [...switches]
    .map(([name, ports]) => ({
      name,
      ports: [...ports].map(([port, plugged]) => ({ port, plugged })).sort((a, b) => counting.compare(a.port, b.port)),
    }))
    .sort((a, b) => counting.compare(a.name, b.name));
}

export const machinesIn = ({ plugged }: SwitchPort): number => new Set(plugged.map(({ machine }) => machine.id)).size;

/** Those that were discovered and heard no switch on any port. The admin node does not look at itself. */
export const unheardOf = (machines: readonly Machine[]): Machine[] => machines.filter(({ hardware, links, local }) => hardware && !local && !links?.length);

/** Without a machine: kept for one that was forgotten. */
export type AddressRow = { address: string; network: string; machine?: Machine };

export function addressesOf(machines: readonly Machine[], networks: readonly NetworkView[]): AddressRow[] {
  const had = machines.flatMap((machine) => Object.entries(machine.addresses ?? {}).map(([network, address]) => ({ address, network, machine })));
  const kept = networks.flatMap(({ name, kept: all }) => all.map((address) => ({ address, network: name })));
  return [...had, ...kept].sort((a, b) => counting.compare(a.address, b.address) || counting.compare(a.network, b.network));
}

/** Whether one of the texts has the words in it; of no words, all do. */
export const hasWords = (words: string, texts: readonly (string | undefined)[]): boolean =>
  texts.some((text) => text?.toLowerCase().includes(words.trim().toLowerCase()));
