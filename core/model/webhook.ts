// Programs elsewhere that are told what happens here: where they are, what they want to hear, and what became of telling them.

import type { Problem } from './problem.ts';

/** What there is to be told, and when. */
export const eventKinds = {
  'node.discovered': 'A machine has reported itself for the first time.',
  'node.approved': 'It was let in, with a name, addresses and a pool.',
  'node.installed': 'A system that Prybar installed has started on it.',
  'node.ready': 'All its roles are done.',
  'node.failed': 'A role failed on it, and none had before.',
  'node.retired': 'It was retired, and is forgotten.',
  'node.forgotten': 'It was forgotten without being retired.',
  'role.failed': 'An attempt to apply or undo a role failed, or was cancelled.',
  'order.placed': 'Somebody ordered servers.',
  'order.allocated': 'There are machines for it, and they are its own.',
  'order.server-installed': 'The system of one of its servers has started.',
  'order.server-ready': 'All roles of one of its servers are done.',
  'order.ready': 'All its servers are ready.',
  'order.failed': 'Something of it failed, and nothing had failed before.',
  'order.released': 'It was given back, and its machines are gone.',
  'order.cancelled': 'It was cancelled before there were machines for it.',
  'home.registered': 'A machine that was sent away has called home, and was given its certificate.',
  'home.waiting': 'One calls home that nobody has allowed.',
  'home.conflict': 'Two machines call home with one serial or one key.',
  'webhook.test': 'Somebody wants to know whether you hear this. Sent whatever you asked for.',
} as const;
export type EventKind = keyof typeof eventKinds;

export type Webhook = {
  name: string;
  /** http or https. */
  url: string;
  /** Kinds, or beginnings of kinds with `*`: `node.*`. */
  events: string[];
  by: string;
  /** Unix ms. */
  at: number;
  /** Events that were not kept for it because too many waited already. */
  dropped?: number;
  /** It answered that it is gone for good (410), and is told nothing more. */
  gone?: number;
};

/** What is sent, as JSON. */
export type Telling = {
  /** The same at each attempt, so that a receiver can tell a repetition. */
  id: string;
  type: EventKind;
  /** When it was noticed, ISO 8601. */
  timestamp: string;
  data: Record<string, unknown>;
};

export type Attempt = {
  /** Unix ms. */
  at: number;
  ms: number;
  /** HTTP status; absent where there was no answer. Nothing else of the answer is kept. */
  status?: number;
  /** Why there was none. */
  problem?: Problem;
};

export type Delivery = {
  id: string;
  webhook: string;
  telling: Telling;
  /** Unix ms. */
  at: number;
  attempts: Attempt[];
  state: 'waiting' | 'delivered' | 'given-up';
  /** Unix ms: the next attempt is not before; only while it waits. */
  due: number;
};

export const wants = ({ events, gone }: Webhook, kind: string): boolean =>
  gone === undefined && events.some((wanted) => wanted === kind || (wanted.endsWith('*') && kind.startsWith(wanted.slice(0, -1))));

/** What was told of a machine last: what differs is news. */
export type ToldNode = {
  name: string;
  approved: boolean;
  leaving: boolean;
  installation?: string;
  ready: boolean;
  /** Key of the node-role → the run that failed. */
  failed: Record<string, number>;
};
