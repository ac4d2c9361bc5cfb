// What machines without an operating system talk to, on the rack's network: boot scripts, the discovery image, the intake of what
// they found out about themselves, heartbeats, the package pool, and what barclamps download. Everything that arrives here is untrusted.

import { randomBytes } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import path from 'node:path';
import express, { type NextFunction, type Request, type Response } from 'express';
import { rateLimit } from 'express-rate-limit';
import send from 'send';
import type { Architecture } from '../model/architecture.ts';
import { type Checked, placeOf, problem, type Problem, ProblemError } from '../model/problem.ts';
import type { Sighting } from '../model/progress.ts';
import { openRefusals } from '../store/refusals.ts';
import type { Store } from '../store/store.ts';
import { type BootMenu, entriesFor, passwordFits, programFiles } from './boot-menu.ts';
import { type BootDecision, bootScript, decideBoot, type RenderScript } from './boot-script.ts';
import type { Captures } from './capture-route.ts';
import { type Contact, HEARTBEAT_SECONDS } from './contact.ts';
import { imageRoute } from './image-route.ts';
import { backOnDisk, takeInstalled } from './installed.ts';
import { takeInventory } from './intake.ts';
import type { Multicast } from './multicast.ts';
import { multicastRoute } from './multicast-route.ts';
import { type Admission, IMAGES_AT_ONCE, openAdmission } from './streams.ts';

/** Absolute paths. */
export type DiscoveryImage = { digest: string; kernel: string; initrd: string };

export type BootOptions = {
  store: Store;
  contact: Contact;
  /** `http://192.168.124.1:8080`, as machines reach it. */
  url: string;
  /** Absent while it is still being built: machines are told to wait and ask again. */
  discoveryImage(architecture: Architecture): DiscoveryImage | undefined;
  /** Folder of the package pool, absent while there is none. */
  poolFolder(): string | undefined;
  /** Path of a file that barclamps download, by its SHA-256. */
  download(sha256: string): string | undefined;
  /** What people may choose at a machine's console, and the folder of the files for it. */
  menu: { read(): BootMenu | undefined; folder: string };
  /** Takes in what images are made of; absent where none are. */
  captures?: Pick<Captures, 'route'>;
  /** Who may take an image now, where others than this server ask it too. */
  admission?: Admission;
  /** Sends an image once to many; absent where every machine fetches it alone. */
  multicast?: Pick<Multicast, 'join' | 'look'>;
  /** Added to the discovery image's kernel command line. */
  kernelParameters?: string;
  /** The admin's public SSH key, one line. */
  publicKey: string;
  render: RenderScript;
  now(): number;
  log(problem: Problem): void;
};

const TOKEN_MS = 15 * 60_000;
const INVENTORY_BYTES = 1_000_000;
const SMALL_BYTES = 4096;
/** Of what is asked for and is not there nothing is kept: it is mostly a file that is optional. */
const TURNED_AWAY = [400, 401, 403, 409, 411, 413, 422, 429];
const MAC = /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/;

/** The server, not yet listening: where it listens is the network namespace's business. */
export function bootServer(options: BootOptions): Server {
  const app = express();
  app.disable('x-powered-by');
  const refusals = openRefusals({ store: options.store, door: 'boot', now: options.now, log: options.log });
  const limited = (perMinute: number) =>
    rateLimit({
      windowMs: 60_000,
      limit: perMinute,
      standardHeaders: true,
      legacyHeaders: false,
      validate: false,
      keyGenerator: (request) => addressOf(request),
      handler: (_request, _response, next) => next(tooOften()),
    });

  // A machine that boots asks a handful of times; one that asks hundreds of times is broken or hostile.
  app.get('/boot/ipxe', limited(60), async (request, response) => {
    const mac = macFrom(request);
    if (!mac) throw noMac();
    response.type('text/plain').send(await scriptFor(options, mac, request));
  });

  // Few, because a password may be guessed here.
  app.get('/boot/menu', limited(10), async (request, response) => {
    const mac = macFrom(request);
    if (!mac) throw noMac();
    response.type('text/plain').send(await menuFor(options, mac, request));
  });

  app.get('/boot/files/*file', (request, response) => sendFile(request, response, options.menu.folder, request.params.file.join('/')));

  // For those that no boot script could give one: their loader reads files.
  app.get('/boot/token', limited(20), async (request, response) => {
    const mac = macFrom(request);
    if (!mac) throw noMac();
    const decision = await decide(options, mac, request);
    if (decision.target !== 'discovery')
      throw new ProblemError(
        problem(`This machine is not to be discovered: ${decision.reason}.`, undefined, 'It starts what it should when it is started again.'),
        409,
      );
    response.json({ token: await issueDiscoveryToken(options, mac) });
  });

  // Firmware that boots over HTTP fetches its loader here.
  app.get('/boot/loader/:file', limited(60), (request: Request<{ file: string }>, response) => {
    const file = Object.hasOwn(programFiles, request.params.file) ? programFiles[request.params.file] : undefined;
    if (!file) throw new ProblemError(problem('There is no such loader.', undefined, `There are: ${Object.keys(programFiles).join(', ')}.`), 404);
    sendFile(request, response, path.dirname(file), path.basename(file));
  });

  app.get('/boot/discovery/:digest/:file', async (request, response) => {
    const image = options.discoveryImage('amd64');
    const { digest, file } = request.params;
    if (!image || digest !== image.digest || (file !== 'kernel' && file !== 'initrd'))
      throw new ProblemError(problem('There is no such file to boot.', undefined, 'Ask /boot/ipxe anew.'), 404);
    const mac = macFrom(request);
    if (mac) await sight(options, mac, { stage: file, address: addressOf(request) });
    sendFile(request, response, path.dirname(image[file]), path.basename(image[file]));
  });

  app.post('/boot/inventory', limited(20), ...json(INVENTORY_BYTES), async (request, response) => {
    const taken = await takeInventory(options.store, {
      token: bearerOf(request),
      body: request.body as unknown,
      address: addressOf(request),
      now: options.now(),
    });
    if (!taken.ok) throw new ProblemError(taken.problems, taken.status);
    refusals.forget(addressOf(request));
    await options.contact.heard(taken.value.nodeId);
    await sight(options, taken.value.mac, { stage: 'inventory', address: addressOf(request), nodeId: taken.value.nodeId });
    response.json({ node: taken.value.nodeId, heartbeat: taken.value.heartbeat, hostname: taken.value.hostname, interval: HEARTBEAT_SECONDS });
  });

  app.post('/boot/installed', limited(20), ...json(SMALL_BYTES), async (request, response) => {
    const taken = await takeInstalled(options.store, bearerOf(request), options.now());
    if (!taken.ok) throw new ProblemError(taken.problems, taken.status);
    const { nodeId, heartbeat } = taken.value;
    await options.contact.heard(nodeId);
    response.json({ node: nodeId, heartbeat, interval: HEARTBEAT_SECONDS });
  });

  app.post('/boot/heartbeat', limited(60), ...json(SMALL_BYTES), async (request, response) => {
    const { store, now } = options;
    const installed = await store.tokenSubject(bearerOf(request), 'installed', now());
    const nodeId = installed ?? (await store.tokenSubject(bearerOf(request), 'heartbeat', now()));
    const node = nodeId && (await store.get('node', nodeId));
    if (node && installed) await backOnDisk(store, node, now());
    if (!node)
      throw new ProblemError(problem('This heartbeat belongs to no known machine.', undefined, 'Restart the machine so that it is discovered again.'), 401);
    await options.contact.heard(node.id);
    response.json({ hostname: node.approved ? node.name : null, interval: HEARTBEAT_SECONDS });
  });

  const { store, multicast, now, admission = openAdmission({ atOnce: IMAGES_AT_ONCE, now }) } = options;
  app.get('/boot/images/:digest', imageRoute({ store, admission, addressOf }));
  if (multicast) app.post('/boot/multicast/:digest', limited(60), ...json(SMALL_BYTES), multicastRoute({ store, multicast, now, addressOf, bearerOf }));

  if (options.captures) app.post('/boot/captures/parts/:number', ...options.captures.route);

  app.get('/boot/installers/:digest/*file', async (request, response) => {
    const { digest, file } = request.params;
    const { installers = {} } = (await options.store.get('site', 'admin')) ?? {};
    const installer = Object.values(installers).find((one) => one.digest === digest);
    if (!installer) throw new ProblemError(problem('There is no such installer.', undefined, 'Commit the proposal that asks for it anew.'), 404);
    sendFile(request, response, installer.folder, file.join('/'));
  });

  app.get('/pool/*file', (request, response) => {
    const folder = options.poolFolder();
    if (!folder) throw new ProblemError(problem('The package pool is not built yet.', undefined, 'Try again in a minute.'), 503);
    sendFile(request, response, folder, request.params.file.join('/'));
  });

  // With any name behind it: board controllers look at how it ends.
  app.get(['/downloads/:sha256', '/downloads/:sha256/:name'], (request: Request<{ sha256: string }>, response) => {
    const file = options.download(request.params.sha256);
    // Not 503: a machine then tries the other addresses at once.
    if (!file)
      throw new ProblemError(problem('There is no such download.', undefined, 'It is named in a barclamp under bundle.downloads, or not there yet.'), 404);
    sendFile(request, response, path.dirname(file), path.basename(file));
  });

  app.use(() => {
    throw new ProblemError(problem('There is nothing here for a machine.'), 404);
  });
  app.use((error: Error & { status?: number; type?: string }, request: Request, response: Response, _next: NextFunction) => {
    const [status, problems] = problemsOf(error);
    if (TURNED_AWAY.includes(status)) refusals.note(addressOf(request), `${request.method} ${request.path.slice(0, 100)}`, problems[0]!);
    if (status >= 500) options.log(problem(`A boot request failed: ${error.message}`, undefined, error.stack));
    if (response.headersSent) return void response.destroy();
    response
      .status(status)
      .type('application/problem+json')
      .send(JSON.stringify({ type: 'about:blank', title: problems[0]!.summary, status, problems }));
  });
  const server = createServer(app);
  // A machine may be slow, but not for ever: half-sent requests must not pile up.
  server.requestTimeout = 60_000;
  return server;
}

// The parser would read a body that is too large to its end before it says so; the announced length is enough to refuse it.
function json(limit: number): express.RequestHandler[] {
  const announced: express.RequestHandler = (request, response, next) => {
    const length = Number(request.headers['content-length']);
    if (length <= limit) return next();
    response.setHeader('connection', 'close');
    if (Number.isNaN(length)) throw new ProblemError(problem('The request does not say how long it is.', undefined, 'Send a Content-Length.'), 411);
    throw new ProblemError(
      problem(
        `The report is ${length} bytes long; at most ${limit} are taken.`,
        undefined,
        'Nothing of it was kept; a machine that is in order sends a few kilobytes.',
      ),
      413,
    );
  };
  return [announced, express.json({ limit })];
}

function problemsOf(error: Error & { status?: number; type?: string }): [number, Problem[]] {
  if (error instanceof ProblemError) return [error.status, error.problems];
  if (error.type === 'entity.parse.failed') return [400, [problem(`The body is not valid JSON: ${error.message}.`, undefined, 'Send one JSON document.')]];
  const status = error.status && error.status < 500 ? error.status : 500;
  return [status, [problem(status < 500 ? error.message : 'The admin node failed to answer.', undefined, status < 500 ? undefined : 'Its log says why.')]];
}

const tooOften = (): ProblemError =>
  new ProblemError(
    problem(
      'It asks too often.',
      undefined,
      'One that boots asks a handful of times: it starts again and again, or is no machine that boots. Look at its console.',
    ),
    429,
  );

const noMac = (): ProblemError => new ProblemError(problem('The request names no MAC address.', { pointer: '/mac' }, 'Ask with ?mac=52:54:00:…'), 400);

async function decide(options: BootOptions, mac: string, request: Request): Promise<BootDecision> {
  const { store } = options;
  const nodeId = await store.ownerOf('mac', mac);
  const [node, order] = nodeId ? await Promise.all([store.get('node', nodeId), store.get('bootOrder', nodeId)]) : [];
  const serial = textFrom(request.query.serial);
  await sight(options, mac, { stage: 'ipxe', address: addressOf(request), ...(nodeId && { nodeId }), ...(serial && { serial }) });
  return decideBoot({ ...(node && { node }), ...(order && { order }) });
}

async function issueDiscoveryToken({ store, now }: BootOptions, mac: string): Promise<string> {
  const token = randomBytes(24).toString('base64url');
  await store.issueToken(token, 'discovery', mac, now() + TOKEN_MS);
  return token;
}

/** What the discovery system's kernel is told. A machine whose kernel gives up starts again and asks anew, instead of standing there. */
export function discoveryParameters(
  { kernelParameters, url, publicKey }: Pick<BootOptions, 'kernelParameters' | 'url' | 'publicKey'>,
  architecture: Architecture = 'amd64',
): string {
  return [
    'console=tty0',
    architecture === 'arm64' ? 'console=ttyAMA0,115200' : 'console=ttyS0,115200',
    'quiet',
    'panic=15',
    ...(kernelParameters ? [kernelParameters] : []),
    `prybar.url=${url}`,
    `prybar.key=${Buffer.from(publicKey).toString('base64url')}`,
  ].join(' ');
}

async function scriptFor(options: BootOptions, mac: string, request: Request): Promise<string> {
  const chosen = textFrom(request.query.order);
  const byPerson = chosen !== undefined && (await options.store.redeemToken(chosen, 'menu', options.now())) === mac;
  const decision = byPerson ? { target: 'discovery', reason: 'somebody chose so at its console' } : await decide(options, mac, request);
  // iPXE is loaded by machines of this architecture only.
  const image = options.discoveryImage('amd64');
  if (decision.target === 'discovery' && !image)
    return orThrow(bootScript('wait', 'ipxe', { reason: 'the discovery image is being built', url: options.url, mac }, options.render));
  const offered = request.query.menu === 'no' ? 0 : (options.menu.read()?.seconds ?? 0);
  const token = decision.target === 'discovery' ? ` prybar.token=${await issueDiscoveryToken(options, mac)}` : '';
  const parameters = `${discoveryParameters(options)}${token}`;
  return orThrow(
    bootScript(decision.target, 'ipxe', { ...decision, mac, url: options.url, digest: image?.digest ?? '', parameters, menuSeconds: offered }, options.render),
  );
}

async function menuFor(options: BootOptions, mac: string, request: Request): Promise<string> {
  const { store, url, now } = options;
  const menu = options.menu.read();
  const decision = await decide(options, mac, request);
  const variables = { mac, url, reason: decision.reason };
  if (!menu?.seconds) return orThrow(bootScript('menu', 'ipxe', { ...variables, entries: [] }, options.render));
  const given = textFrom(request.query.password);
  if (menu.password && !passwordFits(menu, given ?? '')) {
    const reason = given === undefined ? 'The boot menu has a password.' : 'That is not the password of the boot menu.';
    return orThrow(bootScript('password', 'ipxe', { ...variables, reason }, options.render));
  }
  // Who starts discovery speaks for the machine. Where Prybar has not decided so itself, only somebody who knows the password may.
  const order = menu.password || decision.target === 'discovery' ? randomBytes(24).toString('base64url') : '';
  if (order) await store.issueToken(order, 'menu', mac, now() + TOKEN_MS);
  const entries = entriesFor(menu, (file) => addressOfFile(file, `${url}/boot/files/`, `${url}/boot/loader/`));
  return orThrow(bootScript('menu', 'ipxe', { ...variables, order, entries }, options.render));
}

/** Of an entry of the menu: an address stays, a name is looked for in the folder. */
function addressOfFile(file: string, files: string, loaders: string): string {
  if (/^https?:/.test(file)) return file;
  return file.startsWith('loader:') ? `${loaders}${file.slice('loader:'.length)}` : `${files}${file}`;
}

function orThrow(checked: Checked<string>): string {
  if (checked.ok) return checked.value;
  throw new Error(checked.problems.map((p) => `${p.summary} ${placeOf(p.where)}`).join('; '));
}

async function sight(options: BootOptions, mac: string, seen: Omit<Sighting, 'mac' | 'at'>): Promise<void> {
  const before = await options.store.get('sighting', mac);
  const { revision: _, ...rest } = before ?? { revision: 0 };
  await options.store.put('sighting', mac, { ...rest, ...seen, mac, at: options.now() }, 'any');
}

function macFrom(request: Request): string | undefined {
  const mac = textFrom(request.query.mac)?.toLowerCase().replaceAll('-', ':');
  return mac && MAC.test(mac) ? mac : undefined;
}

const textFrom = (value: unknown): string | undefined => (typeof value === 'string' && value.length > 0 && value.length <= 100 ? value : undefined);

const bearerOf = (request: Request): string => /^Bearer ([A-Za-z0-9_.-]{1,200})$/.exec(request.headers.authorization ?? '')?.[1] ?? '';

const addressOf = (request: Request): string => (request.socket.remoteAddress ?? '').replace(/^::ffff:/, '');

function sendFile(request: Request, response: Response, root: string, file: string): void {
  send(request, file, { root, dotfiles: 'deny', index: false, cacheControl: false })
    .on('error', (error: Error & { status?: number }) => {
      const status = error.status ?? 500;
      response
        .status(status)
        .type('application/problem+json')
        .send(JSON.stringify({ type: 'about:blank', title: `There is no ${file} here.`, status, problems: [problem(`There is no ${file} here.`)] }));
    })
    .pipe(response);
}
