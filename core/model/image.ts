// An operating system as one compressed disk, ready to be streamed onto a machine. Facts only: building and serving is images/.

import type { Architecture } from './architecture.ts';

export type Image = {
  /** A DNS label. Of several images with a name the newest is meant. */
  name: string;
  /** Of the operating system, then which build of it: `12.11-3f2a9c1b`. */
  version: string;
  /** `debian-12`: what barclamps call it. */
  platform: string;
  /** Of the processors that run it. Absent: amd64. */
  architecture?: 'arm64';
  /** SHA-256 of the compressed file, 64 hex digits; of one made of pieces or files, of what is said of them. The fact's id, and in its address. */
  digest: string;
  /** Of the compressed file (zstd, RFC 8878), which is what travels. */
  bytes: number;
  /** Of the disk it unpacks to: no smaller disk can take it. Of one made of files, what these take. */
  rawBytes: number;
  /** SHA-256 of that disk; empty where it is made of pieces or files. */
  rawDigest: string;
  /** Number of the partition that holds the root file system: the last one, so that it can be grown to the disk's end. 0: nobody knows. */
  rootPartition: number;
  /** Absent where the file is one compressed disk. */
  pieces?: DiskPieces;
  /** Only of systems that lie on more than plain partitions: the file is tar (POSIX 1003.1, pax) packed with zstd, and no disk. */
  tree?: FileTree;
  /** Absolute path on the admin node. */
  file: string;
  /** Who vouches for it: Ed25519 (RFC 8032) over the digest's 64 hex digits; both in base64. */
  signature: { publicKey: string; signature: string };
  /** Absolute path of its bill of materials, SPDX 2.3 as JSON; empty where nobody knows what is in it. */
  sbom: string;
  provenance: ImageProvenance;
  /** Unix ms. */
  createdAt: number;
};

/** A disk as Clonezilla keeps it: its partition table, and the file systems that were saved, one behind the other in the image's file. */
export type DiskPieces = {
  /** For sfdisk(8), without names of devices. */
  table: string;
  label: 'gpt' | 'dos';
  /** Number of the partition that ends last, where it is no logical one: it may grow to the disk's end. */
  last?: number;
  pieces: DiskPiece[];
  swaps: { partition: number; uuid: string; label: string }[];
};

export type DiskPiece = {
  /** What it is written to: the first sector but for the table in it, the sectors behind that, or a partition by its number. */
  to: 'mbr' | 'gap' | number;
  /** `partclone`: its own format, which tells its file system; `raw`: byte for byte. */
  format: 'partclone' | 'raw';
  compression: Compression;
  /** As Clonezilla calls it: ext4, vfat, … */
  filesystem: string;
  /** Where it is in the image's file. */
  offset: number;
  bytes: number;
  /** Of those bytes, 64 hex digits. */
  sha256: string;
};

/** The files of a system, and what they lay on. */
export type FileTree = {
  /** Of the file, 64 hex digits. */
  sha256: string;
  layout: CapturedLayout;
};

/** The disks of a machine that an image was made of, in the words of os-install's layouts: the part with the system first. */
export type CapturedLayout = {
  /** More than one: each holds everything. */
  disks: { count: number };
  volumes: (CapturedVolume | (CapturedSize & { group: string; volumes: CapturedVolume[]; free?: number; encrypted?: true }))[];
}[];
/** MiB, as it was. */
type CapturedSize = { size: 'was'; was: number };
type CapturedVolume = CapturedSize & { encrypted?: true } & (
    | { swap: true }
    | { mount: string; format: 'ext4' | 'xfs'; options: string /** MiB of its files. */; used: number }
  );

export const compressions = ['none', 'gz', 'bz2', 'xz', 'zst', 'lz4'] as const;
export type Compression = (typeof compressions)[number];

/** The one that os-install takes unless told otherwise. Others are built when somebody asks: prybar image build. */
export const USUAL_IMAGE = 'debian-12';
/** What one for these processors is called unless told otherwise. */
export const usualNameFor = (architecture: Architecture): string => (architecture === 'amd64' ? USUAL_IMAGE : `${USUAL_IMAGE}-${architecture}`);

/** What it was made from: a recipe, sources and packages; or, where nothing is said of those, a machine or somebody's files. */
export type ImageProvenance = {
  /** Digest of the recipe and of all that the builder puts in. */
  recipe: string;
  /** Lines of apt sources. */
  sources: string[];
  /** `name version` of each Debian package in it. */
  packages: string[];
  /** Packages that were asked for beyond what every image has. */
  extraPackages: string[];
  /** Only on those that were made of a machine. */
  captured?: Captured;
  /** Only on those that somebody brought. */
  imported?: Imported;
};

/** Where it comes from. */
export type Imported = {
  /** Absolute path on the admin node, then. */
  folder: string;
  by: string;
  /** Unix ms. */
  at: number;
};

/** Of which machine it was made, and what is not in it. */
export type Captured = {
  nodeId: string;
  nodeName: string;
  serial?: string;
  /** Id of the installation, as in Node. */
  installation: string;
  /** Who asked for it. */
  by: string;
  /** Unix ms. */
  at: number;
  /** SHA-256 of what the machine sent, 64 hex digits. */
  sent: string;
  /** What was left out of it: its identity, by kind with how many files, and each file that holds a secret. */
  leftOut: string[];
};

/** The image meant by a name, `name@version` or a digest (or its first 8 digits and more); undefined when there is none. */
export function imageCalled<T extends Image>(images: readonly T[], reference: string): T | undefined {
  const [name, version] = reference.split('@');
  const isDigest = /^[0-9a-f]{8,64}$/.test(reference);
  return images
    .filter((image) => (image.name === name && (version === undefined || image.version === version)) || (isDigest && image.digest.startsWith(reference)))
    .reduce<T | undefined>((newest, image) => (newest && newest.createdAt >= image.createdAt ? newest : image), undefined);
}
