// Takes in what a machine sends of its disk while an image is made of it: numbered parts, one after the other, into one file. What arrives is
// not looked at here; it is limited in size, and only taken from the machine whose capture is under way.

import { createHash, type Hash } from 'node:crypto';
import { open, rm, statfs } from 'node:fs/promises';
import path from 'node:path';
import express, { type RequestHandler } from 'express';
import { problem, ProblemError } from '../model/problem.ts';
import type { Store } from '../store/store.ts';
import { takeTurns } from '../take-turns.ts';

/** What has arrived by now. */
export type Arrived = { bytes: number; sha256: string };

export type Captures = {
  route: RequestHandler[];
  /** Of a capture: how much there is, and where; undefined when nothing has arrived. */
  arrived(id: string): (Arrived & { file: string }) | undefined;
  /** Takes nothing more of it, and removes what there is. */
  drop(id: string): Promise<void>;
};

export type CapturesOptions = {
  store: Store;
  /** Exists, and holds nothing that anybody needs: an attempt ends with the process that it began in. */
  folder: string;
  now(): number;
  /** Bytes of the disk that stay free. */
  spare?: number;
};

export const PART_BYTES = 8 * 2 ** 20;
const SPARE = 2 ** 30;

type Arriving = { file: string; next: number; bytes: number; hash: Hash; last: string };

export function openCaptures({ store, folder, now, spare = SPARE }: CapturesOptions): Captures {
  const arriving = new Map<string, Arriving>();
  // A part that is sent again while its first sending still arrives must not be written twice.
  const turns = new Map<string, ReturnType<typeof takeTurns>>();
  const inTurn = (id: string, work: () => Promise<void>): Promise<void> => {
    const own = turns.get(id) ?? takeTurns();
    turns.set(id, own);
    return own(work);
  };

  const take = async (id: string, most: number, number: number, part: Buffer): Promise<void> => {
    const before = arriving.get(id) ?? { file: path.join(folder, id), next: 0, bytes: 0, hash: createHash('sha256'), last: '' };
    const digest = createHash('sha256').update(part).digest('hex');
    // Its answer was lost: the same once more.
    if (number === before.next - 1 && digest === before.last) return;
    if (number !== before.next)
      throw new ProblemError(problem(`Part ${before.next} is the next, not ${number}.`, undefined, 'The capture begins anew by itself.'), 409);
    if (before.bytes + part.length > most)
      throw new ProblemError(problem(`This is more than the ${most} bytes that the machine's disks hold.`, undefined, 'Nothing more of it is taken.'), 413);
    const disk = await statfs(folder);
    if (disk.bavail * disk.bsize < part.length + spare)
      throw new ProblemError(problem(`The disk of the admin node is full: ${folder}`, undefined, 'Make room: prybar image prune'), 507);
    const file = await open(before.file, number === 0 ? 'w' : 'r+', 0o600);
    try {
      await file.write(part, 0, part.length, before.bytes);
    } finally {
      await file.close();
    }
    before.hash.update(part);
    arriving.set(id, { ...before, next: number + 1, bytes: before.bytes + part.length, last: digest });
  };

  const admit: RequestHandler = async (request, response, next) => {
    const token = /^Bearer ([A-Za-z0-9_.-]{1,200})$/.exec(request.headers.authorization ?? '')?.[1] ?? '';
    const nodeId = await store.tokenSubject(token, 'capture', now());
    const capturing = nodeId && (await store.get('capturing', nodeId));
    // Whoever is not let in is not listened to either.
    if (!capturing || capturing.id !== token.split('.')[0]) {
      response.setHeader('connection', 'close');
      throw new ProblemError(problem('No image is being made of this machine (any more).', undefined, 'Ask for one: prybar image capture'), 401);
    }
    response.locals.capturing = capturing;
    next();
  };

  return {
    route: [
      admit,
      express.raw({ type: 'application/octet-stream', limit: PART_BYTES }),
      async (request, response) => {
        const number = /^\d{1,9}$/.test(String(request.params.number)) ? Number(request.params.number) : Number.NaN;
        if (Number.isNaN(number) || !Buffer.isBuffer(request.body))
          throw new ProblemError(problem('This is no part of a capture.', undefined, 'Send bytes to /boot/captures/parts/NUMBER.'), 400);
        const { id, most } = response.locals.capturing as { id: string; most: number };
        await inTurn(id, () => take(id, most, number, request.body as Buffer));
        response.status(204).end();
      },
    ],
    arrived(id) {
      const found = arriving.get(id);
      return found && { file: found.file, bytes: found.bytes, sha256: found.hash.copy().digest('hex') };
    },
    drop: (id) =>
      inTurn(id, async () => {
        arriving.delete(id);
        turns.delete(id);
        await rm(path.join(folder, id), { force: true });
      }),
  };
}
