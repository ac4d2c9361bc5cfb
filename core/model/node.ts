// A machine and what is known of it. Facts only: whether a node is ready for a role is derived, in plan/.

import type { Inventory } from './inventory.ts';

/** A stored fact carries the revision a writer must name to change it. */
export type Revised<T> = T & { revision: number };

/**
 * What runs on the node now. `live` is the discovery image in RAM: everything done to it is gone at power-off,
 * so `instance` (the kernel's boot id) is part of every fingerprint. `installed` keeps its instance over reboots.
 */
export type System = {
  kind: 'live' | 'installed';
  /** Changes when earlier work on this node no longer exists: boot id of a live system, id of an installation. */
  instance: string;
  /** `debian-12`, `ubuntu-24.04`, `rocky-9`: the names barclamps use in `platforms`. */
  platform: string;
  /** SSH host key as `ssh-ed25519 AAAA…`, pinned when the system reported itself. */
  hostKey?: string;
};

/** An operating system that a role has put on the node's disks. It outlives restarts and the discovery image; only wiping ends it. */
export type Installation = {
  /** Also `System.instance` while it runs. */
  id: string;
  /** The role that made it, with the fingerprint it had. */
  deployment: string;
  role: string;
  fingerprint: string;
  platform: string;
  hostKey: string;
  /** Unix ms. */
  at: number;
};

/** One that is being made: what its first report is held against. */
export type Installing = Installation & {
  nodeId: string;
  /** Ids of installations that may be on the disk and may be written over: the one before, and those that never reported. */
  replaces: string[];
};

/** How to talk to the BMCs of some machines. The machines themselves report where their BMC is. */
export type BmcAccess = {
  id: string;
  /** Absent: whichever answers. */
  protocol?: 'ipmi' | 'redfish';
  /** Serial numbers it is for, each a literal or a glob with `*`. */
  serials: string[];
  /** For this machine only, whatever its serial is; it goes before what is for several. */
  nodeId?: string;
  /** Where the machine does not know its BMC's address itself. */
  address?: string;
  /** UDP for IPMI, TCP for Redfish, so only with a protocol; the protocol's own when absent. */
  port?: number;
  user: string;
  /** Name of the secret in the store that holds the passphrase; never the passphrase. */
  secret: string;
};

/** How programs reach the node: the admin node runs them itself, containers through their engine. */
export type RemoteKind = 'ssh' | 'local' | 'container';

export type Node = {
  /** Stable over rediscovery: `admin`, or derived from the SMBIOS UUID, else the first MAC. */
  id: string;
  /** Unique, a valid DNS label. Before approval a provisional one made from the serial. */
  name: string;
  remote: RemoteKind;
  macs: string[];
  serial?: string;
  approved: boolean;
  pool: string;
  /** Whose it is; absent: the site's. */
  tenant?: string;
  /** Where it stands, as people call the place. */
  rack?: string;
  /** Network name → address, one each. `admin` is the network it boots from. */
  addresses: Record<string, string>;
  system?: System;
  /** Absent on machines that came with a system of their own. */
  installation?: Installation;
  inventory?: Inventory;
  /** Unix ms. */
  discoveredAt: number;
  /**
   * `up`: it reports; `silent`: its heartbeat stopped; `off`: switched off on purpose or never seen running.
   * Only changes are stored, not every heartbeat.
   */
  contact: 'up' | 'silent' | 'off';
  /** Unix ms of the last change of `contact`. */
  contactAt: number;
  maintenance?: boolean;
  /** An operator says that its firmware listens for a call over the network while it is off. */
  wakesOnLan?: boolean;
  /** Unix ms since when the hardware behind it is what it is now: what was done to earlier hardware is not true of it. Absent: always. */
  hardwareSince?: number;
  leaving?: Leaving;
  capture?: Capture;
};

/** Somebody retires it: it takes no roles any more, those that it has are undone, and then it is forgotten. */
export type Leaving = {
  /** Unix ms. */
  at: number;
  /** What is erased before it is forgotten, by stable name where a disk has one; absent: its disks are left as they are. */
  disks?: string[];
};

/** Somebody wants an image of the system on its disk. It goes on with its roles when the image is in the catalogue. */
export type Capture = {
  /** Unix ms. */
  at: number;
  /** What the image will be called. */
  name: string;
  /** Who asked for it. */
  by: string;
};

/** One that is under way: who may send files, and how many. */
export type Capturing = {
  nodeId: string;
  /** Also the first part of its token. */
  id: string;
  /** Bytes that it may send at most: no more than its disks hold. */
  most: number;
};

/** Who is let in without a person: all parts given must match. */
export type ApprovalRule = {
  id: string;
  /** Every machine that reports itself. */
  anyone?: boolean;
  /** Serial numbers, each a literal or a glob with `*`. */
  serials?: string[];
  /** First octets of a MAC, `52:54:00`. */
  macPrefix?: string;
  pool: string;
  /** Names are `<namePrefix><n>`, the lowest free n from 1. */
  namePrefix: string;
};

/** What the machine must boot next. None means: its own disk when something is installed, else discovery. */
export type BootOrder = {
  nodeId: string;
  target: string;
  createdAt: number;
  /** Given out by boot/ and expected back with the report. */
  reason: string;
};

/** Whether the serial is one of these, each a literal or a glob in which `*` stands for any text. */
export function serialMatches(patterns: readonly string[], serial: string | undefined): boolean {
  return serial !== undefined && patterns.some((pattern) => globMatches(pattern, serial));
}

function globMatches(pattern: string, text: string): boolean {
  const parts = pattern.split('*');
  if (parts.length === 1) return pattern === text;
  if (!text.startsWith(parts[0]!) || !text.endsWith(parts.at(-1)!)) return false;
  let at = parts[0]!.length;
  for (const part of parts.slice(1, -1)) {
    const found = text.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return at <= text.length - parts.at(-1)!.length;
}
