// Sensors and the event log as Redfish services tell them: in older resources or newer ones, and under names of the vendors' own.

import type { BmcEvent, Sensor } from '../model/bmc.ts';
import { linkAt, listAt, numberAt, type RedfishService, type Resource, textAt, valueAt } from './redfish-service.ts';

/** Of all these chassis. Thermal and Power tell all in two answers; where they are gone (DSP0268, deprecated 2020) there is a resource a sensor. */
export async function sensorsIn(service: RedfishService, chassis: Resource[]): Promise<Sensor[]> {
  const found: Sensor[] = [];
  for (const one of chassis) {
    const thermal = linkAt(one, 'Thermal');
    const power = linkAt(one, 'Power');
    if (thermal) found.push(...thermalSensors(await service.get(thermal)));
    if (power) found.push(...powerSensors(await service.get(power)));
    const sensors = linkAt(one, 'Sensors');
    if (!thermal && !power && sensors) found.push(...(await membersWhole(service, sensors)).map(sensorOf));
  }
  return found;
}

/** In one answer where the service can do that (DSP0266 section 7.3). */
export async function membersWhole(service: RedfishService, path: string, limit?: number): Promise<Resource[]> {
  const expands = valueAt(service.root, 'ProtocolFeaturesSupported', 'ExpandQuery', 'NoLinks') === true;
  return service.members(expands ? `${path}?$expand=.($levels=1)` : path, limit);
}

const thermalSensors = (thermal: Resource): Sensor[] => [
  ...listAt(thermal, 'Temperatures').map((item) => reading(item, 'temperature', numberAt(item, 'ReadingCelsius'), '°C')),
  ...listAt(thermal, 'Fans').map((item) => {
    const percent = textAt(item, 'ReadingUnits') === 'Percent';
    // `FanName` is what services before 2017 call it.
    return reading({ Name: textAt(item, 'FanName'), ...item }, 'fan', numberAt(item, 'Reading') ?? numberAt(item, 'ReadingRPM'), percent ? '%' : 'RPM');
  }),
];

const powerSensors = (power: Resource): Sensor[] => [
  ...listAt(power, 'Voltages').map((item) => reading(item, 'voltage', numberAt(item, 'ReadingVolts'), 'V')),
  ...listAt(power, 'PowerControl').map((item) => reading({ Name: 'Power', ...item }, 'power', numberAt(item, 'PowerConsumedWatts'), 'W')),
  ...listAt(power, 'PowerSupplies').map((item) => reading(item, 'power', numberAt(item, 'PowerOutputWatts') ?? numberAt(item, 'LastPowerOutputWatts'), 'W')),
];

const kinds: Record<string, [Sensor['kind'], string]> = {
  Temperature: ['temperature', '°C'],
  Rotational: ['fan', 'RPM'],
  Voltage: ['voltage', 'V'],
  Current: ['current', 'A'],
  Power: ['power', 'W'],
  Percent: ['other', '%'],
};

function sensorOf(item: Resource): Sensor {
  const [kind, unit] = kinds[textAt(item, 'ReadingType') ?? ''] ?? ['other', textAt(item, 'ReadingUnits') ?? ''];
  return reading(item, kind, numberAt(item, 'Reading'), unit);
}

function reading(item: Resource, kind: Sensor['kind'], value: number | undefined, unit: string): Sensor {
  const name = textAt(item, 'Name') ?? textAt(item, 'MemberId') ?? textAt(item, 'Id') ?? '?';
  return { name, kind, ...(value !== undefined && { value, ...(unit && { unit }) }), state: stateOf(item, value) };
}

function stateOf(item: Resource, value: number | undefined): Sensor['state'] {
  const state = textAt(item, 'Status', 'State') ?? 'Enabled';
  if (state !== 'Enabled' && state !== 'StandbyOffline' && state !== 'StandbySpare') return 'unread';
  const health = healthOf(textAt(item, 'Status', 'Health'));
  return health ?? (value === undefined ? 'unread' : 'ok');
}

function healthOf(word: string | undefined): 'ok' | 'warning' | 'critical' | undefined {
  const known = word?.toLowerCase();
  return known === 'ok' || known === 'warning' || known === 'critical' ? known : undefined;
}

// What vendors call the log of the hardware, first the standard's word: Sel (iDRAC), IML (iLO), Log1 (Supermicro), the others Lenovo's and AMI's.
const hardwareLogs = [/^sel$/i, /^iml$/i, /^log1$/i, /^(platformlog|standardlog|activelog)$/i, /^eventlog$/i];

/** The latest entries of the hardware's log, newest first. */
export async function eventsIn(service: RedfishService, holders: Resource[], limit: number): Promise<BmcEvent[]> {
  const logs: Resource[] = [];
  for (const holder of holders) {
    const services = linkAt(holder, 'LogServices');
    if (services) logs.push(...(await service.members(services)));
  }
  const rank = (log: Resource): number => {
    if (textAt(log, 'LogEntryType') === 'SEL') return 0;
    const at = hardwareLogs.findIndex((pattern) => pattern.test(textAt(log, 'Id') ?? ''));
    return at < 0 ? hardwareLogs.length : at;
  };
  const [log] = logs.filter((candidate) => rank(candidate) < hardwareLogs.length).toSorted((a, b) => rank(a) - rank(b));
  const entries = log && linkAt(log, 'Entries');
  if (!entries) return [];
  // Some tell the newest first and some last, so all are read.
  const events = (await service.members(entries)).map(eventOf);
  return events.toSorted((a, b) => (b.at ?? 0) - (a.at ?? 0) || Number(b.id) - Number(a.id) || 0).slice(0, limit);
}

function eventOf(entry: Resource): BmcEvent {
  const at = Date.parse(textAt(entry, 'Created') ?? '');
  const text = textAt(entry, 'Message') ?? textAt(entry, 'Name') ?? textAt(entry, 'MessageId') ?? '?';
  return { id: textAt(entry, 'Id') ?? '?', ...(at > 0 && { at }), severity: healthOf(textAt(entry, 'Severity')) ?? 'ok', text };
}
