// Where a site's images come from: the builder's cache folder, an activity for each build, and a key of the site's own to sign with.

import { rmSync } from 'node:fs';
import path from 'node:path';
import { buildOsImage, type Component } from '../iso-builder/os-image/build-os-image.ts';
import type { Secrets } from './access/secrets.ts';
import { track } from './activities.ts';
import { type Images, openImages } from './images/images.ts';
import { signForSite } from './site-signature.ts';
import type { Store } from './store/store.ts';

export type OsImagesOptions = { store: Store; secrets: Secrets; cacheDir: string; now(): number; signal: AbortSignal };

export function openOsImages({ store, secrets, cacheDir, now, signal }: OsImagesOptions): Images {
  return openImages({
    store,
    now,
    build: ({ name, packages, components, architecture = 'amd64' }) =>
      track(store, `image ${name}`, `Image ${name}`, async (onProgress) => {
        const built = await buildOsImage({ cacheDir, recipe: { name, packages, components: components as Component[], architecture }, onProgress, signal });
        const { builtFrom, ...image } = built;
        return { ...image, provenance: builtFrom };
      }),
    discard: ({ file }) => discardImage(file),
    sign: (text) => signForSite(secrets, 'image', text),
  });
}

/** Takes the folder of an image away, and nothing beside it. */
function discardImage(file: string): void {
  const folder = path.dirname(file);
  if (/^(os-image|captured|imported)-[0-9a-f]+$/.test(path.basename(folder))) rmSync(folder, { recursive: true, force: true });
}
