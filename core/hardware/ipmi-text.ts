// What ipmitool prints, as values. Pure; ipmi.ts runs it.

import type { BmcEvent, BmcIdentity, Sensor } from '../model/bmc.ts';

/** `ipmitool mc info`: lines of `Name : value`. */
export function readIdentity(text: string): BmcIdentity {
  const fields = new Map(text.split('\n').map((line) => [line.slice(0, line.indexOf(':')).trim(), line.slice(line.indexOf(':') + 1).trim()]));
  // Makers and products that ipmitool has no name for read `Unknown (0x1291)`.
  const known = (name: string): string | undefined => (/^unknown\b/i.test(fields.get(name) ?? 'unknown') ? undefined : fields.get(name));
  const [version, maker, model, firmware] = [known('IPMI Version'), known('Manufacturer Name'), known('Product Name'), known('Firmware Revision')];
  return { protocol: 'ipmi', ...(version && { version }), ...(maker && { maker }), ...(model && { model }), ...(firmware && { firmware }) };
}

const units: Record<string, [Sensor['kind'], string]> = {
  'degrees C': ['temperature', '°C'],
  'degrees F': ['temperature', '°F'],
  RPM: ['fan', 'RPM'],
  Volts: ['voltage', 'V'],
  Amps: ['current', 'A'],
  Watts: ['power', 'W'],
  percent: ['other', '%'],
};

/** `ipmitool -c sdr elist full`: lines of `name,reading,unit,state`. */
export function readSensors(text: string): Sensor[] {
  const lines = text.split('\n').map((line) => line.split(','));
  return lines
    .filter((columns) => columns.length >= 4)
    .map(([name, reading, unit, state]) => {
      const value = reading === '' ? Number.NaN : Number(reading);
      const [kind, short] = units[unit!] ?? ['other', unit!];
      const read = Number.isFinite(value) && !reading!.startsWith('0x');
      return { name: name!.trim(), kind, ...(read && { value, ...(short && { unit: short }) }), state: stateOf(state!.trim()) };
    });
}

// Lower or upper, then non-critical, critical or non-recoverable: `unc`, or in words where ipmitool is told to say more. `ns` is no reading.
function stateOf(word: string): Sensor['state'] {
  if (word === 'ok') return 'ok';
  if (/^[lu]?nc$|non-critical$/i.test(word)) return 'warning';
  if (/^[lu]?(cr|nr)$|(critical|non-recoverable)$/i.test(word)) return 'critical';
  return 'unread';
}

/** `ipmitool -c sel elist`: lines of `number,date,time,sensor,event,direction[,reading]`, oldest first. */
export function readEvents(text: string): BmcEvent[] {
  const lines = text.split('\n').map((line) => line.split(',').map((column) => column.trim()));
  return lines
    .filter((columns) => columns.length >= 5)
    .map(([id, date, time, sensor, what, direction, ...rest]) => {
      const at = timeOf(date!, time!);
      const gone = direction === 'Deasserted';
      const words = [`${sensor}: ${what}`, ...rest.filter(Boolean)].join(', ');
      return { id: id!, ...(at !== undefined && { at }), severity: gone ? 'ok' : severityOf(what!), text: gone ? `${words} (over)` : words } as const;
    })
    .reverse();
}

// The C locale has two digits for the year, others four. `Pre-Init` is a clock that nobody had set.
function timeOf(date: string, time: string): number | undefined {
  const [, month, day, year] = /^(\d\d)\/(\d\d)\/(?:20)?(\d\d)$/.exec(date) ?? [];
  const clock = /^\d\d:\d\d:\d\d/.exec(time)?.[0];
  return year && clock ? Date.parse(`20${year}-${month}-${day}T${clock}Z`) : undefined;
}

// The words of IPMI 2.0 tables 42-2 and 42-3, in which ipmitool tells events.
function severityOf(what: string): BmcEvent['severity'] {
  if (/non-critical|predictive|degraded|correctable ecc|redundancy/i.test(what) && !/uncorrectable/i.test(what)) return 'warning';
  return /critical|non-recoverable|uncorrectable|fail|fault|lost|error/i.test(what) ? 'critical' : 'ok';
}
