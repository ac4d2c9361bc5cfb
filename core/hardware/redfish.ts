// A board controller by Redfish: which resources tell and take what (DMTF DSP0268), in the ways that vendors fill them in.
// Knows nothing of nodes or secrets.

import { setTimeout as sleep } from 'node:timers/promises';
import type { BmcIdentity } from '../model/bmc.ts';
import { bad, problem, ProblemError } from '../model/problem.ts';
import type { Answer, Bmc, NextBoot } from './power.ts';
import { eventsIn, sensorsIn } from './redfish-readings.ts';
import {
  linkAt,
  listAt,
  type RedfishAccess,
  type RedfishOptions,
  type RedfishService,
  type Resource,
  textAt,
  textsAt,
  valueAt,
  visit,
} from './redfish-service.ts';

export type { RedfishAccess } from './redfish-service.ts';

export type RedfishBmcOptions = RedfishOptions & {
  /** Which of the systems behind it, where there are several: by SMBIOS. */
  machine?: { uuid?: string; serial?: string };
  /** The certificate that it showed, SHA-256. */
  onCertificate?(certificate: string): void;
  /** The way to the serial line where the service says that IPMI is one. */
  ipmiConsole?: Bmc['console'];
};

const OFF_MS = 60_000;
const ASK_MS = 2000;

export function redfishBmc(access: RedfishAccess, options: RedfishBmcOptions): Bmc {
  const toSystem = <T>(work: (service: RedfishService, system: Resource) => T | Promise<T>, limitMs = options.limitMs): Promise<Answer<T>> =>
    visit(access, { ...options, ...(limitMs && { limitMs }) }, async (service) => {
      options.onCertificate?.(service.certificate);
      return work(service, await systemOf(service, options.machine));
    });
  return {
    redfish: toSystem,
    status: () => toSystem((_service, system) => powerOf(system)),
    on: () => toSystem(switchOn),
    off: () => toSystem(switchOff),
    cycle: () => toSystem(cycle),
    setNextBoot: (device) => toSystem((service, system) => setNextBoot(service, system, device)),
    identity: () => toSystem(identityOf),
    sensors: () => toSystem(async (service, system) => sensorsIn(service, await chassisOf(service, system))),
    events: (limit) => toSystem(async (service, system) => eventsIn(service, [system, ...(await managersOf(service, system))], limit)),
    async console() {
      const offered = await toSystem(consolesOf);
      if (!offered.ok) return offered;
      if (offered.value.includes('IPMI') && options.ipmiConsole) return options.ipmiConsole();
      const others = offered.value.length ? `it offers it by ${offered.value.join(' and ')} only` : 'it offers none';
      return bad(
        problem(`The BMC ${access.address} gives no serial console over IPMI: ${others}.`, {}, 'Switch IPMI over LAN on in it, or use what it offers.'),
      );
    },
  };
}

async function systemOf(service: RedfishService, machine: RedfishBmcOptions['machine']): Promise<Resource> {
  const systems = await service.members(linkAt(service.root, 'Systems') ?? '/redfish/v1/Systems');
  const same = (system: Resource): boolean =>
    Boolean(machine?.uuid && textAt(system, 'UUID')?.toLowerCase() === machine.uuid.toLowerCase()) ||
    Boolean(machine?.serial && textAt(system, 'SerialNumber') === machine.serial);
  const found = systems.length === 1 ? systems[0] : systems.find(same);
  if (found) return found;
  const serials = systems.map((system) => textAt(system, 'SerialNumber') ?? '?').join(', ');
  throw new ProblemError(
    problem(
      systems.length ? `The BMC has ${systems.length} systems behind it, and none of them is this machine: ${serials}.` : 'The BMC knows of no system.',
      {},
      'Check that this is the address of the BMC of this machine.',
    ),
  );
}

// PoweringOn and PoweringOff are on the way; Paused is on.
const powerOf = (system: Resource): 'on' | 'off' => (/^(off|poweringoff)$/i.test(textAt(system, 'PowerState') ?? '') ? 'off' : 'on');

// Some refuse to switch on what is on.
async function switchOn(service: RedfishService, system: Resource): Promise<void> {
  if (powerOf(system) === 'off') await reset(service, system, ['On', 'ForceOn', 'PushPowerButton']);
}

async function switchOff(service: RedfishService, system: Resource): Promise<void> {
  if (powerOf(system) === 'on') await reset(service, system, ['ForceOff']);
}

async function cycle(service: RedfishService, system: Resource): Promise<void> {
  if (powerOf(system) === 'off') return switchOn(service, system);
  const allowed = await resetTypes(service, system);
  const types = ['ForceRestart', 'PowerCycle'];
  if (!allowed || types.some((type) => allowed.includes(type))) return reset(service, system, types);
  await switchOff(service, system);
  const end = Date.now() + OFF_MS;
  for (;;) {
    const now = await service.get(textAt(system, '@odata.id')!);
    if (powerOf(now) === 'off') return switchOn(service, now);
    if (Date.now() > end) throw new ProblemError(problem('The machine was told to switch off and is still on.', {}, 'Look at it: its power button, its BMC.'));
    await sleep(ASK_MS);
  }
}

const RESET = '#ComputerSystem.Reset';

/** The first of these types that the service takes. */
async function reset(service: RedfishService, system: Resource, types: string[]): Promise<void> {
  const allowed = await resetTypes(service, system);
  const type = types.find((candidate) => !allowed || allowed.includes(candidate));
  const target = textAt(system, 'Actions', RESET, 'target');
  if (!type || !target) {
    throw new ProblemError(
      problem(`The BMC takes none of ${types.join(', ')}; it takes: ${allowed?.join(', ') || 'nothing'}.`, {}, 'Updating its firmware may help.'),
    );
  }
  await service.post(target, { ResetType: type });
}

/** Told beside the action, or in a resource of its own; undefined where the service does not say. */
async function resetTypes(service: RedfishService, system: Resource): Promise<string[] | undefined> {
  const beside = textsAt(system, 'Actions', RESET, 'ResetType@Redfish.AllowableValues');
  const info = textAt(system, 'Actions', RESET, '@Redfish.ActionInfo');
  if (beside || !info) return beside;
  const parameter = listAt(await service.get(info), 'Parameters').find((candidate) => textAt(candidate, 'Name') === 'ResetType');
  return parameter && textsAt(parameter, 'AllowableValues');
}

const bootTargets: Record<NextBoot, string> = { pxe: 'Pxe', disk: 'Hdd' };

async function setNextBoot(service: RedfishService, system: Resource, device: NextBoot): Promise<void> {
  const target = bootTargets[device];
  // What is applied at the next start has a resource of its own on some (iDRAC 10), and the targets are told there.
  const settings = linkAt(system, '@Redfish.Settings', 'SettingsObject');
  const coming = settings ? await service.get(settings) : undefined;
  const place =
    coming && valueAt(coming, 'Boot', 'BootSourceOverrideTarget') !== undefined && valueAt(system, 'Boot', 'BootSourceOverrideTarget') === undefined
      ? coming
      : system;
  const allowed = textsAt(place, 'Boot', 'BootSourceOverrideTarget@Redfish.AllowableValues');
  const times = textsAt(place, 'Boot', 'BootSourceOverrideEnabled@Redfish.AllowableValues');
  if ((allowed && !allowed.includes(target)) || (times && !times.includes('Once'))) {
    throw new ProblemError(
      problem(
        `The BMC cannot have the next start go to ${device}; it knows: ${allowed?.join(', ') || 'nothing'}.`,
        {},
        'Set the order of boot devices in the firmware of the machine.',
      ),
    );
  }
  // Not BootSourceOverrideMode: some do not let it be written (HPE), others do not know all values (Supermicro X10).
  await service.patch(textAt(place, '@odata.id')!, { Boot: { BootSourceOverrideEnabled: 'Once', BootSourceOverrideTarget: target } });
}

async function identityOf(service: RedfishService, system: Resource): Promise<BmcIdentity> {
  const [manager = {}] = await managersOf(service, system);
  const { root } = service;
  const version = textAt(root, 'RedfishVersion');
  const maker = textAt(manager, 'Manufacturer') ?? textAt(root, 'Vendor') ?? textAt(system, 'Manufacturer');
  const model = textAt(manager, 'Model') ?? textAt(root, 'Product') ?? textAt(manager, 'Name');
  const firmware = textAt(manager, 'FirmwareVersion');
  return { protocol: 'redfish', ...(version && { version }), ...(maker && { maker }), ...(model && { model }), ...(firmware && { firmware }) };
}

/** Those that the system names, else all of the collection. */
const managersOf = (service: RedfishService, system: Resource): Promise<Resource[]> => linked(service, system, 'ManagedBy', 'Managers');
const chassisOf = (service: RedfishService, system: Resource): Promise<Resource[]> => linked(service, system, 'Chassis', 'Chassis');

async function linked(service: RedfishService, system: Resource, name: string, collection: string): Promise<Resource[]> {
  const links = listAt(system, 'Links', name).flatMap((link) => textAt(link, '@odata.id') ?? []);
  if (links.length) return Promise.all(links.map((link) => service.get(link)));
  const all = linkAt(service.root, collection);
  return all ? service.members(all, 10) : [];
}

/** By which protocols it gives the serial line, as the standard calls them: the system says so in newer services, the manager in older. */
async function consolesOf(service: RedfishService, system: Resource): Promise<string[]> {
  const ways = ['IPMI', 'SSH', 'Telnet', 'WebSocket'];
  const own = ways.filter((way) => valueAt(system, 'SerialConsole', way, 'ServiceEnabled') === true);
  const managers = await managersOf(service, system);
  const told = managers.flatMap((manager) =>
    valueAt(manager, 'SerialConsole', 'ServiceEnabled') === false ? [] : (textsAt(manager, 'SerialConsole', 'ConnectTypesSupported') ?? []),
  );
  return ways.filter((way) => own.includes(way) || told.includes(way));
}
