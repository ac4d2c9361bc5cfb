// How a Redfish service takes new firmware (DMTF DSP0268, UpdateService; the order of steps after DSP2062), and what it tells of how far it is. What
// it is to be given, and what becomes of the machine meanwhile, is not known here.

import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { problem, ProblemError } from '../model/problem.ts';
import { membersWhole } from './redfish-readings.ts';
import { type Begun, linkAt, listAt, numberAt, type RedfishService, type Resource, textAt, textsAt, type Upload, valueAt } from './redfish-service.ts';

export type UpdateWays = {
  /** It takes files there. `applyTimes`: when they may be asked to come into force; empty where it is not to be told. */
  push?: { path: string; applyTimes: string[]; mostBytes?: number };
  /** It fetches them itself, by HTTP. */
  pull?: { target: string; applyTimes: string[] };
  /** What it is at now. */
  busy?: string;
};

export type Pushing = {
  name: string;
  bytes: number;
  open(): Readable;
  /** Of the resources that it is for; empty: the service finds out by itself. */
  targets: string[];
  oem?: Record<string, unknown>;
};

/** `waiting`: it goes on when the machine starts again. `gone`: it tells nothing of it any more. */
export type Standing = { state: 'running' | 'waiting' | 'done' | 'failed' | 'gone'; percent?: number; says: string };

/** Undefined where the service updates nothing. */
export async function updateWaysIn(service: RedfishService): Promise<UpdateWays | undefined> {
  const link = linkAt(service.root, 'UpdateService');
  if (!link) return undefined;
  const updates = await service.get(link);
  if (valueAt(updates, 'ServiceEnabled') === false) return undefined;
  const simple = valueAt(updates, 'Actions', '#UpdateService.SimpleUpdate');
  const action = typeof simple === 'object' && simple !== null ? (simple as Resource) : {};
  const target = textAt(action, 'target');
  const protocols = textsAt(action, 'TransferProtocol@Redfish.AllowableValues');
  const pushPath = textAt(updates, 'MultipartHttpPushUri');
  const mostBytes = numberAt(updates, 'MaxImageSizeBytes');
  const busy = await workIn(service, updates);
  return {
    ...(pushPath && {
      push: { path: pushPath, applyTimes: applyTimesIn(updates, 'MultipartHttpPushUri@Redfish.OperationApplyTimeSupport'), ...(mostBytes && { mostBytes }) },
    }),
    ...(target && (!protocols || protocols.includes('HTTP')) && { pull: { target, applyTimes: applyTimesIn(action, '@Redfish.OperationApplyTimeSupport') } }),
    ...(busy && { busy: busy.says }),
  };
}

const applyTimesIn = (resource: Resource, name: string): string[] => textsAt(resource, name, 'SupportedValues') ?? [];

/** With the next start of the machine, so that it is not torn down under its system; else at once, where the service wants to be told. */
function applyTime(applyTimes: readonly string[]): Resource {
  const time = ['OnReset', 'Immediate'].find((one) => applyTimes.includes(one));
  return time ? { '@Redfish.OperationApplyTime': time } : {};
}

export const waitsForStart = (applyTimes: readonly string[]): boolean => applyTimes.includes('OnReset');

/** Sends the file as multipart/form-data (DSP0266 section 12.6.2, RFC 7578). */
export function push(service: RedfishService, { path, applyTimes }: NonNullable<UpdateWays['push']>, file: Pushing): Promise<Begun> {
  return service.begin(path, multipart({ ...applyTime(applyTimes), Targets: file.targets }, file));
}

/** Has it fetch the file. */
export function pull(service: RedfishService, { target, applyTimes }: NonNullable<UpdateWays['pull']>, url: string): Promise<Begun> {
  return service.begin(target, { ImageURI: url, TransferProtocol: 'HTTP', ...applyTime(applyTimes) });
}

function multipart(parameters: Resource, { name, bytes, open, oem }: Pushing): Upload {
  const boundary = `prybar-${randomBytes(12).toString('hex')}`;
  const json = (part: string, value: unknown): string =>
    `--${boundary}\r\nContent-Disposition: form-data; name="${part}"\r\nContent-Type: application/json\r\n\r\n${JSON.stringify(value)}\r\n`;
  const fileName = name.replaceAll(/[^\w.+-]/g, '_');
  const before = Buffer.from(
    `${json('UpdateParameters', parameters)}${oem ? json('OemParameters', oem) : ''}--${boundary}\r\nContent-Disposition: form-data; name="UpdateFile"; filename="${fileName}"\r\nContent-Type: application/octet-stream\r\n\r\n`,
  );
  const after = Buffer.from(`\r\n--${boundary}--\r\n`);
  async function* all(): AsyncGenerator<Buffer> {
    yield before;
    for await (const chunk of open()) yield chunk as Buffer;
    yield after;
  }
  return {
    type: `multipart/form-data; boundary=${boundary}`,
    bytes: before.length + bytes + after.length,
    open: () => Readable.from(all(), { objectMode: false }),
  };
}

const MOST_TASKS = 100;

/** Tasks that have not ended, by path: an update that nobody knows of any more is among them. */
export async function openTasks(service: RedfishService): Promise<{ path: string; standing: Standing }[]> {
  const tasks = linkAt(service.root, 'Tasks') ?? linkAt(service.root, 'TaskService');
  const collection = tasks && linkAt(await service.get(tasks), 'Tasks');
  if (!collection) return [];
  const all = await membersWhole(service, collection, MOST_TASKS);
  return all
    .map((task) => ({ path: textAt(task, '@odata.id') ?? '', standing: standingOf(task) }))
    .filter(({ standing: { state } }) => state === 'running' || state === 'waiting');
}

/** Services that make no task of an update tell in the UpdateService what they are at. */
async function workIn(service: RedfishService, updates: Resource): Promise<Standing | undefined> {
  const own = ownStanding(updates);
  if (own?.state === 'running') return own;
  const [task] = await openTasks(service);
  return task?.standing;
}

const AT_WORK = /^(updating|uploading|downloading|verifying|writing|flashing|staging)$/i;

/** As the standard says (Status.State), and as iLO does. */
function ownStanding(updates: Resource): Standing | undefined {
  const told = textAt(updates, 'Oem', 'Hpe', 'State') ?? textAt(updates, 'Status', 'State');
  if (told === undefined) return undefined;
  const percent = numberAt(updates, 'Oem', 'Hpe', 'FlashProgressPercent');
  if (AT_WORK.test(told)) return { state: 'running', says: told, ...(percent !== undefined && { percent }) };
  const message = textAt(updates, 'Oem', 'Hpe', 'Result', 'MessageId');
  return { state: /^error$/i.test(told) ? 'failed' : 'done', says: message ?? told };
}

/** How far it is. Without a task, what the service says of itself. */
export async function standingAt(service: RedfishService, task: string | undefined): Promise<Standing> {
  if (task !== undefined) {
    const found = await service.peek(task);
    if (!found) return { state: 'gone', says: 'its task is gone' };
    if (textAt(found.body, 'TaskState') !== undefined) return standingOf(found.body);
    // A monitor: 202 while it goes on, then the answer to the order itself (DSP0266 section 12.2).
    if (found.status === 202) return { state: 'running', says: 'its task goes on' };
    return { state: found.status < 400 ? 'done' : 'failed', says: wordsIn(found.body) || `it answers ${found.status}` };
  }
  const link = linkAt(service.root, 'UpdateService');
  return (link && ownStanding(await service.get(link))) || { state: 'gone', says: 'it tells nothing of it' };
}

const ended: Record<string, Standing['state']> = { Completed: 'done', Exception: 'failed', Killed: 'failed', Cancelled: 'failed', Interrupted: 'failed' };
// The last is said where somebody is to restart what the message names (DSP2062 section 6.4).
const waits = new Set(['Pending', 'Suspended', 'UserIntervention']);
// iDRAC calls a job Starting that is scheduled for the next start of the machine, and says so by this message.
const scheduled = /\.JCP001$/;

export function standingOf(task: Resource): Standing {
  const told = textAt(task, 'TaskState') ?? '';
  const percent = numberAt(task, 'PercentComplete');
  const status = textAt(task, 'TaskStatus') ?? 'OK';
  const says = wordsIn(task) || told;
  // Some end what has failed as completed, and say so beside it.
  const isScheduled = told === 'Starting' && listAt(task, 'Messages').some((message) => scheduled.test(textAt(message, 'MessageId') ?? ''));
  const open = waits.has(told) || isScheduled ? 'waiting' : 'running';
  const state = ended[told] === 'done' && /^critical$/i.test(status) ? 'failed' : (ended[told] ?? open);
  return { state, says, ...(percent !== undefined && { percent }) };
}

function wordsIn(resource: Resource): string {
  const messages = [...listAt(resource, 'Messages'), ...listAt(resource, 'error', '@Message.ExtendedInfo')];
  return messages
    .map((message) => textAt(message, 'Message') ?? textAt(message, 'MessageId') ?? '')
    .filter(Boolean)
    .slice(-3)
    .join(' ');
}

/** The way that is asked for, or the first that it has: a file that is pushed needs no way from the controller to the admin node. */
export function wayFor(ways: UpdateWays, way: 'auto' | 'push' | 'pull', bytes: number): 'push' | 'pull' {
  const refuse = (summary: string, next: string): never => {
    throw new ProblemError(problem(summary, {}, next));
  };
  const most = ways.push?.mostBytes;
  if (ways.push && most !== undefined && bytes > most && way !== 'pull')
    refuse(`The controller takes files of ${most} bytes at most, and this one has ${bytes}.`, 'Check that it is the file for this component.');
  if (way !== 'pull' && ways.push) return 'push';
  if (way !== 'push' && ways.pull) return 'pull';
  const offered = [ways.push && 'push', ways.pull && 'pull'].filter(Boolean).join(' and ');
  return refuse(
    offered ? `The controller offers ${offered} only.` : 'The controller takes no files over Redfish, neither sent to it nor fetched by HTTP.',
    offered ? 'Change `way`.' : 'Update it with the tools of its vendor; updating the controller itself may help.',
  );
}
