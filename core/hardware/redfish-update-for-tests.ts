// The UpdateService of a machine for tests: takes files in the ways that vendors' services do, works at them over some looks, and brings the version that
// stands in the file into force when the vendor's would. After DMTF's DSP2062 and the vendors' API guides.

import { errorReply, type Reply, type Shape } from './redfish-for-tests.ts';

export type UpdateShape = {
  /** Below which path files are pushed; absent where it only fetches. */
  push?: { path: string; applyTimes?: string[]; targets: 'none' | 'needed'; mostBytes?: number };
  pull?: { protocols?: string[] };
  /** What it tells of an update: a task by its location, a task in the answer, a monitor, or only what the UpdateService is at. */
  tells: 'location' | 'body' | 'monitor' | 'service';
  /** How a task is called that waits for the next start of the machine. */
  waitsAs?: { TaskState: string; Messages?: object[] };
  /** The path of a component has its version in it. */
  versionInPath?: boolean;
};

/** By Shape.vendor; one that is not here tells versions and takes nothing. */
export const updateShapes: Record<string, UpdateShape> = {
  'Dell iDRAC': {
    push: { path: '/redfish/v1/UpdateService/MultipartUpload', applyTimes: ['Immediate', 'OnReset', 'AtMaintenanceWindowStart'], targets: 'none' },
    pull: { protocols: ['HTTP', 'NFS', 'CIFS', 'TFTP', 'HTTPS'] },
    tells: 'location',
    waitsAs: { TaskState: 'Starting', Messages: [{ Message: 'Task successfully scheduled.', MessageId: 'IDRAC.2.8.JCP001' }] },
    versionInPath: true,
  },
  'HPE iLO': { pull: {}, tells: 'service' },
  Supermicro: { push: { path: '/redfish/v1/UpdateService/upload', targets: 'needed' }, tells: 'monitor' },
  'Lenovo XClarity': {
    push: { path: '/mfwupdate', applyTimes: ['Immediate', 'OnReset'], targets: 'needed', mostBytes: 10_000 },
    tells: 'body',
    waitsAs: { TaskState: 'Pending' },
  },
};

/** What the file of a test says. */
export type FakePackage = { component: string; version: string };
export const packageFor = (component: string, version: string): Buffer => Buffer.from(JSON.stringify({ component, version }));

type Job = {
  path: string;
  wanted: FakePackage;
  looks: number;
  state: 'working' | 'waiting' | 'done' | 'failed';
  onReset: boolean;
  applied?: true;
  says?: string;
};

export type FakeUpdates = {
  /** Component → version. */
  firmware: Record<string, string>;
  /** Components that say that they cannot be updated. */
  fixed: Set<string>;
  /** The next update ends so, after it had begun. */
  failWith?: string;
  /** The next file is written and never comes into force. */
  forgets?: boolean;
  /** It does not go on until this is off again. */
  stuck?: boolean;
  /** A part whose update has the controller start itself again: it answers nobody for a while, and knows of no task afterwards. */
  own: string;
  /** What it was given, in order: with which parameters, and how long the file was. */
  taken: { way: 'push' | 'pull'; parameters: Record<string, unknown>; oem?: unknown; bytes: number; name: string }[];
  /** Current is cut: what was worked at is lost, and nobody knows of it. */
  loseAll(): void;
  resources(): Record<string, object>;
  take(method: string, path: string, body: Record<string, unknown>): Reply | Promise<Reply> | undefined;
  started(): void;
  isSilent(): boolean;
};

const LOOKS = 3;

export function updatesOf(shape: Shape, path: (text: string) => string): FakeUpdates {
  const how = updateShapes[shape.vendor];
  const ref = (text: string): { '@odata.id': string } => ({ '@odata.id': path(text) });
  const inventory = '/redfish/v1/UpdateService/FirmwareInventory';
  const jobs: Job[] = [];
  let silentFor = 0;
  const isOpen = ({ state }: Job): boolean => state === 'working' || state === 'waiting';
  const placeOf = (name: string, index: number): string => `${inventory}/Installed-${index}${how?.versionInPath ? `-${updates.firmware[name]}` : ''}`;

  const apply = (job: Job): void => {
    job.state = 'done';
    job.applied = true;
    if (updates.forgets) return;
    updates.firmware[job.wanted.component] = job.wanted.version;
    if (job.wanted.component !== updates.own) return;
    jobs.splice(0);
    silentFor = 4;
  };
  // Each look at it takes it further, as time does elsewhere.
  const workAt = (job: Job): void => {
    if (job.state !== 'working' || updates.stuck || ++job.looks < LOOKS) return;
    if (updates.failWith) {
      job.state = 'failed';
      job.says = updates.failWith;
      delete updates.failWith;
      return;
    }
    const needsStart = job.wanted.component === 'BIOS';
    if (!needsStart) return apply(job);
    // Those that know no waiting are done with their part, and the machine takes it when it starts.
    job.state = job.onReset ? 'waiting' : 'done';
  };

  const begin = (text: string, parameters: Record<string, unknown>): Reply => {
    let wanted: FakePackage;
    try {
      wanted = JSON.parse(text) as FakePackage;
    } catch {
      return errorReply(400, 'Update.1.0.InvalidImage', 'The image is not valid.');
    }
    const job: Job = {
      path: `/redfish/v1/TaskService/${how!.tells === 'monitor' ? 'TaskMonitors' : 'Tasks'}/JID_${jobs.length + 1}`,
      wanted,
      looks: 0,
      state: 'working',
      onReset: parameters['@Redfish.OperationApplyTime'] === 'OnReset',
    };
    jobs.push(job);
    const answers: Record<UpdateShape['tells'], Reply> = {
      location: { status: 202, headers: { location: job.path }, body: {} },
      monitor: { status: 202, headers: { location: job.path, 'retry-after': '0' } },
      body: { status: 202, body: { ...ref(job.path), TaskState: 'New' } },
      service: { status: 200, body: {} },
    };
    return answers[how!.tells];
  };

  const takePush = (body: Record<string, unknown>): Reply => {
    const { push } = how!;
    const {
      UpdateParameters: parameters,
      OemParameters: oem,
      UpdateFile: file,
    } = body as {
      UpdateParameters: Record<string, unknown>;
      OemParameters?: unknown;
      UpdateFile: { name: string; bytes: Buffer };
    };
    const targets = parameters.Targets as string[];
    const known = Object.keys(updates.firmware).map((name, index) => path(placeOf(name, index)));
    if (push!.targets === 'none' ? targets.length : !targets.length || targets.some((target) => !known.includes(target)))
      return errorReply(400, 'Base.1.8.PropertyValueNotInList', `Targets ${targets.join()}`);
    const time = parameters['@Redfish.OperationApplyTime'];
    if (push!.applyTimes ? !push!.applyTimes.includes(String(time)) : time !== undefined)
      return errorReply(400, 'Base.1.8.PropertyUnknown', `OperationApplyTime ${String(time)}`);
    updates.taken.push({ way: 'push', parameters, ...(oem !== undefined && { oem }), bytes: file.bytes.length, name: file.name });
    return begin(file.bytes.toString(), parameters);
  };

  const takePull = async (parameters: Record<string, unknown>): Promise<Reply> => {
    const url = String(parameters.ImageURI);
    const answer = await fetch(url).catch(() => undefined);
    if (!answer?.ok) return errorReply(400, 'Update.1.0.TransferFailed', `The file cannot be fetched from ${url}.`);
    const text = await answer.text();
    updates.taken.push({ way: 'pull', parameters, bytes: text.length, name: new URL(url).pathname.split('/').at(-1)! });
    return begin(text, parameters);
  };

  const told = (job: Job): object => {
    const messages = job.says
      ? [{ Message: job.says, MessageId: 'Update.1.0.ApplyFailed' }]
      : [{ Message: 'The update goes on.', MessageId: 'Update.1.0.Applying' }];
    const base = { ...ref(job.path), PercentComplete: Math.min(100, job.looks * 30), TaskStatus: 'OK', Messages: messages };
    if (job.state === 'waiting') return { ...base, ...how!.waitsAs };
    return { ...base, TaskState: { working: 'Running', done: 'Completed', failed: 'Exception' }[job.state] };
  };

  const updates: FakeUpdates = {
    firmware: { BIOS: '2.19.1', 'Integrated Remote Access Controller': '7.10.30.00', 'Backplane 1': '4.35' },
    fixed: new Set(),
    own: 'Integrated Remote Access Controller',
    taken: [],
    loseAll: () => void jobs.splice(0),
    isSilent: () => silentFor > 0 && silentFor-- > 0,
    started() {
      for (const job of jobs) if (!job.applied && (job.state === 'waiting' || job.state === 'done')) apply(job);
    },
    take(method, at, body) {
      if (!how) return undefined;
      const job = jobs.find((one) => one.path === at);
      if (method === 'GET' && job) {
        workAt(job);
        if (how.tells !== 'monitor') return { status: 200, body: told(job) };
        if (isOpen(job)) return { status: 202, headers: { 'retry-after': '0' } };
        return job.state === 'failed' ? errorReply(400, 'Update.1.0.ApplyFailed', job.says!) : { status: 204 };
      }
      if (method === 'GET' && at === '/redfish/v1/UpdateService') for (const one of jobs) if (how.tells === 'service') workAt(one);
      if (method !== 'POST') return undefined;
      const isPush = how.push?.path === at;
      if (!isPush && at !== '/redfish/v1/UpdateService/Actions/UpdateService.SimpleUpdate') return undefined;
      if (jobs.some(isOpen)) return errorReply(503, 'Base.1.8.ServiceTemporarilyUnavailable', 'Another update goes on.');
      return isPush ? takePush(body) : takePull(body);
    },
    resources() {
      const names = Object.keys(updates.firmware);
      const places = names.map(placeOf);
      const open = jobs.filter(isOpen);
      const last = jobs.at(-1);
      const oem = {
        State: last === undefined ? 'Idle' : { working: 'Writing', waiting: 'Complete', done: 'Complete', failed: 'Error' }[last.state],
        ...(last && { FlashProgressPercent: Math.min(100, last.looks * 30), Result: { MessageId: last.says ?? 'Update.1.0.UpdateSuccess' } }),
      };
      const action = {
        target: path('/redfish/v1/UpdateService/Actions/UpdateService.SimpleUpdate'),
        ...(how?.pull?.protocols && { 'TransferProtocol@Redfish.AllowableValues': how.pull.protocols }),
        ...(how?.push?.applyTimes && { '@Redfish.OperationApplyTimeSupport': { SupportedValues: how.push.applyTimes } }),
      };
      const found: Record<string, object> = {
        '/redfish/v1/UpdateService': {
          ...ref('/redfish/v1/UpdateService'),
          ServiceEnabled: true,
          FirmwareInventory: ref(inventory),
          ...(how?.push && { MultipartHttpPushUri: how.push.path }),
          ...(how?.push?.applyTimes && { 'MultipartHttpPushUri@Redfish.OperationApplyTimeSupport': { SupportedValues: how.push.applyTimes } }),
          ...(how?.push?.mostBytes && { MaxImageSizeBytes: how.push.mostBytes }),
          ...(how?.tells === 'service' && { Oem: { Hpe: oem } }),
          Actions: how?.pull ? { '#UpdateService.SimpleUpdate': action } : {},
        },
        [inventory]: { Members: [...places, ...(shape.vendor.startsWith('Dell') ? [`${inventory}/Previous-0`] : [])].map(ref) },
        [`${inventory}/Previous-0`]: { ...ref(`${inventory}/Previous-0`), Id: 'Previous-0', Name: 'BIOS', Version: '2.15.0' },
        '/redfish/v1/TaskService': { ...ref('/redfish/v1/TaskService'), Tasks: ref('/redfish/v1/TaskService/Tasks') },
        '/redfish/v1/TaskService/Tasks': { Members: (how?.tells === 'monitor' || how?.tells === 'service' ? [] : open).map((job) => ref(job.path)) },
      };
      for (const job of jobs) found[job.path] = told(job);
      for (const [index, name] of names.entries())
        found[places[index]!] = {
          ...ref(places[index]!),
          Id: places[index]!.split('/').at(-1),
          Name: name,
          Version: updates.firmware[name],
          Updateable: !updates.fixed.has(name),
        };
      return found;
    },
  };
  return updates;
}
