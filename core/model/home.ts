// Machines that were sent away and call home: who they say they are, how they are, and what was decided about them. Facts; the rest is derived.

/** What a machine tells of itself at each call. Nothing of it is checked but its form. */
export type CallerHealth = {
  /** Seconds since it started. */
  uptime: number;
  /** Over 1, 5 and 15 minutes. */
  load: number[];
  /** Bytes. */
  memory: { total: number; available: number };
  /** Bytes, of file systems on disks. */
  disks: { mount: string; size: number; free: number }[];
  /** Units of systemd. */
  failed: string[];
  kernel: string;
  os: string;
  /** SHA-256 of the image that it was installed from, where it knows. */
  image?: string;
};

export type Caller = {
  /** SHA-256 of its public key (SubjectPublicKeyInfo, RFC 5280), 64 hex digits. */
  id: string;
  serial: string;
  /** What it calls itself. */
  name: string;
  /** Absent while somebody has to decide. */
  verdict?: { allowed: boolean; by: string; at: number; reason?: string };
  /** Why somebody has to. */
  waits?: string;
  /** Unix ms, as are all times. */
  firstAt: number;
  lastAt: number;
  address: string;
  health: CallerHealth;
  /** The one that it was given last. */
  certificate?: { serial: string; endsAt: number };
  /** Hashes of what it was given at its last call, and of what it had from the one before: one of them it brings along at the next. */
  steps?: { given: string; taken: string };
  /** Two machines call with one serial or one key: what was seen, and the other where that has a key of its own. */
  conflict?: { at: number; text: string; address: string; with?: string };
};

/** Lets machines in that bring its text along, without a person. */
export type Invitation = {
  id: string;
  /** SHA-256 of its text, hex. */
  hash: string;
  /** For these serials only, each a literal or a glob; absent: for any. */
  serials?: string[];
  /** How many more machines. */
  left: number;
  at: number;
  by: string;
  endsAt: number;
};

/** Where machines call, and by whom they know it. */
export type HomeAddress = { url: string /** SHA-256 of the authority's certificate, as people compare it. */; authority: string };

/** `well` and `ailing` are heard of regularly; `silent` is not. */
export type CallerState = 'waiting' | 'refused' | 'silent' | 'ailing' | 'well';

/** Between two calls of one that is well. */
export const CALL_SECONDS = 900;
// Three calls in a row, each with its jitter.
const SILENT_AFTER_MS = 3.5 * CALL_SECONDS * 1000;
const LOW = { disk: 0.1, memory: 0.05 };

export function callerState({ verdict, lastAt, health }: Pick<Caller, 'verdict' | 'lastAt' | 'health'>, now: number): CallerState {
  if (!verdict) return 'waiting';
  if (!verdict.allowed) return 'refused';
  if (now - lastAt > SILENT_AFTER_MS) return 'silent';
  return concernsOf(health).length ? 'ailing' : 'well';
}

/** What somebody should look at, in words. */
export function concernsOf({ disks, memory, failed }: CallerHealth): string[] {
  const percent = (part: number, whole: number): string => `${Math.floor((100 * part) / whole)} %`;
  return [
    ...failed.map((unit) => `${unit} has failed`),
    ...disks.filter(({ size, free }) => free < LOW.disk * size).map(({ mount, size, free }) => `${mount} has ${percent(free, size)} free`),
    ...(memory.available < LOW.memory * memory.total ? [`${percent(memory.available, memory.total)} of its memory is free`] : []),
  ];
}
