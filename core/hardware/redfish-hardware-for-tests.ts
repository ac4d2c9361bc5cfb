// The inside of a machine for tests of acts: firmware with its versions and settings, as vendors' Redfish services show and take them, after
// DMTF's public mockups and the vendors' API guides.

import { errorReply, type FakeHardware, type Reply, type Shape } from './redfish-for-tests.ts';
import { type FakeUpdates, updatesOf } from './redfish-update-for-tests.ts';

type Value = string | number | boolean;

export type BiosShape = {
  /** Below the Bios resource. */
  settings: string;
  /** Told in the Bios resource, and then wanted in a change. */
  applyTimes?: string[];
  /** The settings resource tells only what was staged, or everything as it will be. */
  tells: 'staged' | 'all';
  registry: boolean;
  /** Attribute → value, what people read, and the values that it takes. */
  attributes: Record<string, { value: Value; shown?: string; values?: string[]; readOnly?: boolean }>;
};

const onOff = { values: ['Enabled', 'Disabled'] };

/** By Shape.vendor; one that is not here has no settings to tell. */
export const biosShapes: Record<string, BiosShape> = {
  'Dell iDRAC': {
    settings: 'Settings',
    applyTimes: ['OnReset', 'AtMaintenanceWindowStart'],
    tells: 'staged',
    registry: true,
    attributes: {
      ProcVirtualization: { value: 'Disabled', ...onOff },
      LogicalProc: { value: 'Enabled', ...onOff },
      SriovGlobalEnable: { value: 'Disabled', ...onOff },
      SysProfile: { value: 'PerfPerWattOptimizedDapc', values: ['PerfOptimized', 'PerfPerWattOptimizedDapc', 'PerfPerWattOptimizedOs', 'Custom'] },
      SystemServiceTag: { value: 'ABC1234', readOnly: true },
    },
  },
  'HPE iLO': {
    settings: 'settings',
    tells: 'all',
    registry: true,
    attributes: {
      ProcVirtualization: { value: 'Enabled', ...onOff },
      IntelProcVtd: { value: 'Disabled', ...onOff },
      ProcHyperthreading: { value: 'Enabled', ...onOff },
      PowerRegulator: { value: 'DynamicPowerSavings', values: ['DynamicPowerSavings', 'StaticHighPerf', 'OsControl'] },
      SerialNumber: { value: 'CZ1', readOnly: true },
    },
  },
  Supermicro: {
    settings: 'SD',
    tells: 'all',
    registry: true,
    attributes: {
      'IntelVirtualizationTechnology#0A11': { value: 'Disable', shown: 'Intel Virtualization Technology', values: ['Enable', 'Disable'] },
      'Hyper-Threading#0035': { value: 'Enable', shown: 'Hyper-Threading [ALL]', values: ['Enable', 'Disable'] },
      'SR-IOVSupport#0106': { value: 'Disabled', shown: 'SR-IOV Support', ...onOff },
    },
  },
  'Lenovo XClarity': {
    settings: 'Pending',
    applyTimes: ['OnReset'],
    tells: 'all',
    registry: false,
    attributes: {
      Processors_IntelVirtualizationTechnology: { value: 'Disabled' },
      Processors_HyperThreading: { value: 'Enabled' },
    },
  },
};

/** `inside` the storage (Dell, Supermicro), or in resources of their own (HPE, Lenovo); `none`: a controller that makes no volumes. */
const storageShapes: Record<string, 'inside' | 'apart' | 'none'> = {
  'Dell iDRAC': 'inside',
  Supermicro: 'inside',
  'HPE iLO': 'apart',
  'Lenovo XClarity': 'apart',
};

export type FakeDrive = { name: string; size: number; kind: 'SSD' | 'HDD'; health?: string };
export type FakeVolume = { name: string; raid: string; drives: string[] };

export type Inside = FakeHardware & {
  drives: FakeDrive[];
  /** In force; those that were ordered come with the next start where the controller works so. */
  volumes: FakeVolume[];
  bios: Record<string, Value>;
  staged: Record<string, Value>;
  /** Component → version. */
  firmware: Record<string, string>;
  updates: FakeUpdates;
  /** Settings that the machine forgets at its next start instead of taking them. */
  stubborn: Set<string>;
};

export function insideOf(shape: Shape): Inside {
  const path = (text: string): string => (shape.slash ? `${text}/` : text);
  const ref = (text: string): object => ({ '@odata.id': path(text) });
  const bios = biosShapes[shape.vendor];
  const place = `${shape.system}/Bios`;
  const current: Record<string, Value> = Object.fromEntries(Object.entries(bios?.attributes ?? {}).map(([name, { value }]) => [name, value]));
  const staged: Record<string, Value> = {};
  const stubborn = new Set<string>();
  const updates = updatesOf(shape, path);

  const storage = `${shape.system}/Storage/RAID.1`;
  const layout = storageShapes[shape.vendor] ?? 'none';
  const drives: FakeDrive[] = [1, 2, 3, 4].map((slot) => ({ name: `Disk ${slot}`, size: slot < 3 ? 480e9 : 4e12, kind: slot < 3 ? 'SSD' : 'HDD' }));
  const volumes: FakeVolume[] = [];
  // Dell makes volumes when the machine starts, the others at once.
  const ordered: (() => void)[] = [];
  const soon = (work: () => void): void => void (shape.vendor.startsWith('Dell') ? ordered.push(work) : work());
  const drivePath = (name: string): string => `${storage}/Drives/${name.replace(' ', '.')}`;

  const takeVolume = (body: Record<string, unknown>): Reply => {
    const links = (body.Links as { Drives: { '@odata.id': string }[] }).Drives.map((link) => link['@odata.id'].replace(/\/$/, ''));
    const chosen = drives.filter(({ name }) => links.includes(drivePath(name))).map(({ name }) => name);
    if (chosen.length !== links.length || volumes.some((volume) => volume.drives.some((name) => chosen.includes(name))))
      return errorReply(400, 'Base.1.0.ActionParameterValueConflict', 'A drive is not free.');
    soon(() => volumes.push({ name: String(body.Name), raid: String(body.RAIDType), drives: chosen }));
    return { status: 201, body: {} };
  };

  const takeSettings = (body: Record<string, unknown>): Reply => {
    const time = (body['@Redfish.SettingsApplyTime'] as { ApplyTime?: string } | undefined)?.ApplyTime;
    if (bios!.applyTimes ? time !== 'OnReset' : time !== undefined) return errorReply(400, 'Base.1.0.PropertyUnknown', `ApplyTime ${time}`);
    for (const [name, value] of Object.entries(body.Attributes as Record<string, Value>)) {
      const known = bios!.attributes[name];
      if (!known || known.readOnly) return errorReply(400, 'Base.1.0.PropertyNotWritable', name);
      if (known.values && !known.values.includes(String(value))) return errorReply(400, 'Base.1.0.PropertyValueNotInList', `${name} ${value}`);
      staged[name] = value;
    }
    return { status: 200, body: {} };
  };

  return {
    bios: current,
    staged,
    firmware: updates.firmware,
    updates,
    stubborn,
    drives,
    volumes,
    ofSystem: () => ({ ...(bios && { Bios: ref(place) }), Storage: ref(`${shape.system}/Storage`) }),
    isSilent: updates.isSilent,
    started() {
      updates.started();
      for (const work of ordered.splice(0)) work();
      for (const [name, value] of Object.entries(staged)) {
        if (!stubborn.has(name)) current[name] = value;
        delete staged[name];
      }
    },
    take(method, at, body) {
      const taken = updates.take(method, at, body);
      if (taken) return taken;
      if (bios && method === 'PATCH' && at === `${place}/${bios.settings}`) return takeSettings(body);
      if (method === 'POST' && at === `${storage}/Volumes`) return takeVolume(body);
      const index = volumes.findIndex((_, number) => at === `${storage}/Volumes/${number}`);
      if (method !== 'DELETE' || index < 0) return undefined;
      volumes.splice(index, 1);
      return { status: 204 };
    },
    resources() {
      const found: Record<string, object> = {
        ...updates.resources(),
        '/redfish/v1/Registries': { Members: [ref('/redfish/v1/Registries/Base'), ref('/redfish/v1/Registries/BiosAttributeRegistry')] },
      };
      const types = layout === 'none' ? {} : { SupportedRAIDTypes: ['RAID0', 'RAID1', 'RAID5', 'RAID6', 'RAID10'] };
      found[`${shape.system}/Storage`] = { Members: [ref(storage)] };
      found[storage] = {
        ...ref(storage),
        Name: 'RAID controller',
        ...(layout === 'apart' ? { Controllers: ref(`${storage}/Controllers`) } : { StorageControllers: [{ Name: 'RAID controller', ...types }] }),
        Drives: drives.map(({ name }) => ref(drivePath(name))),
        Volumes: ref(`${storage}/Volumes`),
      };
      found[`${storage}/Controllers`] = { Members: [ref(`${storage}/Controllers/0`)] };
      found[`${storage}/Controllers/0`] = { ...ref(`${storage}/Controllers/0`), ...types };
      for (const { name, size, kind, health = 'OK' } of drives)
        found[drivePath(name)] = { ...ref(drivePath(name)), Name: name, CapacityBytes: size, MediaType: kind, Status: { Health: health } };
      // One shows each drive that is in no volume as a volume of its own.
      const alone = shape.vendor.startsWith('Dell') ? drives.filter(({ name }) => !volumes.some((volume) => volume.drives.includes(name))) : [];
      found[`${storage}/Volumes`] = {
        Members: [
          ...volumes.map((_, number) => ref(`${storage}/Volumes/${number}`)),
          ...alone.map(({ name }) => ref(`${storage}/Volumes/${name.replace(' ', '.')}`)),
        ],
      };
      for (const [number, volume] of volumes.entries())
        found[`${storage}/Volumes/${number}`] = {
          ...ref(`${storage}/Volumes/${number}`),
          Name: volume.name,
          RAIDType: volume.raid,
          CapacityBytes: 480e9,
          Links: { Drives: volume.drives.map((name) => ref(drivePath(name))) },
        };
      for (const { name } of alone) {
        const at = `${storage}/Volumes/${name.replace(' ', '.')}`;
        found[at] = { ...ref(at), Name: name, VolumeType: 'RawDevice', Links: { Drives: [ref(drivePath(name))] } };
      }
      if (!bios) return found;
      found[place] = {
        ...ref(place),
        ...(bios.registry && { AttributeRegistry: 'BiosAttributeRegistry.v1_0_0' }),
        Attributes: current,
        '@Redfish.Settings': { SettingsObject: ref(`${place}/${bios.settings}`), ...(bios.applyTimes && { SupportedApplyTimes: bios.applyTimes }) },
      };
      found[`${place}/${bios.settings}`] = { ...ref(`${place}/${bios.settings}`), Attributes: bios.tells === 'all' ? { ...current, ...staged } : staged };
      if (bios.registry) {
        const file = '/redfish/v1/Registries/BiosAttributeRegistry';
        found[file] = { Location: [{ Language: 'en', Uri: path(`${file}/BiosAttributeRegistry.v1_0_0`) }] };
        found[`${file}/BiosAttributeRegistry.v1_0_0`] = {
          RegistryEntries: {
            Attributes: Object.entries(bios.attributes).map(([name, { shown, values, readOnly = false }]) => ({
              AttributeName: name,
              DisplayName: shown ?? name,
              ReadOnly: readOnly,
              Type: values ? 'Enumeration' : 'String',
              ...(values && { Value: values.map((value) => ({ ValueName: value })) }),
            })),
          },
        };
      }
      return found;
    },
  };
}
