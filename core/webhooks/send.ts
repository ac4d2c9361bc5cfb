// One attempt to tell one receiver one thing, signed as Standard Webhooks 1.0 says (github.com/standard-webhooks): receivers have libraries
// that check it. No redirect is followed, and of the answer only the status is kept: what else an address says is not for who entered it.

import { createHmac, randomBytes } from 'node:crypto';
import http from 'node:http';
import https from 'node:https';
import { isIP } from 'node:net';
import { problem } from '../model/problem.ts';
import type { Attempt } from '../model/webhook.ts';
import { type Destinations, hostOf, lookupWithin, RefusedAddress } from './destination.ts';

export type Sending = {
  url: string;
  id: string;
  body: string;
  /** `whsec_…` */
  secret: string;
  destinations: Destinations;
  now(): number;
  signal: AbortSignal;
};

const PREFIX = 'whsec_';
const PATIENCE_MS = 10_000;

export const newSecret = (): string => `${PREFIX}${randomBytes(32).toString('base64')}`;
/** 24 to 64 bytes in base64 behind the prefix, as the standard asks. */
export const isSecret = (text: string): boolean => {
  const bytes = text.startsWith(PREFIX) ? Buffer.from(text.slice(PREFIX.length), 'base64') : Buffer.alloc(0);
  return bytes.length >= 24 && bytes.length <= 64 && bytes.toString('base64') === text.slice(PREFIX.length);
};

/** Over `id.seconds.body`. */
export const signatureOf = (secret: string, id: string, seconds: number, body: string): string =>
  `v1,${createHmac('sha256', Buffer.from(secret.slice(PREFIX.length), 'base64'))
    .update(`${id}.${seconds}.${body}`)
    .digest('base64')}`;

export async function send({ url: text, id, body, secret, destinations, now, signal }: Sending): Promise<Attempt> {
  const at = now();
  const url = new URL(text);
  const ended = (more: Pick<Attempt, 'status' | 'problem'>): Attempt => ({ at, ms: now() - at, ...more });
  const refused = isIP(hostOf(url)) ? destinations.refused(hostOf(url)) : undefined;
  if (refused) return ended({ problem: refused });
  const seconds = Math.floor(at / 1000);
  const headers = {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    'user-agent': 'Prybar',
    'webhook-id': id,
    'webhook-timestamp': String(seconds),
    'webhook-signature': signatureOf(secret, id, seconds, body),
  };
  return new Promise((resolve) => {
    // No connection is kept: the next one may lead to another address.
    const options = {
      method: 'POST',
      headers,
      agent: false as const,
      lookup: lookupWithin(destinations),
      signal: AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)]),
    };
    const request = (url.protocol === 'https:' ? https : http).request(url, options, (response) => {
      resolve(ended({ status: response.statusCode ?? 0 }));
      response.destroy();
    });
    request.on('error', (error: Error & { code?: string }) => {
      if (error instanceof RefusedAddress) return resolve(ended({ problem: error.problem }));
      const why =
        error.name === 'TimeoutError' || error.name === 'AbortError' ? `it did not answer within ${PATIENCE_MS / 1000} s` : error.message || error.code;
      resolve(ended({ problem: problem(`${url.host} could not be told: ${why}.`, undefined, 'Is the receiver running, and reached from the admin node?') }));
    });
    request.end(body);
  });
}
