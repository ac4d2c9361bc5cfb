// Who changed what through the API, and who tried to. What Prybar does by itself is in the history of runs.

import type { Principal } from './principal.ts';
import type { ValueChange } from './value-diff.ts';

/** One fact that was changed; `changes` has its values as they were and are, secrets starred. */
export type AuditedFact = { kind: string; id: string; changes: ValueChange[] };

export type AuditEntry = {
  /** Unix ms. */
  at: number;
  /** Who did it; for an attempt to sign in, the name that was given. */
  who: string;
  by: Principal['by'] | 'nobody';
  token?: string;
  tenant?: string;
  address?: string;
  /** The route of the API. */
  act: string;
  /** `refused` is what somebody may not do, or a wrong passphrase. */
  outcome: 'done' | 'refused' | 'failed';
  /** Of an act that was not done: why. */
  why?: string;
  /** What was asked for: parts of the path and the body, secrets starred, long texts cut. */
  asked?: unknown;
  /** Written in the same transaction as this entry. */
  facts: AuditedFact[];
  /** Of an entry with which the log was cut. */
  cut?: AuditCut;
};

/** Records that were taken out because they were old enough: all up to `through`, the hash that the first one that is left builds on. Times in Unix ms. */
export type AuditCut = { through: { seq: number; hash: string }; records: number; since: number; until: number };

/** Who cuts it; no name that anybody could have. */
export const CUTTER = 'prybar itself';
/** Younger records are cut for no setting: a cut that says otherwise was not made by Prybar. */
export const LEAST_AUDIT_DAYS = 30;

/** Who does it, as it stands in an entry. */
export const actorOf = ({ user, by, token, tenant }: Principal): Pick<AuditEntry, 'who' | 'by' | 'token' | 'tenant'> => ({
  who: user,
  by,
  ...(token !== undefined && { token }),
  ...(tenant !== undefined && { tenant }),
});

/** As it is kept: each hash is over the one before, so that nothing can be changed or left out without all after it. */
export type AuditRecord = AuditEntry & { seq: number; hash: string };

/**
 * Which records there are: `text` in who, act or what it was about, `tenants` any of whose they are, `without` acts unless `but` did them. Newest
 * first, below `before`.
 */
export type AuditFilter = {
  without?: { acts: readonly string[]; but: string };
  text?: string;
  who?: string;
  tenants?: readonly string[];
  since?: number;
  until?: number;
  before?: number;
  limit?: number;
};

/**
 * Whether all hashes fit; `broken` is the first record that does not. `head` is the last good one: keep it elsewhere to notice a shortened log.
 * `cut`: what was taken out before the first of the `records`, and when.
 */
export type AuditCheck = {
  records: number;
  head: { seq: number; hash: string };
  cut?: AuditCut & { at: number };
  broken?: { seq: number; why: string };
};
