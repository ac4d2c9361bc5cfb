// The inside of a machine for tests of acts: firmware with its versions and settings, as vendors' Redfish services show and take them, after
// DMTF's public mockups and the vendors' API guides.

import { errorReply, type FakeHardware, type Reply, type Shape } from './redfish-for-tests.ts';

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

export type Inside = FakeHardware & {
  bios: Record<string, Value>;
  staged: Record<string, Value>;
  /** Component → version. */
  firmware: Record<string, string>;
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
  const firmware: Record<string, string> = { BIOS: '2.19.1', 'Integrated Remote Access Controller': '7.10.30.00', 'Backplane 1': '4.35' };

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
    firmware,
    stubborn,
    ofSystem: () => (bios ? { Bios: ref(place) } : {}),
    started() {
      for (const [name, value] of Object.entries(staged)) {
        if (!stubborn.has(name)) current[name] = value;
        delete staged[name];
      }
    },
    take: (method, at, body) => (bios && method === 'PATCH' && at === `${place}/${bios.settings}` ? takeSettings(body) : undefined),
    resources() {
      const inventory = '/redfish/v1/UpdateService/FirmwareInventory';
      const ids = Object.keys(firmware).map((_, index) => `Installed-${index}`);
      const found: Record<string, object> = {
        '/redfish/v1/UpdateService': { ...ref('/redfish/v1/UpdateService'), FirmwareInventory: ref(inventory) },
        [inventory]: { Members: [...ids, ...(shape.vendor.startsWith('Dell') ? ['Previous-0'] : [])].map((id) => ref(`${inventory}/${id}`)) },
        [`${inventory}/Previous-0`]: { ...ref(`${inventory}/Previous-0`), Id: 'Previous-0', Name: 'BIOS', Version: '2.15.0' },
        '/redfish/v1/Registries': { Members: [ref('/redfish/v1/Registries/Base'), ref('/redfish/v1/Registries/BiosAttributeRegistry')] },
      };
      for (const [index, [name, version]] of Object.entries(firmware).entries())
        found[`${inventory}/${ids[index]}`] = { ...ref(`${inventory}/${ids[index]}`), Id: ids[index], Name: name, Version: version, Updateable: true };
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
