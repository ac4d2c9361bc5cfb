// Where machines call that were sent away: HTTPS on a port of its own, for here clients show certificates, and it may be open to places that the
// page is not. Whatever arrives is untrusted; that a caller has the private key of the certificate which it shows, the handshake proves.

import { createHash, X509Certificate } from 'node:crypto';
import { createServer, type Server } from 'node:https';
import type { TLSSocket } from 'node:tls';
import express, { type NextFunction, type Request, type Response } from 'express';
import { rateLimit } from 'express-rate-limit';
import { problem, type Problem, ProblemError } from '../model/problem.ts';
import { openRefusals } from '../store/refusals.ts';
import { readCall } from './call.ts';
import { type CallOptions, type From, takeCall } from './take-call.ts';

export type HomeOptions = CallOptions & {
  /** PEM; the authority has signed the certificate, and signs those of callers. */
  tls: { key: string; cert: string; authority: string };
  log(problem: Problem): void;
};

// A site may be behind one address; one machine calls every quarter of an hour.
const CALLS_A_MINUTE = 300;
const FORM_BYTES = 16_384;
const FORM_PARTS = 20;
const HANDSHAKE_MS = 10_000;
const REQUEST_MS = 30_000;
const CONNECTIONS = 1000;

export function homeServer(options: HomeOptions): Server {
  const refusals = openRefusals({ store: options.store, door: 'home', now: options.now, log: options.log });
  const authority = new X509Certificate(options.tls.authority);
  const app = express();
  app.disable('x-powered-by');
  const limited = rateLimit({ windowMs: 60_000, limit: CALLS_A_MINUTE, standardHeaders: true, legacyHeaders: false, validate: false, keyGenerator: addressOf });

  // For those who know its fingerprint; it is no secret.
  app.get('/ca.pem', limited, (_request, response) => void response.type('application/x-pem-file').send(options.tls.authority));

  app.post('/call', limited, express.urlencoded({ extended: false, limit: FORM_BYTES, parameterLimit: FORM_PARTS }), async (request, response) => {
    const from = fromOf(request, authority, options.now());
    const call = readCall((request.body ?? {}) as Record<string, unknown>);
    if (!call.ok) throw new ProblemError(call.problems, 400);
    const { status, seconds, step, certificate, problem: found } = await takeCall(options, call.value, from);
    response.setHeader('Retry-After', String(seconds));
    response.setHeader('Cache-Control', 'no-store');
    if (step !== undefined) response.setHeader('Prybar-Step', step);
    // Others are kept as callers, with what somebody has to decide.
    if (found && status === 503) refusals.note(from.address, 'POST /call', found);
    if (found) return sendProblems(response, status, [found]);
    response
      .status(status)
      .type('application/x-pem-file')
      .send(certificate ?? '');
  });

  app.use(() => {
    throw new ProblemError(problem('There is nothing here.', undefined, 'Machines call with POST /call.'), 404);
  });
  app.use((error: Error & { status?: number }, request: Request, response: Response, _next: NextFunction) => {
    const [status, problems] = problemsOf(error);
    if (status >= 400 && status < 500 && status !== 404) refusals.note(addressOf(request), `${request.method} ${request.path.slice(0, 100)}`, problems[0]!);
    if (status >= 500) options.log(problem(`A machine that called home got no answer: ${error.message}`, undefined, error.stack));
    if (response.headersSent) return void response.destroy();
    sendProblems(response, status, problems);
  });

  const { key, cert } = options.tls;
  // Nobody is turned away in the handshake: a machine comes with a certificate that it has signed itself, until it has one of ours.
  const server = createServer(
    { key, cert, ca: options.tls.authority, requestCert: true, rejectUnauthorized: false, minVersion: 'TLSv1.2', handshakeTimeout: HANDSHAKE_MS },
    app,
  );
  server.requestTimeout = REQUEST_MS;
  server.maxConnections = CONNECTIONS;
  return server;
}

function fromOf(request: Request, authority: X509Certificate, now: number): From {
  const shown = (request.socket as TLSSocket).getPeerX509Certificate();
  const next = 'Have it call with a certificate of its own key, ECDSA on P-256.';
  if (!shown) throw new ProblemError(problem('The caller shows no certificate.', undefined, next), 401);
  const { publicKey } = shown;
  if (publicKey.asymmetricKeyDetails?.namedCurve !== 'prime256v1')
    throw new ProblemError(problem(`The caller has a key of another kind (${publicKey.asymmetricKeyType}).`, undefined, next), 422);
  const ends = shown.validToDate.getTime();
  const ours = shown.checkIssued(authority) && shown.verify(authority.publicKey) && ends > now;
  return {
    id: createHash('sha256')
      .update(publicKey.export({ type: 'spki', format: 'der' }))
      .digest('hex'),
    publicKey: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    address: addressOf(request),
    ...(ours && { certifiedUntil: ends }),
  };
}

const addressOf = (request: Request): string => (request.socket.remoteAddress ?? '').replace(/^::ffff:/, '');

function sendProblems(response: Response, status: number, problems: Problem[]): void {
  response
    .status(status)
    .type('application/problem+json')
    .send(JSON.stringify({ type: 'about:blank', title: problems[0]!.summary, status, problems }));
}

function problemsOf(error: Error & { status?: number }): [number, Problem[]] {
  if (error instanceof ProblemError) return [error.status, error.problems];
  const status = error.status && error.status < 500 ? error.status : 500;
  return [status, [problem(status < 500 ? `The call is no form as it should be: ${error.message}.` : 'The admin node failed to answer.')]];
}
