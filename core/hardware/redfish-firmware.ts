// Versions of firmware as a Redfish service tells them (DMTF DSP0268, SoftwareInventory). How it takes a new one is redfish-update.ts'; which version is
// wanted is not known here.

import { numbered } from '../model/firmware.ts';
import { membersWhole } from './redfish-readings.ts';
import { linkAt, type RedfishService, textAt, valueAt } from './redfish-service.ts';

export type Component = {
  /** What people call it; two of one name are numbered. */
  name: string;
  version: string;
  /** Of its resource. With one vendor the version is a part of it, so that it is another one after an update. */
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
  return numbered(
    items.map((item) => ({
      name: textAt(item, 'Name') ?? textAt(item, 'Id') ?? '?',
      version: textAt(item, 'Version')!,
      path: textAt(item, '@odata.id') ?? '',
      updateable: valueAt(item, 'Updateable') !== false,
    })),
  );
}

export const versionsIn = (components: readonly Component[]): Record<string, string> =>
  Object.fromEntries(components.map(({ name, version }) => [name, version]));
