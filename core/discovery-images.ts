// The systems that unknown machines boot, one for each architecture: that of the admin node is made at first start, another one when a
// committed proposal of network boot asks for it. That takes minutes, so it goes on beside everything else, and its machines wait.

import { fetchArmLoaders } from '../iso-builder/discovery-image/arm-loaders.ts';
import { buildDiscoveryImage, type DiscoveryImage } from '../iso-builder/discovery-image/build-discovery-image.ts';
import { track } from './activities.ts';
import type { Architecture } from './model/architecture.ts';
import { followChanges } from './store/follow.ts';
import type { Store } from './store/store.ts';

export type DiscoveryImages = {
  /** Absent while it is being made, or where nobody asked for it. */
  of(architecture: Architecture): DiscoveryImage | undefined;
  /** What arm64 machines load before it, name → path; none until they were fetched, which takes seconds. */
  armLoaders(): Record<string, string>;
  /** That of the admin node's own architecture. Throws ProblemError when it cannot be made. */
  prepare(): Promise<DiscoveryImage>;
  stop(): Promise<void>;
};

export type DiscoveryImagesOptions = {
  store: Store;
  cacheDir: string;
  /** Before a machine boots one that a proposal asked for. */
  onMade(architecture: Architecture, image: DiscoveryImage): Promise<void>;
  signal: AbortSignal;
};

const OWN: Architecture = 'amd64';

export function openDiscoveryImages({ store, cacheDir, onMade, signal }: DiscoveryImagesOptions): DiscoveryImages {
  const made = new Map<Architecture, DiscoveryImage>();
  let armLoaders: Record<string, string> = {};
  const make = async (architecture: Architecture): Promise<DiscoveryImage> => {
    const [id, title] =
      architecture === OWN ? ['discovery-image', 'Discovery image'] : [`discovery-image-${architecture}`, `Discovery image for ${architecture}`];
    return track(store, id, title, async (onProgress) => {
      if (architecture === 'arm64') armLoaders = await fetchArmLoaders({ cacheDir, onProgress, signal });
      const image = made.get(architecture) ?? (await buildDiscoveryImage({ architecture, cacheDir, onProgress, signal }));
      if (architecture !== OWN) await onMade(architecture, image);
      made.set(architecture, image);
      return image;
    });
  };

  // What failed is tried again when somebody commits anew, and not at each change of anything.
  let triedFor = '';
  const following = followChanges(
    store,
    async () => {
      const wishes = (await store.list('proposal')).filter(({ removed, committed }) => {
        const asked = committed?.attributes.architectures;
        return !removed && Array.isArray(asked) && asked.includes('arm64');
      });
      const wish = wishes.map(({ id, commit }) => `${id} ${commit}`).join();
      if (!wish || wish === triedFor || made.has('arm64')) return;
      triedFor = wish;
      await make('arm64');
    },
    // Said by the activity already, with what to do.
    () => {},
  );
  return {
    of: (architecture) => made.get(architecture),
    armLoaders: () => armLoaders,
    prepare: async () => made.get(OWN) ?? make(OWN),
    stop: following.stop,
  };
}
