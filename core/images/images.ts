// The images of a site: built when somebody asks or a role needs one, or made of a machine; one at a time, signed with the site's key, and kept
// as facts. How an image is made is iso-builder/'s, and comes in from outside; how machines get it is boot/'s.

import { createHash } from 'node:crypto';
import { access } from 'node:fs/promises';
import type { Architecture } from '../model/architecture.ts';
import type { DiskPieces, FileTree, Image } from '../model/image.ts';
import { imageCalled } from '../model/image.ts';
import type { Revised } from '../model/node.ts';
import { verify } from '../signing.ts';
import type { Store } from '../store/store.ts';
import { takeTurns } from '../take-turns.ts';

/** What may differ between images. */
export type ImageRecipe = {
  /** A DNS label. */
  name: string;
  /** Packages beyond those that every image has. */
  packages: string[];
  /** Parts of the archive that packages are taken from, `main` always among them. */
  components: string[];
  /** amd64 unless told. */
  architecture?: Architecture;
};

/** What a build gives: an image that nobody vouches for yet. */
export type BuiltImage = Omit<Image, 'signature' | 'createdAt'>;

export type ImagesOptions = {
  store: Store;
  /** Throws a ProblemError; before it begins, when the recipe is wrong. */
  build(recipe: ImageRecipe): Promise<BuiltImage>;
  /** Takes its file away. */
  discard(image: Image): void;
  /** Ed25519 over the text, with the site's key; both in base64. */
  sign(text: string): Promise<Image['signature']>;
  now(): number;
};

export type Images = {
  /** Builds it, or finds it built; waits for builds before it. Throws a ProblemError. */
  build(recipe: ImageRecipe): Promise<Revised<Image>>;
  /** The newest of this name whose file is there, built by the usual recipe when there is none. Throws a ProblemError. */
  need(name: string): Promise<Revised<Image>>;
  /** Puts one that was made of a machine into the catalogue; waits for builds before it. Throws what `make` throws. */
  take(make: () => Promise<BuiltImage>): Promise<Revised<Image>>;
  /** Takes one out of the catalogue, with its file. */
  remove(digest: string): Promise<void>;
};

export function openImages({ store, build, discard, sign, now }: ImagesOptions): Images {
  // Each build takes both processors and a gigabyte of disk.
  const inTurn = takeTurns();
  const record = async (built: BuiltImage): Promise<Revised<Image>> => {
    const known = await store.get('image', built.digest);
    // The same bytes once more: as old as they were, but perhaps in another place.
    const image: Image = { ...built, signature: known?.signature ?? (await sign(built.digest)), createdAt: known?.createdAt ?? now() };
    const put = await store.put('image', built.digest, image, 'any');
    if (!put.ok) throw new Error(put.problems[0]!.summary);
    return put.value;
  };
  return {
    build: (recipe) => inTurn(async () => record(await build(recipe))),
    need: (name) =>
      inTurn(async () => {
        const present = await Promise.all((await store.list('image')).map(async (image) => ((await isPresent(image)) ? [image] : [])));
        return imageCalled(present.flat(), name) ?? record(await build({ name, packages: [], components: ['main'] }));
      }),
    take: (make) => inTurn(async () => record(await make())),
    remove: (digest) =>
      inTurn(async () => {
        const image = await store.get('image', digest);
        if (!image) return;
        // First nobody is sent to it any more.
        await store.remove('image', digest);
        discard(image);
      }),
  };
}

/** Whether its file is there: it lies in a cache, which people may empty. */
export const isPresent = ({ file }: Pick<Image, 'file'>): Promise<boolean> =>
  access(file).then(
    () => true,
    () => false,
  );

/** Of an image that is made of pieces or files: SHA-256 over all that is said of them, their own digests too. */
export const digestOfPieces = (pieces: DiskPieces | FileTree): string => createHash('sha256').update(JSON.stringify(pieces)).digest('hex');

/** Whether the digest is what the signer saw. Whether the signer is trusted is another question. */
export function signatureHolds({ digest, signature, pieces, tree }: Pick<Image, 'digest' | 'signature' | 'pieces' | 'tree'>): boolean {
  const described = pieces ?? tree;
  return (!described || digestOfPieces(described) === digest) && verify(Buffer.from(digest), signature);
}
