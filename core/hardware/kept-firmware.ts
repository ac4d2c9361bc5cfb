// What controllers told of firmware, kept for those who look later.

import type { FirmwarePart, FirmwareRule } from '../model/firmware.ts';
import type { Node } from '../model/node.ts';
import type { Store } from '../store/store.ts';
import type { Component } from './redfish-firmware.ts';

/** What it told before where it does not tell now; the rules of before where none are given. */
export async function keepFirmware(
  store: Store,
  node: Pick<Node, 'id'>,
  { components, readAt, rules }: { components?: readonly Component[]; readAt?: number; rules?: FirmwareRule[] },
): Promise<FirmwarePart[]> {
  const before = await store.get('firmwareReading', node.id);
  const parts = components?.map(({ name, version, updateable }): FirmwarePart => ({ name, version, told: 'controller', updateable })) ?? before?.parts ?? [];
  const at = readAt ?? before?.readAt;
  const known = rules ?? before?.rules;
  await store.put('firmwareReading', node.id, { nodeId: node.id, ...(at !== undefined && { readAt: at }), parts, ...(known && { rules: known }) }, 'any');
  return parts;
}
