// What a machine with a TPM can prove of its start.

/** Something that was measured before it ran or was used. */
export type MeasuredEvent = {
  /** The TPM's register (PCR) that it went into. */
  register: number;
  /** As the TCG numbers it. */
  type: number;
  name: string;
  /** SHA-256, hex. */
  digest: string;
  /** What firmware says that it was: a file, a variable's name, a boot loader's command. Not proven by the digest alone. */
  text?: string;
};

/** Kept by node id, the latest start first. */
export type BootEvidence = { nodeId: string; starts: MeasuredStart[] };

/** One start of one machine. */
export type MeasuredStart = {
  /** The live system's boot id. */
  instance: string;
  /** Unix ms. */
  at: number;
  /** Of the SHA-256 bank, as hex by number; those that are all zeros are left out. */
  registers: Record<string, string>;
  events: MeasuredEvent[];
  /** The log as the machine sent it, base64. */
  log: string;
  /** Registers that the log does not lead to: the log is not the whole story. */
  unproven: string[];
  /** Registers whose values are others than at the start before; absent when there was none. */
  changed?: string[];
};
