// How a machine that is to be installed takes part in a transfer by multicast: it asks with the token of its installation, and is told one
// line, the first word of which says what to do. Who comes together with whom is multicast.ts's.

import type { Request, RequestHandler } from 'express';
import { problem, ProblemError } from '../model/problem.ts';
import type { Store } from '../store/store.ts';
import type { Multicast, Standing } from './multicast.ts';

export type MulticastRouteOptions = {
  store: Store;
  multicast: Pick<Multicast, 'join' | 'look'>;
  now(): number;
  addressOf(request: Request<{ digest: string }>): string;
  bearerOf(request: Request<{ digest: string }>): string;
};

const MOST_SECONDS = 3600;
const MOST_MACHINES = 1000;

/** Takes `{within, machines}`, seconds and how many to wait for; with `transfer` it asks how that goes. */
export function multicastRoute({ store, multicast, now, addressOf, bearerOf }: MulticastRouteOptions): RequestHandler<{ digest: string }> {
  return async (request, response) => {
    const nodeId = await store.tokenSubject(bearerOf(request), 'installation', now());
    if (!nodeId) throw new ProblemError(problem('This installation is not expected (any more).', undefined, 'Have the machine installed anew.'), 401);
    const { within, machines, transfer } = request.body as Record<string, unknown>;
    response.type('text/plain');
    if (typeof transfer === 'string') return void response.send(lineOf(multicast.look(transfer, nodeId, addressOf(request))));
    const { digest } = request.params;
    const image = /^[0-9a-f]{64}$/.test(digest) ? await store.get('image', digest) : undefined;
    if (!image)
      throw new ProblemError(problem(`There is no image with the digest ${digest.slice(0, 64)}.`, undefined, 'See which there are: prybar image list'), 404);
    const withinMs = 1000 * wholeNumber(within, MOST_SECONDS);
    response.send(lineOf(multicast.join({ nodeId, address: addressOf(request), image, withinMs, machines: wholeNumber(machines, MOST_MACHINES) })));
  };
}

function wholeNumber(value: unknown, most: number): number {
  if (Number.isInteger(value) && Number(value) >= 0 && Number(value) <= most) return Number(value);
  throw new ProblemError(problem(`Whole numbers up to ${most} are wanted.`, undefined, 'Send {"within": SECONDS, "machines": COUNT}.'), 400);
}

/** `wait WHY`, `receive ADDRESS PORT TRANSFER MACHINES`, `sending HOW` or `alone WHY`. */
function lineOf(standing: Standing): string {
  switch (standing.kind) {
    case 'receive':
      return `receive ${standing.address} ${standing.port} ${standing.transfer} ${standing.machines}\n`;
    case 'sending':
      return `sending ${standing.how}\n`;
    default:
      return `${standing.kind} ${standing.why}\n`;
  }
}
