// Hands out operating system images by digest: what is behind an address never changes, so it may be kept for ever and read in parts. Who
// may read now is the admission's decision; whether it is the right image is decided by whoever reads it, from the digest.

import { stat } from 'node:fs/promises';
import path from 'node:path';
import type { RequestHandler, Response } from 'express';
import send from 'send';
import { problem, ProblemError } from '../model/problem.ts';
import type { Store } from '../store/store.ts';
import type { Admission } from './streams.ts';

export type ImageRouteOptions = {
  store: Store;
  admission: Admission;
  /** Ends a stream that nothing was read from for so long, ms: a machine that died must not keep its place. */
  stallMs?: number;
  addressOf(request: Parameters<RequestHandler>[0]): string;
};

const STALL_MS = 60_000;
// Few large reads: half the processor time of many small ones.
const READ_BYTES = 1 << 20;

export function imageRoute({ store, admission, stallMs = STALL_MS, addressOf }: ImageRouteOptions): RequestHandler<{ digest: string }> {
  return async (request, response, next) => {
    const { digest } = request.params;
    const image = /^[0-9a-f]{64}$/.test(digest) ? await store.get('image', digest) : undefined;
    if (!image)
      throw new ProblemError(problem(`There is no image with the digest ${digest.slice(0, 64)}.`, undefined, 'See which there are: prybar image list'), 404);
    const size = await stat(image.file).then(
      (found) => found.size,
      () => undefined,
    );
    if (size !== image.bytes) {
      const what = size === undefined ? 'is gone' : `is ${size} bytes long instead of ${image.bytes}`;
      throw new ProblemError(
        problem(
          `The file of ${image.name} ${image.version} ${what}.`,
          { file: image.file },
          image.pieces ? 'Bring it once more: prybar image import' : 'Build it anew: prybar image build',
        ),
        410,
      );
    }
    response.set({
      etag: `"${digest}"`,
      'cache-control': 'public, max-age=31536000, immutable',
      'content-type': image.pieces ? 'application/octet-stream' : 'application/zstd',
      // RFC 9530. Of one that is made of pieces or files the digest tells more than the file.
      ...(!image.pieces && !image.tree && { 'repr-digest': `sha-256=:${Buffer.from(digest, 'hex').toString('base64')}:` }),
    });
    if (request.method !== 'HEAD' && !(await admitted(admission, addressOf(request), response))) return;
    response.setTimeout(stallMs, () => response.destroy());
    send(request, path.basename(image.file), {
      root: path.dirname(image.file),
      dotfiles: 'allow',
      index: false,
      cacheControl: false,
      highWaterMark: READ_BYTES,
    } as send.SendOptions)
      .on('error', (error: Error & { status?: number }) => {
        const status = error.status ?? 500;
        if (status !== 416) return next(error);
        response.removeHeader('etag');
        next(new ProblemError(problem(`The image has ${image.bytes} bytes, and none where you asked.`, undefined, 'Ask for the whole.'), status));
      })
      .pipe(response);
  };
}

/** Waits for a place, which is given back when the response ends however it ends; false when the client was sent away or has gone. */
async function admitted(admission: Admission, key: string, response: Response): Promise<boolean> {
  const gone = new AbortController();
  const leave = () => gone.abort();
  response.once('close', leave);
  const { socket } = response;
  const before = socket?.bytesWritten ?? 0;
  const place = await admission.enter(key, gone.signal, () => (socket?.bytesWritten ?? 0) - before);
  if ('leave' in place) {
    response.once('close', place.leave);
    if (response.closed) place.leave();
    return !response.closed;
  }
  if (response.closed) return false;
  response.set({ 'retry-after': String(place.retryAfter), 'cache-control': 'no-store' });
  response.removeHeader('etag');
  throw new ProblemError(problem('Other machines are being served.', undefined, `Ask again in ${place.retryAfter} seconds.`), 503);
}
