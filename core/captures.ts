// What becomes of the files that a machine has sent of its system: an activity that people see, an image in the catalogue, and of an attempt
// that came to nothing, nothing.

import { mkdirSync, rmSync } from 'node:fs';
import { captureOsImage } from '../iso-builder/os-image/capture-os-image.ts';
import { track } from './activities.ts';
import type { CaptureShop } from './annealer/capture.ts';
import { type Captures, openCaptures } from './boot/capture-route.ts';
import { readCapturedLayout } from './images/captured-layout.ts';
import { digestOfPieces, type Images } from './images/images.ts';
import { bad, ok, problem, ProblemError } from './model/problem.ts';
import type { Store } from './store/store.ts';

export type CapturesOptions = {
  store: Store;
  images: Images;
  /** Where what arrives lies until it is an image; emptied now, for no attempt outlives the process that it began in. */
  arriving: string;
  /** Where images are kept. They cannot be built anew, so it is no cache. */
  kept: string;
  now(): number;
};

/** What boot/ takes in with, and what the annealer has images made by. */
export function openCaptureShop({ store, images, arriving, kept, now }: CapturesOptions): { route: Captures['route']; shop: CaptureShop } {
  rmSync(arriving, { recursive: true, force: true });
  mkdirSync(arriving, { recursive: true, mode: 0o700 });
  const captures = openCaptures({ store, folder: arriving, now });
  const shop: CaptureShop = {
    async make({ id: nodeId, name: nodeName, serial, installation, inventory, capture: { name, by } }, id, { sha256, leftOut, layout: said }, signal) {
      const arrived = captures.arrived(id);
      if (!arrived || arrived.sha256 !== sha256) {
        const what = arrived ? `${arrived.bytes} bytes have arrived, and they are not those that it sent` : 'nothing has arrived';
        return bad(problem(`${nodeName} says that it has sent its system, but ${what}.`, { node: nodeName }, 'Try again.'));
      }
      const layout = readCapturedLayout(said);
      if (!layout.ok) return layout;
      const at = now();
      const origin = `Captured from ${nodeName}${serial ? ` (${serial})` : ''}, asked for by ${by}`;
      const most = inventory?.disks.reduce((sum, disk) => sum + disk.size, 0) ?? Number.MAX_SAFE_INTEGER;
      try {
        const image = await images.take(() =>
          track(store, `image ${name}`, `Image ${name}`, async (onProgress) => {
            const wanted = { archive: arrived.file, seed: sha256, name, origin, folder: kept, most, asFiles: layout.value !== undefined };
            const { packages, ...made } = await captureOsImage({ ...wanted, onProgress, signal });
            const tree = layout.value && { sha256: made.digest, layout: layout.value };
            const captured = {
              nodeId,
              nodeName,
              ...(serial && { serial }),
              installation: installation?.id ?? '',
              by,
              at,
              sent: sha256,
              leftOut: leftOut.split('\n').filter(Boolean),
            };
            return {
              ...made,
              ...(tree && { tree, digest: digestOfPieces(tree) }),
              provenance: { recipe: '', sources: [], packages, extraPackages: [], captured },
            };
          }),
        );
        return ok(image);
      } catch (error) {
        if (!(error instanceof ProblemError)) throw error;
        return { ok: false, problems: error.problems };
      }
    },
    drop: captures.drop,
  };
  return { route: captures.route, shop };
}
