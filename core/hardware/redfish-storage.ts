// Storage controllers as Redfish tells them (DMTF DSP0268: Storage, Drive, Volume): which drives they have, what volumes these are in, and how a volume is
// made. Which are wanted is not known here.

import { linkAt, listAt, numberAt, type RedfishService, type Resource, textAt, textsAt } from './redfish-service.ts';

export type Drive = {
  path: string;
  name: string;
  /** Bytes. */
  size: number;
  kind: 'ssd' | 'hdd';
  /** It works, and is no spare. */
  usable: boolean;
};

export type Volume = { path: string; name: string; raid: string; size: number; drives: string[] };

/** One that can make volumes. Volumes that only pass a drive on are left out. */
export type Controller = { name: string; volumesPath: string; raidTypes: string[]; drives: Drive[]; volumes: Volume[] };

export async function controllersIn(service: RedfishService, system: Resource): Promise<Controller[]> {
  const storages = linkAt(system, 'Storage');
  const found: Controller[] = [];
  for (const storage of storages ? await service.members(storages) : []) {
    const volumesPath = linkAt(storage, 'Volumes');
    const raidTypes = await raidTypesOf(service, storage);
    if (!volumesPath || !raidTypes.length) continue;
    const drives: Drive[] = [];
    for (const link of listAt(storage, 'Drives').flatMap((one) => textAt(one, '@odata.id') ?? [])) drives.push(driveOf(link, await service.get(link)));
    const volumes = (await service.members(volumesPath)).map(volumeOf).filter(({ raid }) => raid !== 'None');
    found.push({ name: textAt(storage, 'Name') ?? textAt(storage, 'Id') ?? '?', volumesPath, raidTypes, drives, volumes });
  }
  return found;
}

/** Told in the storage itself by older services, by resources of their own in newer ones (DSP0268, Storage v1.10). One that tells none makes none. */
async function raidTypesOf(service: RedfishService, storage: Resource): Promise<string[]> {
  const link = linkAt(storage, 'Controllers');
  const controllers = link ? await service.members(link) : listAt(storage, 'StorageControllers');
  return [...new Set(controllers.flatMap((one) => textsAt(one, 'SupportedRAIDTypes') ?? []))];
}

const driveOf = (path: string, drive: Resource): Drive => ({
  path,
  name: textAt(drive, 'Name') ?? textAt(drive, 'Id') ?? path,
  size: numberAt(drive, 'CapacityBytes') ?? 0,
  kind: textAt(drive, 'MediaType') === 'HDD' ? 'hdd' : 'ssd',
  usable:
    (textAt(drive, 'Status', 'Health') ?? 'OK') === 'OK' && (textAt(drive, 'HotspareType') ?? 'None') === 'None' && (numberAt(drive, 'CapacityBytes') ?? 0) > 0,
});

/** What services said before there was RAIDType (2018). */
const olderTypes: Record<string, string> = {
  RawDevice: 'None',
  NonRedundant: 'RAID0',
  Mirrored: 'RAID1',
  StripedWithParity: 'RAID5',
  SpannedMirrors: 'RAID10',
  SpannedStripesWithParity: 'RAID50',
};

function volumeOf(volume: Resource): Volume {
  const older = textAt(volume, 'VolumeType');
  const drives = listAt(volume, 'Links', 'Drives').flatMap((one) => textAt(one, '@odata.id') ?? []);
  // Of several drives it is more than they are, whatever it is called: never taken for free.
  const untold = drives.length > 1 ? 'a volume of an unknown kind' : 'None';
  return {
    path: textAt(volume, '@odata.id') ?? '',
    name: textAt(volume, 'DisplayName') ?? textAt(volume, 'Name') ?? textAt(volume, 'Id') ?? '?',
    raid: textAt(volume, 'RAIDType') ?? (older === undefined ? untold : (olderTypes[older] ?? older)),
    size: numberAt(volume, 'CapacityBytes') ?? 0,
    drives,
  };
}

export async function createVolume(
  service: RedfishService,
  { volumesPath }: Controller,
  wish: { name: string; raid: string; drives: readonly Drive[] },
): Promise<void> {
  const drives = wish.drives.map(({ path }) => ({ '@odata.id': path }));
  await service.post(volumesPath, { Name: wish.name, RAIDType: wish.raid, Links: { Drives: drives } });
}
