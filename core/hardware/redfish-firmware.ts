// Versions of firmware as a Redfish service tells them, and how it takes a new one: its UpdateService (DMTF DSP2062). Which version is
// wanted is not known here.

import { membersWhole } from './redfish-readings.ts';
import { linkAt, type RedfishService, textAt, valueAt } from './redfish-service.ts';

export type Component = {
  /** What people call it; two of one name are numbered. */
  name: string;
  version: string;
  /** Of its resource. */
  path: string;
  updateable: boolean;
};

// One vendor lists what ran before and what lies ready beside what runs.
const notRunning = /^(Previous|Available|Rollback)[-_]/i;

export async function componentsIn(service: RedfishService): Promise<Component[]> {
  const updates = linkAt(service.root, 'UpdateService');
  const inventory = updates && linkAt(await service.get(updates), 'FirmwareInventory');
  if (!inventory) return [];
  const items = (await membersWhole(service, inventory)).filter((item) => !notRunning.test(textAt(item, 'Id') ?? '') && textAt(item, 'Version') !== undefined);
  const seen = new Map<string, number>();
  return items.map((item) => {
    const name = textAt(item, 'Name') ?? textAt(item, 'Id') ?? '?';
    const count = (seen.get(name) ?? 0) + 1;
    seen.set(name, count);
    const path = textAt(item, '@odata.id') ?? '';
    return { name: count > 1 ? `${name} #${count}` : name, version: textAt(item, 'Version')!, path, updateable: valueAt(item, 'Updateable') !== false };
  });
}

export const versionsIn = (components: readonly Component[]): Record<string, string> =>
  Object.fromEntries(components.map(({ name, version }) => [name, version]));
