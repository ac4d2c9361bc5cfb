// A distribution's own installer as the admin node keeps it: what starts it, and what it installs from. Facts only: fetching it is
// iso-builder's, serving it boot's.

export type Installer = {
  /** Part of its address on the boot server: `/boot/installers/<digest>/kernel`, `/initrd`, `/archive/…`. */
  digest: string;
  /** As the distribution says. */
  version: string;
  kernel: BootFile;
  initrd: BootFile;
  /** Absolute path on the admin node, with the files that its address ends in. */
  folder: string;
};

export type BootFile = { sha256: string; bytes: number };
