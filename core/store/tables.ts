// The tables as TypeScript sees them. Booleans are 0/1, times are Unix ms, documents are JSON text:
// what must be searched has a column of its own, because nothing queries inside JSON.

import type { Generated } from 'kysely';

export type Tables = {
  /** Mutable facts of every kind (nodes, proposals, boot orders, …), one row each. */
  facts: { kind: string; id: string; revision: number; body: string };
  /** Values that only one owner may hold: a MAC, a name, an address in a network. */
  claims: { scope: string; value: string; owner: string };
  /** One row a write, in commit order: what clients resume from. */
  changes: { seq: Generated<number>; kind: string; id: string; revision: number; at: number };
  proposal_commits: { proposal_id: string; commit_number: number; body: string; note: string; at: number };
  runs: {
    id: Generated<number>;
    key: string;
    deployment: string;
    role: string;
    node_id: string;
    started_at: number;
    /** 0 while it runs. */
    ended_at: number;
    /** Empty while it runs. */
    outcome: string;
    /** JSON of what else was known when it started. */
    body: string;
    /** JSON of what came out, `{}` while it runs. */
    ending: string;
  };
  run_events: { run_id: number; seq: number; at: number; event: string };
  /** See happenings.ts. */
  happenings: { seq: Generated<number>; node_id: string; at: number; kind: string /** JSON of the rest. */; body: string };
  /** See moments.ts. */
  plan_moments: {
    seq: Generated<number>;
    at: number;
    deployment: string;
    /** Whether the body holds all of it, not only what changed. */
    whole: number;
    changed: number;
    failed: number;
    moving: number;
    undone: number;
    /** JSON of a Difference of plan/past.ts. */
    body: string;
  };
  /** One-time credentials, by the SHA-256 of their text: who reads the database cannot use them. */
  tokens: { hash: string; purpose: string; subject: string; expires_at: number; used_at: number };
  /** Append-only; `hash` is over the one before, `seq` and `body`. The others are there to be found by. */
  audit: { seq: number; at: number; who: string; act: string; about: string; tenant: string; body: string; hash: string };
  /** What lets somebody in again and again (sessions, API tokens, known browsers), by the SHA-256 of its text. */
  credentials: {
    id: string;
    hash: string;
    kind: string;
    /** Whom it lets in. */
    subject: string;
    created_at: number;
    expires_at: number;
    /** Most ms between two uses; 0: any. */
    idle_ms: number;
    /** When it was used last, to the minute. */
    last_at: number;
    /** JSON of what else is to be known of it. */
    body: string;
  };
};
