// Finds machines by words: every word must occur in something that names or describes the machine. Pure; the filter language will grow from here.

import type { NodeView } from '../../../core/api/contract.ts';

export function matches(node: NodeView, condition: string, sought: string): boolean {
  const words = sought.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return true;
  const inventory = node.inventory;
  const told = [
    node.name,
    node.id,
    node.serial,
    node.pool,
    condition,
    ...node.macs,
    ...Object.values(node.addresses),
    node.system?.platform,
    inventory?.vendor,
    inventory?.product,
    ...(inventory?.nics ?? []).map((n) => n.lldp?.system),
  ];
  const text = told.filter(Boolean).join(' ').toLowerCase();
  const states = Object.entries(node.totals)
    .filter(([, n]) => n > 0)
    .map(([state]) => state);
  return words.every((word) => text.includes(word) || states.includes(word));
}
