// A network of the site as the operator knows it. `admin` is the one machines boot from.

import type { HomeAddress } from './home.ts';
import type { Installer } from './installer.ts';
import type { Problem } from './problem.ts';

export type Network = {
  name: string;
  /** `192.168.124.0/24` */
  cidr: string;
  /** The admin node's own address in it. */
  adminAddress: string;
  /** Interface of the admin node that is in it. */
  interface: string;
  /** Network namespace in which that interface lives; absent: the admin's own. */
  namespace?: string;
  /** First and last address that machines may get. */
  range: { first: string; last: string };
  router?: string;
};

/** What a DHCP server would give a machine that wants to boot. */
export type DhcpOffer = {
  /** Who offers, as it calls itself. */
  server: string;
  /** Absent where it only adds what to boot (proxy DHCP). */
  address?: string;
  router?: string;
  /** What it would have the machine boot, and where that lies, if anything. */
  bootFile?: string;
  bootServer?: string;
};

/** Who answers in a network, as it was found by asking it as a machine would. */
export type NetworkCheck = {
  network: string;
  /** Unix ms. */
  at: number;
  /** Absent where an earlier Prybar has kept it. */
  by?: string;
  offers: DhcpOffer[];
  /** Why machines would not boot as they should; none: it is well. */
  problems: Problem[];
};

/** An address that the admin node has on an interface. `leased`: for a while, by a DHCP server. */
export type InterfaceAddress = { address: string; prefix: number; leased: boolean };

/** One of the admin node's own, that machines could be connected to. */
export type NetworkInterface = {
  name: string;
  /** What it is when it is no network card: bridge, bond, vlan … as the kernel calls it. */
  kind?: string;
  state: 'up' | /** Switched on, and nothing at the other end. */ 'unplugged' | 'off';
  mac?: string;
  /** IPv4. */
  addresses: InterfaceAddress[];
  /** The default route goes this way. */
  outward: boolean;
};

/** What templates may know of the admin node, as the input `site.admin`; but `home`, which is `site.home`. */
export type AdminSite = {
  /** Where its state lives, absolute. */
  stateDir: string;
  /** What machines without an operating system talk to: `http://192.168.124.1:3080`. */
  bootUrl: string;
  /** What kernels on these machines need on their command line; mostly nothing. */
  kernelParameters?: string;
  /** Installers that machines can be handed over to, by the platform they install; each is fetched when the first proposal asks for it. */
  installers?: Record<string, Installer>;
  /** Where machines call that are sent away, when this admin node is their home. */
  home?: HomeAddress;
};
