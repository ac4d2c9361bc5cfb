// A store that keeps who changes what through it: each transaction leaves a record of its own, written with it, so that nothing is changed
// without one. Secrets are starred before they get there.

import type { AuditedFact, AuditEntry } from '../model/audit.ts';
import { ok } from '../model/problem.ts';
import { valueDiff } from '../model/value-diff.ts';
import type { Facility, FactKind, Store } from '../store/store.ts';

const STARS = '***';
const SECRET_KINDS: readonly FactKind[] = ['secret', 'passphrase'];
// Copies of what the proposal itself has.
const COPIES: readonly FactKind[] = ['draft'];
const LONGEST = 300;
const MOST = 50;

export type Audited = { store: Store /** Records that were left. */; records(): number };

/** `entry`: all that is known before. */
export function audited(store: Store, entry: Omit<AuditEntry, 'facts' | 'outcome'>): Audited {
  let records = 0;
  const transact: Store['transact'] = (work) =>
    store.transact(async (tx) => {
      const facts: AuditedFact[] = [];
      const result = await work(noting(tx, facts));
      if (result.ok && facts.length) {
        await tx.audit({ ...entry, outcome: 'done', facts });
        records++;
      }
      return result;
    });
  return {
    records: () => records,
    store: {
      ...store,
      transact,
      put: (kind, id, value, expected) => transact((tx) => tx.put(kind, id, value, expected)),
      async remove(kind, id) {
        await transact(async (tx) => ok(await tx.remove(kind, id)));
      },
      async appendCommit(commit) {
        await transact(async (tx) => ok(await tx.appendCommit(commit)));
      },
    },
  };
}

function noting(tx: Facility, facts: AuditedFact[]): Facility {
  const note = (kind: FactKind, id: string, before: object | undefined, after: object | undefined): void => {
    if (COPIES.includes(kind)) return;
    const secret = SECRET_KINDS.includes(kind);
    const changes = secret
      ? [{ pointer: '', ...(before && { before: STARS }), ...(after && { after: STARS }) }]
      : valueDiff(known(before), known(after)).map(cut);
    if (changes.length) facts.push({ kind, id, changes });
  };
  return {
    ...tx,
    async put(kind, id, value, expected) {
      const before = await tx.get(kind, id);
      const put = await tx.put(kind, id, value, expected);
      if (put.ok) note(kind, id, before, put.value);
      return put;
    },
    async remove(kind, id) {
      const before = await tx.get(kind, id);
      await tx.remove(kind, id);
      if (before) note(kind, id, before, undefined);
    },
    async appendCommit(commit) {
      await tx.appendCommit(commit);
      facts.push({ kind: 'commit', id: commit.proposalId, changes: [{ pointer: '/commit', after: commit.commit }] });
    },
  };
}

/** Without what every write changes. */
function known(fact: object | undefined): object | undefined {
  if (!fact) return undefined;
  const { revision: _, ...rest } = fact as { revision?: number };
  return rest;
}

function cut<T extends { before?: unknown; after?: unknown }>(change: T): T {
  return { ...change, ...('before' in change && { before: shortened(change.before) }), ...('after' in change && { after: shortened(change.after) }) };
}

/** The same value with long texts and lists cut. */
export function shortened(value: unknown): unknown {
  if (typeof value === 'string') return value.length > LONGEST ? `${value.slice(0, LONGEST)}… (${value.length} characters)` : value;
  if (Array.isArray(value)) return value.length > MOST ? [...value.slice(0, MOST).map(shortened), `… (${value.length})`] : value.map(shortened);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, shortened(part)]));
}

type Schema = { format?: string; properties?: Record<string, Schema> };

/** What was sent, with stars where its schema says that a text is a password. */
export function starred(value: unknown, schema: Schema | undefined): unknown {
  if (schema?.format === 'password' && value !== undefined) return STARS;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return shortened(value);
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, starred(part, schema?.properties?.[key])]));
}
