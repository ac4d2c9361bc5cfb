// Talks to a Redfish service (DMTF DSP0266): one visit is one TLS connection and one session, ended with it. What vendors do
// differently in HTTP is dealt with here; what resources mean is redfish.ts'.

import http from 'node:http';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import tls from 'node:tls';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Problem, problem, ProblemError } from '../model/problem.ts';
import type { Namespace } from '../network/namespace.ts';
import { type Answer, silence } from './power.ts';
import { inTurn } from './turns.ts';

export type RedfishAccess = {
  address: string;
  /** 443 unless told. */
  port?: number;
  user: string;
  password: string;
  /** SHA-256 of the certificate that it must show; absent at first sight. */
  certificate?: string;
};

export type RedfishOptions = {
  namespace: Pick<Namespace, 'connect'>;
  signal?: AbortSignal /** How long the visit may last, where it is long. */;
  limitMs?: number;
};

/** A JSON object; `valueAt` and its kin look into it, for nothing in it can be relied on. */
export type Resource = Record<string, unknown>;

export type RedfishService = {
  /** The service root. */
  root: Resource;
  /** SHA-256 of the certificate that it showed. */
  certificate: string;
  get(path: string): Promise<Resource>;
  /** The members of a collection over all its pages, at most so many. */
  members(path: string, limit?: number): Promise<Resource[]>;
  /** What it answers; a task that this begins is waited for. */
  post(path: string, body: Resource): Promise<Resource>;
  /** A task that this begins is waited for. */
  remove(path: string): Promise<void>;
  /** With the entity tag of what was read, in the form that it takes. */
  patch(path: string, body: Resource): Promise<Resource>;
  /** Orders what takes long, and gives where to ask for it; it is not waited for. */
  begin(path: string, order: Resource | Upload): Promise<Begun>;
  /** Undefined where there is nothing any more; a status of 202 says that it goes on. */
  peek(path: string): Promise<{ status: number; body: Resource } | undefined>;
};

/** Bytes of known length, which may have to be sent anew. The path that they go to need not be one of Redfish. */
export type Upload = { type: string; bytes: number; open(): Readable };
export type Begun = { body: Resource /** Absent where the service made no task of it. */; task?: string };

const CONNECT_MS = 5000;
const REQUEST_MS = 30_000;
const VISIT_MS = 120_000;
const MOST_BYTES = 4 << 20;
const MOST_MEMBERS = 1000;
const MOST_PAGES = 40;
/** How often it may say that it is busy, and how long it may ask to wait each time. */
const PATIENCE = { times: 5, waitMs: 2000, mostMs: 30_000 };
/** After the last byte of a file a service may look at it for a while before it says anything. */
const UPLOAD_MS = 10 * 60_000;
/** A task may go on; the order was taken. */
const TASK_MS = 60_000;
const ROOT = '/redfish/v1/';

/** Does the work in a session of its own; what it throws as ProblemError, and what the network does, becomes the answer. */
export async function visit<T>(access: RedfishAccess, options: RedfishOptions, work: (service: RedfishService) => Promise<T>): Promise<Answer<T>> {
  return inTurn(access.address, async () => {
    const connection = openConnection(access, options);
    try {
      const service = await signIn(access, connection);
      try {
        return { ok: true, value: await work(service) };
      } finally {
        await service.signOut();
      }
    } catch (error) {
      if (options.signal?.aborted) throw options.signal.reason;
      if (error instanceof ProblemError) return { ok: false, problems: error.problems };
      if (error instanceof Unreachable) return silence(notAnswering(access, error.message));
      throw error;
    } finally {
      connection.close();
    }
  });
}

/** Nobody speaks TLS there, or the connection broke. */
class Unreachable extends Error {}

type Asked = { method: string; path: string; headers?: Record<string, string>; body?: Resource | undefined; upload?: Upload };
type Answered = { status: number; headers: http.IncomingHttpHeaders; body: Resource };
type Connection = { ask(request: Asked): Promise<Answered>; certificate(): string; close(): void };

function openConnection(access: RedfishAccess, { namespace, signal, limitMs = VISIT_MS }: RedfishOptions): Connection {
  const { address, port = 443 } = access;
  const over = AbortSignal.any([AbortSignal.timeout(limitMs), ...(signal ? [signal] : [])]);
  let shown = '';
  // One request at a time: controllers are small.
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  const connect = async (): Promise<tls.TLSSocket> => {
    const socket = await namespace.connect(address, port, { timeoutMs: CONNECT_MS, signal: over }).catch((error: NodeJS.ErrnoException) => {
      throw new Unreachable(error.code ?? error.message);
    });
    // Its certificate is its own; whether it is the one that was shown first is looked at before anything is said.
    const secured = tls.connect({ socket, rejectUnauthorized: false });
    await new Promise<void>((resolve, reject) => {
      const fail = (error: Error): void => reject(new Unreachable(error.message));
      secured
        .once('secureConnect', resolve)
        .once('error', fail)
        .once('close', () => fail(new Error('it hung up')));
      secured.setTimeout(CONNECT_MS, () => secured.destroy(new Error('it took too long to agree on encryption')));
    });
    secured.setTimeout(0);
    shown = createFingerprint(secured);
    if (access.certificate && shown !== access.certificate) {
      secured.destroy();
      throw new ProblemError(anotherCertificate(access));
    }
    return secured;
  };
  Object.assign(agent, {
    createConnection: (_options: unknown, callback: (error: Error | null, socket?: tls.TLSSocket) => void) => {
      connect().then(
        (socket) => callback(null, socket),
        (error: Error) => callback(error),
      );
    },
  });

  const askOnce = ({ method, path, headers = {}, body, upload }: Asked): Promise<Answered> =>
    new Promise((resolve, reject) => {
      const text = body && JSON.stringify(body);
      const fail = (error: Error): void => reject(error instanceof ProblemError || error instanceof Unreachable ? error : new Unreachable(error.message));
      const request = http.request({
        agent,
        method,
        path,
        signal: over,
        headers: {
          host: address,
          accept: 'application/json',
          'odata-version': '4.0',
          ...(text !== undefined && { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
          ...(upload && { 'content-type': upload.type, 'content-length': upload.bytes }),
          ...headers,
        },
      });
      request.setTimeout(upload ? UPLOAD_MS : REQUEST_MS, () => request.destroy(new Error('it took too long')));
      request.once('error', fail);
      let answered = false;
      request.once('response', (response) => {
        answered = true;
        const chunks: Buffer[] = [];
        let size = 0;
        response.on('data', (chunk: Buffer) => {
          size += chunk.length;
          if (size > MOST_BYTES) request.destroy(new Error(`it sent more than ${MOST_BYTES >> 20} MiB`));
          else chunks.push(chunk);
        });
        response.once('error', fail);
        response.once('end', () => resolve({ status: response.statusCode!, headers: response.headers, body: objectIn(Buffer.concat(chunks)) }));
      });
      if (!upload) return void request.end(text);
      // A service that has seen enough answers before the last byte, and that answer counts.
      pipeline(upload.open(), request).catch((error: Error) => (answered ? undefined : fail(error)));
    });

  return {
    certificate: () => shown,
    close: () => agent.destroy(),
    async ask(asked) {
      for (let tries = 1; ; tries++) {
        const answer = await askOnce(asked);
        if (tries > PATIENCE.times || !isBusy(answer)) return answer;
        await sleep(waitMs(answer.headers, PATIENCE.waitMs), undefined, { signal: over });
      }
    },
  };
}

const createFingerprint = (socket: tls.TLSSocket): string => socket.getPeerX509Certificate()?.fingerprint256.replaceAll(':', '').toLowerCase() ?? 'none';

// What two vendors say for "ask again in a moment" beside 503 (DSP0266 section 7.5): iDRAC while it applies the order before, iLO while
// the power changes. sushy, the Redfish library of OpenStack, waits at these as well.
const notReady = [/\.SYS518$/, /^iLO\..*\.InvalidOperationForSystemState$/];

function isBusy({ status, body }: Answered): boolean {
  if (status === 503 || status === 429) return true;
  return status >= 400 && messagesIn(body).some(({ id }) => notReady.some((pattern) => pattern.test(id)));
}

/** Seconds, or a date (RFC 9110 section 10.2.3). */
function waitMs(headers: http.IncomingHttpHeaders, otherwise: number): number {
  const said = headers['retry-after'];
  if (said === undefined) return otherwise;
  const ms = /^\d+$/.test(said) ? Number(said) * 1000 : Date.parse(said) - Date.now();
  return Number.isNaN(ms) ? otherwise : Math.min(Math.max(ms, 0), PATIENCE.mostMs);
}

/** A session where the service makes one, else the password with each request (DSP0266 section 13.3). */
async function signIn(access: RedfishAccess, connection: Connection): Promise<RedfishService & { signOut(): Promise<void> }> {
  const { user, password } = access;
  const found = await connection.ask({ method: 'GET', path: ROOT });
  const root = found.body;
  if (found.status !== 200 || textAt(root, 'RedfishVersion') === undefined) throw new Unreachable('there is no Redfish service');
  const sessions = linkAt(root, 'Links', 'Sessions') ?? `${ROOT}SessionService/Sessions`;
  let session: string | undefined;

  const begin = async (): Promise<Record<string, string>> => {
    const answer = await connection.ask({ method: 'POST', path: inside(sessions), body: { UserName: user, Password: password } });
    if (answer.status === 401) throw new ProblemError(notAccepted(access));
    const token = answer.headers['x-auth-token'];
    if (answer.status < 300 && typeof token === 'string') {
      session = answer.headers.location ?? textAt(answer.body, '@odata.id');
      return { 'x-auth-token': token };
    }
    // No sessions, or none free.
    return { authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` };
  };
  let known = await begin();

  const asUser = async (request: Asked): Promise<Answered> => {
    const ask = (): Promise<Answered> => connection.ask({ ...request, headers: { ...request.headers, ...known } });
    let answer = await ask();
    if (answer.status === 401 && 'x-auth-token' in known) {
      // The session may have ended on its own.
      known = await begin();
      answer = await ask();
    }
    if (answer.status === 401) throw new ProblemError(notAccepted(access));
    if (answer.status === 403) throw new ProblemError(notAllowed(access, answer.body));
    return answer;
  };

  const done = (request: Asked, answer: Answered): Resource => {
    if (answer.status >= 400) throw new ProblemError(refused(access, request, answer));
    return answer.body;
  };

  const read = async (path: string): Promise<Answered> => {
    let asked = { method: 'GET', path: inside(path) };
    for (let hops = 0; ; hops++) {
      const answer = await asUser(asked);
      const { location } = answer.headers;
      if (answer.status < 300 || answer.status >= 400 || !location || hops === 3) {
        done(asked, answer);
        return answer;
      }
      asked = { method: 'GET', path: inside(location) };
    }
  };
  const get = async (path: string): Promise<Resource> => (await read(path)).body;

  const takenTask = ({ status, headers, body }: Answered): string | undefined => {
    // The task itself tells more than its monitor, which some do away with when it was read once.
    const task = textAt(body, 'TaskState') === undefined ? undefined : textAt(body, '@odata.id');
    return task ?? (status === 202 ? (headers.location ?? textAt(body, '@odata.id')) : undefined);
  };

  /** What became of an order; a task is asked about until it has ended, or for a while. */
  const settled = async (request: Asked, answer: Answered): Promise<Resource> => {
    done(request, answer);
    const monitor = answer.status === 202 ? (answer.headers.location ?? textAt(answer.body, '@odata.id')) : undefined;
    const until = Date.now() + TASK_MS;
    for (let now = answer; monitor && Date.now() < until; ) {
      await sleep(waitMs(now.headers, 1000));
      now = await asUser({ method: 'GET', path: inside(monitor) });
      done(request, now);
      const state = textAt(now.body, 'TaskState');
      if (state && failedTasks.has(state)) throw new ProblemError(refused(access, request, now));
      // A monitor answers 202 while the task runs; a task tells its state.
      if (now.status !== 202 && !(state && runningTasks.has(state))) return now.body;
    }
    return answer.body;
  };

  return {
    root,
    certificate: connection.certificate(),
    get,
    async members(path, limit = MOST_MEMBERS) {
      const found: Resource[] = [];
      let next: string | undefined = path;
      for (let page = 0; next && page < MOST_PAGES && found.length < limit; page++) {
        const collection: Resource = await get(next);
        for (const member of listAt(collection, 'Members').slice(0, limit - found.length)) {
          // Some collections hold their members whole, most only links to them.
          const link = Object.keys(member).length === 1 ? textAt(member, '@odata.id') : undefined;
          found.push(link ? await get(link) : member);
        }
        next = textAt(collection, 'Members@odata.nextLink');
      }
      return found;
    },
    async post(path, body) {
      const request = { method: 'POST', path: inside(path), body };
      return settled(request, await asUser(request));
    },
    async remove(path) {
      const request = { method: 'DELETE', path: inside(path) };
      await settled(request, await asUser(request));
    },
    async patch(path, body) {
      const request = { method: 'PATCH', path: inside(path), body };
      const before = await read(path);
      let answer: Answered | undefined;
      for (const tag of tagsToTry(before)) {
        answer = await asUser({ ...request, headers: tag ? { 'if-match': tag } : {} });
        // 412: not this tag; 428: not without one (RFC 9110 section 15.5.13, RFC 6585 section 3).
        if (answer.status !== 412 && answer.status !== 428) break;
      }
      return settled(request, answer!);
    },
    async begin(path, order) {
      const isUpload = typeof order.open === 'function';
      const request: Asked = isUpload ? { method: 'POST', path: pathOf(path), upload: order as Upload } : { method: 'POST', path: inside(path), body: order };
      const answer = await asUser(request);
      const body = done(request, answer);
      const task = takenTask(answer);
      return { body, ...(task !== undefined && { task }) };
    },
    async peek(path) {
      const request = { method: 'GET', path: inside(path) };
      const { status, body } = await asUser(request);
      return status === 404 || status === 410 ? undefined : { status, body };
    },
    async signOut() {
      if (!session) return;
      // Whoever cannot be told loses the session by its own time limit.
      await connection.ask({ method: 'DELETE', path: inside(session), headers: known }).catch(() => {});
    },
  };
}

const failedTasks = new Set(['Exception', 'Killed', 'Cancelled']);
const runningTasks = new Set(['New', 'Starting', 'Running', 'Suspended', 'Pending', 'Stopping', 'Service', 'Cancelling']);

/**
 * Which entity tags to send, until one is taken: as it was given, which most want; a weak one made strong, since a weak one never matches
 * (RFC 9110 section 13.1.1) and some services give no other; none, for those that give tags they do not take back.
 */
function tagsToTry({ headers, body }: Answered): (string | undefined)[] {
  const given = headers.etag || textAt(body, '@odata.etag') || undefined;
  return [...new Set([given, given?.replace(/^W\//, ''), undefined])];
}

/** Only the path of a link counts: what a service says never leads to another machine. */
function pathOf(link: string): string {
  const { pathname, search } = new URL(link, 'https://bmc.invalid');
  return pathname + search;
}

function inside(link: string): string {
  const path = pathOf(link);
  if (!path.startsWith('/redfish/'))
    throw new ProblemError(problem(`The BMC gave a link that is not Redfish: ${link.slice(0, 100)}`, {}, 'Updating its firmware may help.'));
  return path;
}

function objectIn(bytes: Buffer): Resource {
  try {
    const read: unknown = JSON.parse(bytes.toString('utf8'));
    return isObject(read) ? read : {};
  } catch {
    return {};
  }
}

const isObject = (value: unknown): value is Resource => typeof value === 'object' && value !== null && !Array.isArray(value);

export function valueAt(resource: Resource, ...path: string[]): unknown {
  let value: unknown = resource;
  for (const step of path) value = isObject(value) ? value[step] : undefined;
  return value;
}

/** Text of some length, without white space around it. */
export function textAt(resource: Resource, ...path: string[]): string | undefined {
  const value = valueAt(resource, ...path);
  return typeof value === 'string' && value.trim() ? value.trim().slice(0, 2000) : undefined;
}

export function numberAt(resource: Resource, ...path: string[]): number | undefined {
  const value = valueAt(resource, ...path);
  return typeof value === 'number' ? value : undefined;
}

export const linkAt = (resource: Resource, ...path: string[]): string | undefined => textAt(resource, ...path, '@odata.id');

/** The objects of a list. */
export function listAt(resource: Resource, ...path: string[]): Resource[] {
  const value = valueAt(resource, ...path);
  return Array.isArray(value) ? value.filter(isObject) : [];
}

export function textsAt(resource: Resource, ...path: string[]): string[] | undefined {
  const value = valueAt(resource, ...path);
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : undefined;
}

/** What a service says was wrong (DSP0266 section 8.6). */
function messagesIn(body: Resource): { id: string; text: string }[] {
  const all = [...listAt(body, 'error', '@Message.ExtendedInfo'), ...listAt(body, '@Message.ExtendedInfo'), ...listAt(body, 'Messages')];
  return all.map((message) => ({ id: textAt(message, 'MessageId') ?? '', text: textAt(message, 'Message') ?? textAt(message, 'MessageId') ?? '' }));
}

const placeOf = ({ address, port = 443 }: RedfishAccess): string => (port === 443 ? address : `${address}:${port}`);

function wordsOf(body: Resource): string {
  const said = messagesIn(body)
    .map(({ text }) => text)
    .filter(Boolean);
  return said.join(' ') || (textAt(body, 'error', 'message') ?? 'it does not say why');
}

const notAnswering = (access: RedfishAccess, why: string): Problem =>
  problem(`The BMC ${placeOf(access)} does not answer by Redfish: ${why}.`, {}, 'Check its address, its cable and that Redfish is switched on in it.');

const notAccepted = (access: RedfishAccess): Problem =>
  problem(`The BMC ${placeOf(access)} does not accept the user "${access.user}" with this password.`, {}, 'Correct the BMC user and password of this machine.');

const notAllowed = (access: RedfishAccess, body: Resource): Problem =>
  problem(`The BMC ${placeOf(access)} does not allow this to the user "${access.user}": ${wordsOf(body)}`, {}, 'Make the user an administrator in the BMC.');

const anotherCertificate = (access: RedfishAccess): Problem =>
  problem(
    `The BMC ${placeOf(access)} shows another certificate than when it was first seen.`,
    {},
    'If its certificate or the BMC itself was replaced, have it looked for anew: prybar node bmc NAME --forget. Else somebody may stand between.',
  );

const refused = (access: RedfishAccess, { method, path }: Asked, { status, body }: Answered): Problem =>
  problem(
    `The BMC ${placeOf(access)} refused ${method} ${path} (${status}): ${wordsOf(body)}`,
    {},
    'Look at the message of the BMC; updating its firmware may help.',
  );
