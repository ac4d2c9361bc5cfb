// The API over HTTP: every route of the contract, checked on the way in, Problems on the way out; the live feed; the web page's files.

import { createServer, type Server } from 'node:http';
import { createServer as createSecureServer, type Server as SecureServer } from 'node:https';
import { isIP } from 'node:net';
import { existsSync } from 'node:fs';
import path from 'node:path';
import compression from 'compression';
import express, { type NextFunction, type Request, type Response } from 'express';
import helmet from 'helmet';
import { openAttempts } from '../access/attempts.ts';
import { refusal } from '../access/permissions.ts';
import { type Principal, sameRights } from '../model/principal.ts';
import { problem, type Problem, ProblemError } from '../model/problem.ts';
import { answering, type Served } from './answer.ts';
import { approvalRules } from './approval-rules.ts';
import { audit } from './audit.ts';
import { backups } from './backups.ts';
import { barclamps } from './barclamps.ts';
import { type Context, nodeCalled } from './context.ts';
import { FileAnswer } from './file-answer.ts';
import { type RouteName, routes } from './contract.ts';
import { baseline } from './baseline.ts';
import { bmc } from './bmc.ts';
import { consoles } from './consoles.ts';
import { burnIn } from './burn-in.ts';
import { home } from './home.ts';
import { images } from './images.ts';
import { firmware } from './firmware.ts';
import { installations } from './installation.ts';
import { type LiveOptions, serveLive } from './live.ts';
import { machineHistory } from './machine-history.ts';
import { measuredBoots } from './measured-boot.ts';
import { networks } from './networks.ts';
import { nodes } from './nodes.ts';
import { replacements } from './replacement.ts';
import { retirements } from './retirement.ts';
import { clones } from './clones.ts';
import { orders } from './orders.ts';
import { openIdRoutes, openIdSettings } from './open-id.ts';
import { openApi } from './openapi.ts';
import { plan } from './plan.ts';
import { rack } from './rack.ts';
import { proposals } from './proposals.ts';
import { runs } from './runs.ts';
import { secrets } from './secrets.ts';
import { notSignedIn, signInRoutes } from './sign-in.ts';
import { strangersLimited } from './strangers.ts';
import { site } from './site.ts';
import { contextFor, everything } from './sight.ts';
import { tenants } from './tenants.ts';
import { tokens } from './tokens.ts';
import { users } from './users.ts';
import { refusals } from './refusals.ts';
import { verifications } from './verifications.ts';
import { watch } from './watch.ts';
import { isSecure, whoAsks } from './who-asks.ts';
import { webhooks } from './webhooks.ts';

export type ApiOptions = Omit<Context, 'sight' | 'site' | 'attempts'> & {
  /** Built files of the web page; absent where they are not built. */
  uiFolder?: string;
  log(problem: Problem): void;
};

const KEEP_ALIVE_MS = 65_000;

const handlers: Served = {
  ...nodes,
  ...baseline,
  ...rack,
  ...networks,
  ...verifications,
  ...refusals,
  ...approvalRules,
  ...bmc,
  ...burnIn,
  ...firmware,
  ...installations,
  ...retirements,
  ...machineHistory,
  ...measuredBoots,
  ...replacements,
  ...proposals,
  ...plan,
  ...runs,
  ...watch,
  ...barclamps,
  ...images,
  ...secrets,
  ...site,
  ...users,
  ...tokens,
  ...audit,
  ...tenants,
  ...openIdSettings,
  ...home,
  ...webhooks,
  ...orders,
  ...clones,
  ...backups,
};

const BODY_LIMIT = '2mb';

/** The page and the API; `secure` for the same over HTTPS. */
export function apiServer(options: ApiOptions, tls?: { key: string; cert: string }): { server: Server; secure?: SecureServer; close(): Promise<void> } {
  const context: Context = { ...options, site: options.store, sight: everything, attempts: openAttempts() };
  const app = express();
  app.disable('x-powered-by');
  app.set('query parser', 'simple');
  app.use(helmet({ contentSecurityPolicy: { useDefaults: false, directives: contentPolicy }, strictTransportSecurity: false }));
  app.use(strictTransport);
  // What a browser needs before it can trust the page; it is no secret.
  app.get('/ca.pem', async (_request, response) => void response.type('application/x-pem-file').send((await options.authority()).pem));
  app.use(compression());

  const api = express.Router();
  api.use(async (request, response, next) => {
    response.locals.principal = await whoAsks(options, request);
    next();
  });
  api.use(strangersLimited());
  api.get('/openapi.json', (_request, response) => void response.json(openApi(options.version)));
  signInRoutes(api, context);
  openIdRoutes(api, context, options.log);
  api.use((_request, response, next) => {
    if (!response.locals.principal) throw notSignedIn();
    next();
  });
  // What strangers send is not read.
  const ordinary = express.json({ limit: BODY_LIMIT, strict: true });
  api.use((request, response, next) => (limitOf(request) ? next() : ordinary(request, response, next)));
  const { mayUse, answer } = answering(context, handlers);
  for (const name of Object.keys(handlers) as (keyof Served)[]) {
    const [method, template] = name.split(' ') as [string, string];
    const { limit } = routes[name] as { limit?: string };
    const verb = method.toLowerCase() as 'get' | 'post';
    api[verb](template, async (request, response, next) => {
      await mayUse(name, response.locals.principal as Principal, request);
      next();
    });
    // Only who may use it may send much.
    if (limit) api[verb](template, express.json({ limit, strict: true }));
    api[verb](template, async (request, response) => {
      const answered = await answer(name, response.locals.principal as Principal, request);
      if (answered instanceof FileAnswer) response.download(answered.file, answered.name);
      else response.json(answered);
    });
  }
  api.use(() => {
    throw new ProblemError(problem('The API has no such route.', undefined, 'See /api/v1/openapi.json.'), 404);
  });
  app.use('/api/v1', (_request, response, next) => {
    response.setHeader('Cache-Control', 'no-store');
    next();
  });
  app.use('/api/v1', api);

  if (options.uiFolder && existsSync(options.uiFolder)) servePage(app, options.uiFolder);
  app.use((error: Error & { status?: number; type?: string; body?: string }, _request: Request, response: Response, _next: NextFunction) => {
    const [status, problems] = problemsOf(error);
    if (status >= 500) options.log(problem(`A request failed: ${error.message}`, undefined, error.stack));
    if (response.headersSent) return void response.destroy();
    response
      .status(status)
      .type('application/problem+json')
      .send(JSON.stringify({ type: 'about:blank', title: problems[0]!.summary, status, problems }));
  });

  const openConsole = consoles();
  const listening: LiveOptions = {
    async visitor(request) {
      const principal = await whoAsks(options, request);
      if (!principal) return undefined;
      const own = contextFor(context, principal);
      const may = (route: RouteName): boolean => refusal(principal, route, routes[route]) === undefined;
      return {
        ...(principal.tenant !== undefined && { tenant: principal.tenant }),
        hears: may('GET /events'),
        follows: may('GET /runs/:id/log'),
        store: own.store,
        stays: async () => sameRights(principal, await whoAsks(options, request, true)),
        sees: (name) =>
          nodeCalled(own.store, name).then(
            () => true,
            () => false,
          ),
        console: (name) => openConsole(own, principal, name),
      };
    },
  };
  const server = createServer(app);
  const secure = tls && createSecureServer(tls, app);
  const lives = [server, secure].flatMap((each) => {
    if (!each) return [];
    // Clients that were busy for a while use their connection again; one that is closed at that moment looks like a broken admin node.
    each.keepAliveTimeout = KEEP_ALIVE_MS;
    return serveLive(each, options.store, listening);
  });
  return { server, ...(secure && { secure }), close: async () => void (await Promise.all(lives.map((live) => live.close()))) };
}

/**
 * RFC 6797. Browsers heed it only from a certificate that they trust, and never for addresses. Not for localhost, where the page is served
 * without TLS as well and the port makes no difference.
 */
function strictTransport(request: Request, response: Response, next: NextFunction): void {
  const host = URL.parse(`https://${request.headers.host}`)?.hostname ?? '';
  if (isSecure(request) && host !== 'localhost' && !isIP(host.replace(/^\[|\]$/g, ''))) response.setHeader('Strict-Transport-Security', 'max-age=15552000');
  next();
}

/** The limit of a route that takes more than the others. */
const limitOf = ({ method, path }: Request): string | undefined => (routes[`${method} ${path}` as RouteName] as { limit?: string } | undefined)?.limit;

const contentPolicy = {
  'default-src': ["'self'"],
  'img-src': ["'self'", 'data:'],
  'object-src': ["'none'"],
  'frame-ancestors': ["'none'"],
  'base-uri': ["'none'"],
  'form-action': ["'self'"],
};

function servePage(app: express.Express, folder: string): void {
  // Built names carry a digest, so they may be kept for ever; the page itself is asked for anew each time.
  app.use('/assets', express.static(path.join(folder, 'assets'), { immutable: true, maxAge: '365d', index: false }));
  app.use(express.static(folder, { index: false, maxAge: 0 }));
  app.get('/*page', (request, response, next) => {
    if (request.path.startsWith('/api/') || path.extname(request.path)) return next();
    response.sendFile(path.join(folder, 'index.html'));
  });
  app.get('/', (_request, response) => response.sendFile(path.join(folder, 'index.html')));
}

function problemsOf(error: Error & { status?: number; type?: string; body?: string; limit?: number }): [number, Problem[]] {
  if (error instanceof ProblemError) return [error.status, error.problems];
  if (error.type === 'entity.too.large')
    return [413, [problem(`The request is larger than ${sizeText(error.limit ?? 0)}.`, undefined, 'Nothing of it was kept. Send less.')]];
  if (error.type === 'entity.parse.failed') return [400, [notJson(error)]];
  if (error.status && error.status < 500) return [error.status, [problem(error.message)]];
  return [500, [problem('The admin node failed to answer.', undefined, 'Its terminal or log says why.')]];
}

const sizeText = (bytes: number): string => (bytes < 1024 * 1024 ? `${Math.floor(bytes / 1024)} kB` : `${Math.floor(bytes / 1024 / 1024)} MB`);

function notJson(error: Error & { body?: string }): Problem {
  const position = /position (\d+)/.exec(error.message);
  const line = position && error.body ? error.body.slice(0, Number(position[1])).split('\n').length : 1;
  return problem(`The request body is not valid JSON: ${error.message}.`, { file: 'request body', line }, 'Check commas and quotes on that line.');
}
