// What is left of a machine whose disks were erased: what the role that erased them found, signed by the site, for whoever asks later.

export type Certificate = {
  nodeId: string;
  nodeName: string;
  serial?: string;
  /** Unix ms. */
  at: number;
  /** The run that erased. */
  runId: number;
  /** JSON as the role wrote it; what is signed, to the byte. */
  text: string;
  signature: { publicKey: string; signature: string };
};

/** What certificates of the role `disk-wipe` say; those of others may say more or less. */
export type Erasure = {
  disk: string;
  model?: string;
  serial?: string;
  bytes?: number;
  how?: string;
  ended?: string;
  samples?: { read: number; bytesEach: number; zeros: number; kept: number };
};

/** The disks in it; none where the text is not what we know. */
export function erasuresIn({ text }: Pick<Certificate, 'text'>): Erasure[] {
  try {
    const { erased } = JSON.parse(text) as { erased?: unknown };
    return Array.isArray(erased) ? (erased as Erasure[]).filter(({ disk }) => typeof disk === 'string') : [];
  } catch {
    return [];
  }
}
