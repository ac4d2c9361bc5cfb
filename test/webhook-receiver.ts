// Somebody who is told things by webhook, and takes everything that is signed as Standard Webhooks 1.0 says.

import { createHmac } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { Telling } from '../core/model/webhook.ts';

/**
 * Not listening yet; `heard` grows as it is told, each thing once. `secret` gives what signatures are checked with, once somebody knows that;
 * what is not signed with it is refused, and is in `refused`.
 */
export function webhookReceiver(secret: () => string | undefined = () => undefined): { server: Server; heard: Telling[]; refused: string[] } {
  const heard: Telling[] = [];
  const refused: string[] = [];
  const known = new Set<string>();
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => (body += text));
    request.on('end', () => {
      const { 'webhook-id': id, 'webhook-timestamp': seconds, 'webhook-signature': signature } = request.headers;
      const key = secret();
      const expected =
        key &&
        `v1,${createHmac('sha256', Buffer.from(key.replace('whsec_', ''), 'base64'))
          .update(`${id}.${seconds}.${body}`)
          .digest('base64')}`;
      const genuine = expected === undefined || signature === expected;
      if (!genuine) refused.push(body);
      else if (!known.has(String(id))) heard.push(JSON.parse(body) as Telling);
      if (genuine) known.add(String(id));
      response.writeHead(genuine ? 204 : 401).end();
    });
  });
  return { server, heard, refused };
}
