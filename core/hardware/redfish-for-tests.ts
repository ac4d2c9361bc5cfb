// A Redfish service for tests: real TLS and HTTP, a machine that is a few variables, and the ways in which vendors' services differ,
// written after what DMTF's public mockups and the vendors' API guides show.

import { createHash, randomBytes, X509Certificate } from 'node:crypto';
import https from 'node:https';
import type { AddressInfo } from 'node:net';

export type Shape = {
  vendor: string;
  /** Paths of its resources. */
  system: string;
  manager: string;
  chassis: string;
  /** Ends paths with a slash (iLO). */
  slash?: boolean;
  /** `beside` the action, or in an ActionInfo of its own. */
  resetTypes: { where: 'beside' | 'info'; values: string[] };
  /** Asked to switch on what is on, it refuses (iDRAC). */
  refusesOnWhenOn?: boolean;
  /** Right after a change of power it refuses the next with this message. */
  notReady?: { status: number; id: string };
  /** `none`: only Basic. `full`: no session is free. */
  sessions?: 'none' | 'full';
  /** What it wants as If-Match of a PATCH. */
  ifMatch?: 'needed' | 'strong' | 'never';
  /** Orders become tasks. */
  tasks?: boolean;
  /** Refuses other properties of `Boot` than these two. */
  strictBoot?: boolean;
  /** Boot devices are told and taken in a settings resource (iDRAC 10). */
  bootSettings?: boolean;
  /** Where the hardware's log is, its name, its order, and how many entries a page has. */
  log: { holder: 'system' | 'manager'; id: string; newestFirst: boolean; page: number; linksOnly?: boolean };
  sensors: 'thermal' | 'collection';
  fans: 'rpm' | 'percent';
  consoles?: string[];
};

export const shapes: Shape[] = [
  {
    vendor: 'Dell iDRAC',
    system: '/redfish/v1/Systems/System.Embedded.1',
    manager: '/redfish/v1/Managers/iDRAC.Embedded.1',
    chassis: '/redfish/v1/Chassis/System.Embedded.1',
    resetTypes: { where: 'beside', values: ['On', 'ForceOff', 'ForceRestart', 'GracefulRestart', 'GracefulShutdown', 'PushPowerButton', 'Nmi', 'PowerCycle'] },
    refusesOnWhenOn: true,
    notReady: { status: 400, id: 'IDRAC.2.8.SYS518' },
    log: { holder: 'manager', id: 'Sel', newestFirst: true, page: 2 },
    sensors: 'thermal',
    fans: 'rpm',
    consoles: ['SSH', 'IPMI'],
  },
  {
    vendor: 'HPE iLO',
    system: '/redfish/v1/Systems/1',
    manager: '/redfish/v1/Managers/1',
    chassis: '/redfish/v1/Chassis/1',
    slash: true,
    resetTypes: { where: 'beside', values: ['On', 'ForceOff', 'GracefulShutdown', 'ForceRestart', 'Nmi', 'PushPowerButton'] },
    notReady: { status: 400, id: 'iLO.2.14.InvalidOperationForSystemState' },
    strictBoot: true,
    log: { holder: 'system', id: 'IML', newestFirst: false, page: 100, linksOnly: true },
    sensors: 'thermal',
    fans: 'percent',
  },
  {
    vendor: 'Supermicro',
    system: '/redfish/v1/Systems/1',
    manager: '/redfish/v1/Managers/1',
    chassis: '/redfish/v1/Chassis/1',
    resetTypes: { where: 'info', values: ['On', 'ForceOff', 'GracefulShutdown', 'GracefulRestart', 'Nmi', 'ForceOn'] },
    sessions: 'full',
    ifMatch: 'strong',
    log: { holder: 'system', id: 'Log1', newestFirst: false, page: 100 },
    sensors: 'thermal',
    fans: 'rpm',
    consoles: ['SSH', 'IPMI'],
  },
  {
    vendor: 'Lenovo XClarity',
    system: '/redfish/v1/Systems/1',
    manager: '/redfish/v1/Managers/1',
    chassis: '/redfish/v1/Chassis/1',
    resetTypes: { where: 'beside', values: ['On', 'Nmi', 'GracefulShutdown', 'GracefulRestart', 'ForceOn', 'ForceOff', 'ForceRestart'] },
    ifMatch: 'needed',
    tasks: true,
    log: { holder: 'system', id: 'PlatformLog', newestFirst: false, page: 3 },
    sensors: 'collection',
    fans: 'rpm',
    consoles: ['SSH'],
  },
  {
    vendor: 'a service without sessions and tags, with settings apart',
    bootSettings: true,
    system: '/redfish/v1/Systems/Self',
    manager: '/redfish/v1/Managers/Self',
    chassis: '/redfish/v1/Chassis/Self',
    resetTypes: { where: 'beside', values: ['On', 'ForceOff', 'PowerCycle'] },
    sessions: 'none',
    ifMatch: 'never',
    log: { holder: 'manager', id: 'SEL', newestFirst: false, page: 100 },
    sensors: 'collection',
    fans: 'rpm',
  },
];

export type FakeService = {
  port: number;
  certificate: string;
  /** What each start of the machine went to: `default`, or a boot target. */
  starts: string[];
  /** What is set for the next start. */
  nextBoot(): string;
  power(): 'on' | 'off';
  setTemperature(celsius: number): void;
  /** `METHOD path status`, in order. */
  asked: string[];
  /** Sessions that were begun and not ended. */
  sessions: Set<string>;
  /** Answers the next request for this path so. */
  once(path: string, status: number, headers?: Record<string, string>, body?: object): void;
  close(): Promise<void>;
};

export const USER = 'root';
export const PASSWORD = 'correct horse';
const MOST_WARM = 75;

/** What else there is in the machine, with what it takes: redfish-hardware-for-tests.ts makes them. */
export type FakeHardware = {
  /** By path, without the slash that some end paths with. */
  resources(): Record<string, object>;
  /** What the system says of it. */
  ofSystem(): object;
  /** Undefined where the request is none for it. */
  take(method: string, path: string, body: Record<string, unknown>, headers: Record<string, unknown>): Reply | Promise<Reply> | undefined;
  /** The machine starts. */
  started(): void;
  /** It answers nobody just now. */
  isSilent?(): boolean;
};
export type Reply = { status: number; headers?: Record<string, string>; body?: object };

export const errorReply = (status: number, id: string, text: string): Reply => ({
  status,
  body: { error: { code: 'Base.1.0.GeneralError', message: 'see the extended information', '@Message.ExtendedInfo': [{ MessageId: id, Message: text }] } },
});

/** `tls` in PEM. */
export async function startRedfish(shape: Shape, tls: { key: string; cert: string }, hardware?: FakeHardware): Promise<FakeService> {
  let power: 'On' | 'Off' = 'Off';
  let boot = { BootSourceOverrideEnabled: 'Disabled', BootSourceOverrideTarget: 'None' };
  let revision = 1;
  let temperature = 42;
  let busy = false;
  const starts: string[] = [];
  const asked: string[] = [];
  const sessions = new Set<string>();
  const tasks = new Map<string, number>();
  const surprises = new Map<string, { status: number; headers: Record<string, string>; body: object }>();
  const log: { text: string; severity: string; at: string }[] = [];
  for (const number of [1, 2, 3, 4]) log.push({ text: `Boot ${number}`, severity: 'OK', at: `2026-01-0${number}T10:00:00Z` });

  const p = (path: string): string => (shape.slash ? `${path}/` : path);
  const ref = (path: string): object => ({ '@odata.id': p(path) });
  const tag = (): string => (shape.ifMatch === 'strong' ? `W/"${revision}"` : `"${revision}"`);
  const start = (): void => {
    power = 'On';
    hardware?.started();
    starts.push(boot.BootSourceOverrideEnabled === 'Once' ? boot.BootSourceOverrideTarget : 'default');
    boot = { BootSourceOverrideEnabled: 'Disabled', BootSourceOverrideTarget: 'None' };
    revision++;
  };
  const health = (): object => ({ State: 'Enabled', Health: temperature > MOST_WARM ? 'Critical' : 'OK' });
  const fan = shape.fans === 'rpm' ? { Reading: 5400, ReadingUnits: 'RPM' } : { Reading: 30, ReadingUnits: 'Percent' };
  const action = { '@Redfish.ActionInfo': p(`${shape.system}/ResetActionInfo`) };

  const bootNow = (): object => ({ ...boot, 'BootSourceOverrideTarget@Redfish.AllowableValues': ['None', 'Pxe', 'Hdd', 'Cd', 'BiosSetup'] });

  const resources = (): Record<string, object> => {
    const holder = shape.log.holder === 'system' ? shape.system : shape.manager;
    const logPath = `${holder}/LogServices/${shape.log.id}`;
    const entries = (shape.log.newestFirst ? log.toReversed() : log).map((entry) => {
      const id = log.indexOf(entry) + 1;
      return { ...ref(`${logPath}/Entries/${id}`), Id: `${id}`, Created: entry.at, Severity: entry.severity, Message: entry.text, EntryType: 'SEL' };
    });
    const found: Record<string, object> = {
      ...hardware?.resources(),
      '/redfish/v1': {
        RedfishVersion: '1.15.0',
        Vendor: shape.vendor,
        Systems: ref('/redfish/v1/Systems'),
        Managers: ref('/redfish/v1/Managers'),
        Chassis: ref('/redfish/v1/Chassis'),
        ...(hardware && { UpdateService: ref('/redfish/v1/UpdateService'), Registries: ref('/redfish/v1/Registries'), Tasks: ref('/redfish/v1/TaskService') }),
        ProtocolFeaturesSupported: { ExpandQuery: { NoLinks: shape.vendor.startsWith('Lenovo') } },
        ...(shape.sessions !== 'none' && { Links: { Sessions: ref('/redfish/v1/SessionService/Sessions') } }),
      },
      '/redfish/v1/Systems': { Members: [ref(shape.system)] },
      [shape.system]: {
        ...ref(shape.system),
        '@odata.etag': tag(),
        SerialNumber: 'SERIAL1',
        PowerState: power,
        ...hardware?.ofSystem(),
        ...(shape.bootSettings ? { '@Redfish.Settings': { SettingsObject: ref(`${shape.system}/Settings`) } } : { Boot: bootNow() }),
        Links: { ManagedBy: [ref(shape.manager)], Chassis: [ref(shape.chassis)] },
        ...(shape.log.holder === 'system' && { LogServices: ref(`${shape.system}/LogServices`) }),
        Actions: {
          '#ComputerSystem.Reset': {
            target: p(`${shape.system}/Actions/ComputerSystem.Reset`),
            ...(shape.resetTypes.where === 'beside' ? { 'ResetType@Redfish.AllowableValues': shape.resetTypes.values } : action),
          },
        },
      },
      [`${shape.system}/Settings`]: { ...ref(`${shape.system}/Settings`), Boot: bootNow() },
      [`${shape.system}/ResetActionInfo`]: { Parameters: [{ Name: 'ResetType', AllowableValues: shape.resetTypes.values }] },
      [shape.manager]: {
        ...ref(shape.manager),
        Model: `${shape.vendor} controller`,
        FirmwareVersion: '7.10.30.00',
        ...(shape.consoles && { SerialConsole: { ServiceEnabled: true, ConnectTypesSupported: shape.consoles } }),
        ...(shape.log.holder === 'manager' && { LogServices: ref(`${shape.manager}/LogServices`) }),
      },
      [shape.chassis]: {
        ...ref(shape.chassis),
        ...(shape.sensors === 'thermal'
          ? { Thermal: ref(`${shape.chassis}/Thermal`), Power: ref(`${shape.chassis}/Power`) }
          : { Sensors: ref(`${shape.chassis}/Sensors`) }),
      },
      [`${shape.chassis}/Thermal`]: {
        Temperatures: [
          { MemberId: '0', Name: 'CPU Temp', ReadingCelsius: temperature, Status: health() },
          { MemberId: '1', Name: 'CPU 2 Temp', ReadingCelsius: null, Status: { State: 'Absent' } },
        ],
        Fans: [{ MemberId: '0', FanName: 'Fan 1', ...fan, Status: { State: 'Enabled', Health: 'OK' } }],
      },
      [`${shape.chassis}/Power`]: {
        PowerControl: [{ PowerConsumedWatts: 120 }],
        Voltages: [{ Name: 'P12V', ReadingVolts: 12.1, Status: { State: 'Enabled', Health: 'OK' } }],
      },
      [`${shape.chassis}/Sensors`]: { Members: [ref(`${shape.chassis}/Sensors/t1`), ref(`${shape.chassis}/Sensors/f1`)] },
      [`${shape.chassis}/Sensors/t1`]: {
        ...ref(`${shape.chassis}/Sensors/t1`),
        Name: 'CPU Temp',
        ReadingType: 'Temperature',
        Reading: temperature,
        Status: health(),
      },
      [`${shape.chassis}/Sensors/f1`]: {
        ...ref(`${shape.chassis}/Sensors/f1`),
        Name: 'Fan 1',
        ReadingType: 'Rotational',
        Reading: 5400,
        Status: { State: 'Enabled', Health: 'OK' },
      },
      [`${holder}/LogServices`]: { Members: [ref(`${holder}/LogServices/Audit`), ref(logPath)] },
      [`${holder}/LogServices/Audit`]: { Id: 'AuditLog', Entries: ref('/redfish/v1/nowhere') },
      [logPath]: { Id: shape.log.id, Entries: ref(`${logPath}/Entries`) },
      ...Object.fromEntries(entries.map((entry) => [`${logPath}/Entries/${entry.Id}`, entry])),
    };
    for (let skip = 0; skip < entries.length; skip += shape.log.page) {
      const page = entries.slice(skip, skip + shape.log.page);
      found[skip ? `${logPath}/Entries?$skip=${skip}` : `${logPath}/Entries`] = {
        Members: shape.log.linksOnly ? page.map((entry) => ({ '@odata.id': entry['@odata.id' as never] as string })) : page,
        ...(skip + shape.log.page < entries.length && { 'Members@odata.nextLink': `${logPath}/Entries?$skip=${skip + shape.log.page}` }),
      };
    }
    return found;
  };

  const error = errorReply;
  const known = (headers: Record<string, unknown>): boolean => {
    const basic = `Basic ${Buffer.from(`${USER}:${PASSWORD}`).toString('base64')}`;
    return headers.authorization === basic || [...sessions].some((session) => session === headers['x-auth-token']);
  };

  const reset = (type: string): Reply => {
    if (!shape.resetTypes.values.includes(type)) return error(400, 'Base.1.0.ActionParameterNotSupported', `${type} is not supported.`);
    if (busy && shape.notReady) {
      busy = false;
      return { ...error(shape.notReady.status, shape.notReady.id, 'Not in this state of the system.'), headers: { 'retry-after': '0' } };
    }
    if (type === 'On' && power === 'On' && shape.refusesOnWhenOn) return error(409, 'IDRAC.2.8.PSU501', 'Server is already powered ON.');
    busy = true;
    if (type === 'ForceOff') power = 'Off';
    else start();
    if (!shape.tasks) return { status: 204 };
    const task = `/redfish/v1/TaskService/TaskMonitors/${tasks.size + 1}`;
    tasks.set(task, 1);
    return { status: 202, headers: { location: task, 'retry-after': '0' }, body: { TaskState: 'Running' } };
  };

  const patchBoot = (body: { Boot?: Record<string, string> }, match: unknown): Reply => {
    const wanted = shape.ifMatch === 'strong' ? `"${revision}"` : tag();
    if (shape.ifMatch === 'needed' && !match) return error(428, 'Base.1.0.PreconditionRequired', 'No If-Match.');
    if (shape.ifMatch === 'never' ? match : match && match !== wanted) return error(412, 'Base.1.0.PreconditionFailed', 'The ETag supplied did not match.');
    const names = Object.keys(body.Boot ?? {})
      .toSorted()
      .join();
    if (shape.strictBoot && names !== 'BootSourceOverrideEnabled,BootSourceOverrideTarget') return error(400, 'Base.1.0.PropertyNotWritable', names);
    boot = { ...boot, ...body.Boot };
    revision++;
    return { status: 200 };
  };

  const answer = (method: string, full: string, headers: Record<string, unknown>, body: Record<string, unknown>): Reply | Promise<Reply> => {
    const url = full.replace('?$expand=.($levels=1)', '');
    const path = url.includes('?') ? url : url.replace(/\/$/, '');
    const surprise = surprises.get(path);
    if (surprise && surprises.delete(path)) return surprise;
    if (path === '/redfish/v1' && method === 'GET') return { status: 200, body: resources()[path]! };
    if (path.endsWith('/Sessions') && method === 'POST') {
      if (shape.sessions === 'none') return { status: 404 };
      if (body.UserName !== USER || body.Password !== PASSWORD) return error(401, 'Base.1.0.NoValidSession', 'Unauthorized.');
      if (shape.sessions === 'full') return error(400, 'Base.1.0.SessionLimitExceeded', 'Too many sessions.');
      const token = randomBytes(8).toString('hex');
      sessions.add(token);
      return { status: 201, headers: { 'x-auth-token': token, location: `https://bmc.example/redfish/v1/SessionService/Sessions/${token}` }, body: {} };
    }
    if (!known(headers)) return error(401, 'Base.1.0.NoValidSession', 'Unauthorized.');
    const taken = hardware?.take(method, path, body, headers);
    if (taken) return taken;
    if (method === 'DELETE') return sessions.delete(path.split('/').at(-1)!) ? { status: 204 } : { status: 404 };
    if (method === 'POST' && path === `${shape.system}/Actions/ComputerSystem.Reset`) return reset(String(body.ResetType));
    if (method === 'PATCH' && path === (shape.bootSettings ? `${shape.system}/Settings` : shape.system)) return patchBoot(body, headers['if-match']);
    if (tasks.has(path)) {
      const left = tasks.get(path)!;
      tasks.set(path, left - 1);
      return left > 0 ? { status: 202, headers: { location: path, 'retry-after': '0' } } : { status: 200, body: { TaskState: 'Completed' } };
    }
    const found = resources()[path] as Record<string, unknown> | undefined;
    if (!found) return { status: 404 };
    const expanded =
      full === url
        ? found
        : { ...found, Members: (found.Members as { '@odata.id': string }[]).map((member) => resources()[member['@odata.id'].replace(/\/$/, '')]) };
    return { status: 200, headers: path === shape.system ? { etag: tag() } : {}, body: expanded };
  };

  const server = https.createServer(tls, (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', async () => {
      if (hardware?.isSilent?.()) return void request.socket.destroy();
      const body = bodyIn(Buffer.concat(chunks), request.headers['content-type'] ?? '');
      const { status, headers = {}, body: answered } = await answer(request.method!, request.url!, request.headers, body);
      asked.push(`${request.method} ${request.url} ${status}`);
      response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(answered && JSON.stringify(answered));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    certificate: createHash('sha256').update(new X509Certificate(tls.cert).raw).digest('hex'),
    starts,
    asked,
    sessions,
    nextBoot: () => (boot.BootSourceOverrideEnabled === 'Once' ? boot.BootSourceOverrideTarget : 'default'),
    power: () => (power === 'On' ? 'on' : 'off'),
    setTemperature(celsius) {
      temperature = celsius;
      if (celsius > MOST_WARM) log.push({ text: 'CPU Temp is above its upper critical threshold', severity: 'Critical', at: '2026-01-05T10:00:00Z' });
    },
    once: (path, status, headers = {}, body = {}) => void surprises.set(path, { status, headers, body }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** JSON; or of multipart/form-data each part by its name, files with theirs (RFC 7578). */
function bodyIn(bytes: Buffer, type: string): Record<string, unknown> {
  const boundary = /^multipart\/form-data; boundary=(.+)$/.exec(type)?.[1];
  if (!boundary) return bytes.length ? (JSON.parse(bytes.toString()) as Record<string, unknown>) : {};
  const found: Record<string, unknown> = {};
  // One byte a character, so that places in the text are places in the bytes.
  for (const part of bytes.toString('latin1').split(`--${boundary}`).slice(1, -1)) {
    const at = part.indexOf('\r\n\r\n');
    const [head, content] = [part.slice(0, at), Buffer.from(part.slice(at + 4, -2), 'latin1')];
    const name = /name="([^"]*)"/.exec(head)![1]!;
    const file = /filename="([^"]*)"/.exec(head)?.[1];
    found[name] = file === undefined ? JSON.parse(content.toString()) : { name: file, bytes: content };
  }
  return found;
}
