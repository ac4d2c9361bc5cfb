// The settings of a machine's firmware as Redfish tells and takes them (DMTF DSP0268, Bios): what is in force, what is staged for the next
// start, and what may be set at all. Which values are wanted is not known here.

import { ProblemError } from '../model/problem.ts';
import { linkAt, listAt, type RedfishService, type Resource, textAt, textsAt, valueAt } from './redfish-service.ts';

export type SettingValue = string | number | boolean;

export type BiosSettings = {
  current: ReadonlyMap<string, SettingValue>;
  /** What the next start will bring, where that differs from what is in force. */
  staged: ReadonlyMap<string, SettingValue>;
  /** What the service says of each attribute; empty where it says nothing. */
  known: ReadonlyMap<string, { shown?: string; values: string[]; readOnly: boolean }>;
  /** Where a change goes. */
  settings: string;
  /** When it can be asked to come into force; absent where it is not to be told. */
  applyTimes?: string[];
};

/** Undefined where the service has no settings to tell. With `registry` also what may be set, which is a big document. */
export async function biosSettingsIn(service: RedfishService, system: Resource, { registry = false } = {}): Promise<BiosSettings | undefined> {
  const link = linkAt(system, 'Bios');
  if (!link) return undefined;
  const bios = await service.get(link);
  const current = attributesOf(bios);
  if (!current.size) return undefined;
  // The path that nearly all use, for services that do not say it.
  const settings = linkAt(bios, '@Redfish.Settings', 'SettingsObject') ?? `${link.replace(/\/$/, '')}/Settings`;
  const applyTimes = textsAt(bios, '@Redfish.Settings', 'SupportedApplyTimes');
  const coming = linkAt(bios, '@Redfish.Settings', 'SettingsObject') ? attributesOf(await service.get(settings)) : new Map<string, SettingValue>();
  return {
    current,
    staged: new Map([...coming].filter(([name, value]) => current.has(name) && current.get(name) !== value)),
    known: registry ? await registryOf(service, textAt(bios, 'AttributeRegistry')) : new Map(),
    settings,
    ...(applyTimes && { applyTimes }),
  };
}

function attributesOf(resource: Resource): Map<string, SettingValue> {
  const attributes = valueAt(resource, 'Attributes');
  const isValue = (value: unknown): value is SettingValue => ['string', 'number', 'boolean'].includes(typeof value);
  return new Map(
    Object.entries(typeof attributes === 'object' && attributes !== null ? attributes : {}).flatMap(([name, value]) => (isValue(value) ? [[name, value]] : [])),
  );
}

/** Named by the Bios resource, listed among the registries, and lying behind that entry (DSP0266 section 9.6). Not every service has it. */
async function registryOf(service: RedfishService, name: string | undefined): Promise<BiosSettings['known']> {
  const registries = linkAt(service.root, 'Registries');
  if (!name || !registries) return new Map();
  try {
    const listed = await service.get(registries);
    const link = listAt(listed, 'Members')
      .map((member) => textAt(member, '@odata.id') ?? '')
      .find((member) => member.replace(/\/$/, '').split('/').at(-1)?.startsWith(name.split('.')[0]!));
    const file = link && (await service.get(link));
    const place = file && listAt(file, 'Location').flatMap((one) => textAt(one, 'Uri') ?? [])[0];
    const document = place && (await service.get(place));
    const entries = document ? listAt({ entries: valueAt(document, 'RegistryEntries', 'Attributes') }, 'entries') : [];
    return new Map(
      entries.flatMap((entry) => {
        const attribute = textAt(entry, 'AttributeName');
        const shown = textAt(entry, 'DisplayName');
        const values = listAt(entry, 'Value').flatMap((value) => textAt(value, 'ValueName') ?? []);
        return attribute ? [[attribute, { ...(shown && { shown }), values, readOnly: valueAt(entry, 'ReadOnly') === true }]] : [];
      }),
    );
  } catch (error) {
    // It helps and is not needed.
    if (error instanceof ProblemError) return new Map();
    throw error;
  }
}

/** In force after the next start of the machine. */
export async function stageSettings(service: RedfishService, { settings, applyTimes }: BiosSettings, values: ReadonlyMap<string, SettingValue>): Promise<void> {
  // Some begin a job only when they are told when to (Dell); others refuse to be told what they do not offer.
  const time = applyTimes?.includes('OnReset') && { '@Redfish.SettingsApplyTime': { ApplyTime: 'OnReset' } };
  await service.patch(settings, { ...time, Attributes: Object.fromEntries(values) });
}
