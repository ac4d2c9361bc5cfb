// Whoever asks without anybody standing behind it: how often one address may, so that strangers can neither keep this busy nor fill what it keeps.
// How often a passphrase may be tried is in access/attempts.ts.

import type { RequestHandler } from 'express';
import { ipKeyGenerator, rateLimit } from 'express-rate-limit';
import { problem, ProblemError } from '../model/problem.ts';

// An office may have one address, and a page asks a few times until it knows that nobody is signed in.
const A_MINUTE = 300;

/** After `locals.principal` was found out, or not. One who asks over IPv6 has a whole network to ask from: that is one. */
export function strangersLimited(): RequestHandler {
  return rateLimit({
    windowMs: 60_000,
    limit: A_MINUTE,
    standardHeaders: true,
    legacyHeaders: false,
    validate: false,
    skip: (_request, response) => response.locals.principal !== undefined,
    keyGenerator: ({ socket }) => ipKeyGenerator(socket.remoteAddress ?? ''),
    handler: (_request, _response, next) =>
      next(
        new ProblemError(
          problem('Too many requests came from this address without anybody signed in.', undefined, 'Wait a minute. What is signed in is not counted.'),
          429,
        ),
      ),
  });
}
