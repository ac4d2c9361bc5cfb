// Somebody who is told things by webhook, and takes everything.

import { createServer, type Server } from 'node:http';
import type { Telling } from '../core/model/webhook.ts';

/** Not listening yet; `heard` grows as it is told. */
export function webhookReceiver(): { server: Server; heard: Telling[] } {
  const heard: Telling[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => (body += text));
    request.on('end', () => {
      heard.push(JSON.parse(body) as Telling);
      response.writeHead(204).end();
    });
  });
  return { server, heard };
}
