// What discovery reported about a machine, normalised. It comes from an untrusted machine: boot/ checks it against a schema.

export type Disk = {
  /** `/dev/disk/by-id/…`, the stable identity; absent when the device has none. */
  byId?: string;
  /** Kernel name now, `sda`. Not stable. */
  name: string;
  /** Bytes. */
  size: number;
  kind: 'ssd' | 'hdd' | 'nvme';
  removable: boolean;
  model?: string;
  serial?: string;
  /** Version of its own firmware. */
  firmware?: string;
};

/** A memory module, by what SMBIOS says of its socket (DSP0134, type 17). */
export type Dimm = {
  /** As printed on the board: `A1`. */
  slot: string;
  /** Bytes. */
  size: number;
  type?: string;
  /** MT/s. */
  speed?: number;
  maker?: string;
  part?: string;
  serial?: string;
};

export type Nic = {
  /** Kernel name now, `enp0s2`. */
  name: string;
  mac: string;
  /** Mbit/s; absent when the link is down or does not say. */
  speed?: number;
  /** `0000:00:02.0`; the order of NICs in conduits is by this. */
  pciPath?: string;
  up: boolean;
  /** Version of its own firmware. */
  firmware?: string;
  /** Who is at the other end of the cable (IEEE 802.1AB). */
  lldp?: { system: string; port: string };
};

export type Inventory = {
  cpu: { model: string; sockets: number; cores: number; threads: number; architecture: string };
  /** Bytes. */
  memory: number;
  /** In the order of their slots; absent where the firmware tells nothing of modules. */
  dimms?: Dimm[];
  disks: Disk[];
  nics: Nic[];
  firmware: {
    kind: 'bios' | 'uefi';
    vendor?: string;
    version?: string;
    date?: string;
    /** It runs only what is signed; absent where it does not know such a thing. */
    secureBoot?: boolean;
  };
  vendor?: string;
  product?: string;
  serial?: string;
  /** SMBIOS system UUID, lower case. */
  uuid?: string;
  bmc?: { address?: string; mac?: string; version?: string };
  /** What the machine sent that we do not know, kept apart and size-limited, for people to look at. */
  extra?: Record<string, unknown>;
};

/** By their place on the PCI bus, which stays while cables and kernel names change; those without one come last, by name. */
export function nicsInOrder(inventory: Pick<Inventory, 'nics'> | undefined): Nic[] {
  const place = (nic: Nic): string => `${nic.pciPath === undefined ? 1 : 0} ${nic.pciPath ?? ''} ${nic.name}`;
  return (inventory?.nics ?? []).toSorted((a, b) => (place(a) < place(b) ? -1 : 1));
}
