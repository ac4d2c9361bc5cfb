// One stream of an image for many machines. Machines that are to be given the same image ask again and again until there is something for
// them to receive: those that ask within a time are gathered, take one place in the queue of all streams, and are called together when
// udp-sender begins. Nothing of it is kept: a machine that is told to fetch its image alone, or that nobody answers any more, does so.
//
//   gathering → queued → sending → over
//
// What udp-sender sends is neither secret nor protected. Whether it is the image is decided by each machine, from the digest.

import { existsSync, readFileSync, statSync } from 'node:fs';
import type { Image } from '../model/image.ts';
import type { Admission } from './streams.ts';
import { laggards, type Sender, startSender, type Transfer, UDP_SENDER } from './udp-sender.ts';

export type MulticastSettings = {
  /** The first of so many addresses (IPv4, 239.0.0.0/8: RFC 2365) and pairs of ports as there may be transfers at once. */
  firstAddress: string;
  /** Even. */
  firstPort: number;
  transfers: number;
  /** Of one transfer, Mbit/s. */
  rate: number;
};

/** As the provisioner's role has written them last; undefined while there are none. */
export function openMulticastSettings(file: string): () => MulticastSettings | undefined {
  return () => (existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as MulticastSettings) : undefined);
}

export type Wish = {
  nodeId: string;
  /** As the machine asks from. */
  address: string;
  image: Pick<Image, 'digest' | 'file' | 'bytes'>;
  /** For how long machines are gathered after the first has asked, and with how many it begins at once; 0: only when the time is over. */
  withinMs: number;
  machines: number;
};

/** What a machine is told. */
export type Standing =
  | { kind: 'wait'; why: string }
  | { kind: 'receive'; address: string; port: number; transfer: string; machines: number }
  | { kind: 'sending'; how: string }
  | { kind: 'alone'; why: string };

export type Multicast = {
  /** One that has nothing to receive yet. */
  join(wish: Wish): Standing;
  /** One that receives, or did: how its transfer goes. */
  look(transfer: string, nodeId: string, address: string): Standing;
  /** The transfers under way: how many machines, and how much of the image they have been sent. */
  sending(): { digest: string; machines: number; bytes: number }[];
  stop(): void;
};

export type MulticastOptions = {
  settings(): MulticastSettings | undefined;
  admission: Admission;
  /** In which the machines are. */
  interface: string;
  /** Puts their network namespace before a command. */
  command(argv: string[]): string[];
  now(): number;
  /** How often it is looked whether somebody keeps the others waiting, ms. */
  watchMs?: number;
  /** After how many reminders a machine that does not answer is dropped. */
  reminders?: number;
};

type Member = { address: string; heardAt: number; called: boolean; sentAway?: string };
type Session = {
  id: string;
  slot: number;
  state: 'gathering' | 'queued' | 'sending' | 'over';
  wish: Wish;
  deadline: number;
  wanted: number;
  members: Map<string, Member>;
  /** Ends the waiting for a place. */
  gone: AbortController;
  transfer?: Transfer;
  sender?: Sender;
  /** Why it came to nothing; absent when all was sent. */
  failure?: string;
  overAt?: number;
};

/** Machines ask every two seconds. */
const SILENT_MS = 15_000;
const WATCH_MS = 5000;
// Slower than this share of the rate for so many looks in a row, and somebody alone is to blame: that one goes.
const SLOW_SHARE = 1 / 8;
const SLOW_LOOKS = 3;
// So long machines may still unpack what has been sent.
const REMEMBER_MS = 3600_000;

export function openMulticast({ settings, admission, interface: on, command, now, watchMs = WATCH_MS, reminders }: MulticastOptions): Multicast {
  const sessions = new Map<string, Session>();
  let last = 0;

  const live = (): Session[] => [...sessions.values()].filter(({ state }) => state !== 'over');
  const end = (session: Session, failure?: string): void => {
    if (session.state === 'over') return;
    session.state = 'over';
    session.overAt = now();
    if (failure) session.failure = failure;
    session.gone.abort();
    session.sender?.stop();
  };
  /** Without those that ask no more. */
  const prune = (session: Session): void => {
    for (const [nodeId, { heardAt }] of session.members) if (now() - heardAt > SILENT_MS) session.members.delete(nodeId);
    if (!session.members.size) end(session, 'nobody asks for it any more');
  };

  const send = async (session: Session, use: MulticastSettings): Promise<void> => {
    session.state = 'queued';
    let place: Awaited<ReturnType<Admission['enter']>> = { retryAfter: 0 };
    // Who has waited for too long is sent to the end of the queue, as any other.
    while (!('leave' in place) && !session.gone.signal.aborted)
      place = await admission.enter(`multicast ${session.id}`, session.gone.signal, () => session.sender?.progress.bytes ?? 0);
    if (!('leave' in place)) return;
    prune(session);
    if (session.members.size < 2) {
      place.leave();
      return end(session, 'no other machine is left that asks for it');
    }
    const { file } = session.wish.image;
    session.transfer = {
      file,
      interface: on,
      address: addressAt(use.firstAddress, session.slot),
      port: use.firstPort + 2 * session.slot,
      machines: session.members.size,
      megabits: use.rate,
      ...(reminders && { reminders }),
    };
    session.sender = startSender(session.transfer, command);
    session.state = 'sending';
    const watched = watch(session, session.sender, use.rate);
    const failure = await session.sender.ended;
    clearInterval(watched);
    place.leave();
    end(session, failure);
  };

  /** Sends away who alone keeps the others waiting, and whom the sender has given up. */
  const watch = (session: Session, { progress }: Sender, megabits: number): NodeJS.Timeout => {
    const floor = ((megabits * 1e6) / 8) * SLOW_SHARE * (watchMs / 1000);
    let before = 0;
    let slow = 0;
    return setInterval(() => {
      for (const address of progress.dropped) sendAway(session, address, 'it did not answer in time');
      if (!progress.begun) return;
      const all = progress.bytes >= session.wish.image.bytes;
      slow = !all && progress.bytes - before < floor ? slow + 1 : 0;
      before = progress.bytes;
      if (!slow) progress.waits = { all: 0, by: new Map() };
      if (slow < SLOW_LOOKS) return;
      slow = 0;
      for (const address of laggards(progress)) if (!sendAway(session, address, 'it is slower than the others')) end(session, `${address} holds all others up`);
      progress.waits = { all: 0, by: new Map() };
    }, watchMs).unref();
  };

  const reasonAgainst = (use: MulticastSettings | undefined, { image }: Wish): string | undefined => {
    if (!use) return 'the provisioner has not said yet which addresses multicast may use';
    if (!existsSync(UDP_SENDER)) return 'the admin node lacks udp-sender: install the Debian package udpcast on it';
    if (statSync(image.file, { throwIfNoEntry: false })?.size !== image.bytes) return 'its file is not what it was';
    return undefined;
  };
  const begin = (wish: Wish, use: MulticastSettings): Session | undefined => {
    const taken = new Set(live().map(({ slot }) => slot));
    const slot = Array.from({ length: use.transfers }, (_, index) => index).find((index) => !taken.has(index));
    if (slot === undefined) return undefined;
    for (const [id, { overAt }] of sessions) if (overAt !== undefined && now() - overAt > REMEMBER_MS) sessions.delete(id);
    const id = `t${++last}`;
    const session: Session = {
      id,
      slot,
      state: 'gathering',
      wish,
      deadline: now() + wish.withinMs,
      wanted: wish.machines,
      members: new Map(),
      gone: new AbortController(),
    };
    sessions.set(id, session);
    return session;
  };
  /** Whether it can begin: the time is over, or as many are here as were waited for. */
  const goOn = (session: Session, use: MulticastSettings): void => {
    if (session.state !== 'gathering') return;
    const enough = session.wanted > 1 && session.members.size >= session.wanted;
    if (!enough && now() < session.deadline) return;
    if (session.members.size < 2) return end(session, 'no other machine has asked for it in time');
    void send(session, use);
  };
  const standing = (session: Session, member: Member): Standing => {
    const others = session.members.size;
    if (session.failure) return { kind: 'alone', why: session.failure };
    if (session.state === 'over' || session.sender?.progress.begun) return { kind: 'alone', why: 'the transfer began without it' };
    if (session.state === 'gathering') {
      const seconds = Math.max(0, Math.ceil((session.deadline - now()) / 1000));
      return { kind: 'wait', why: `${others}${session.wanted ? ` of ${session.wanted}` : ''} machines are here, ${seconds} s left` };
    }
    if (session.state === 'queued') return { kind: 'wait', why: `${others} machines wait until other streams have ended` };
    member.called = true;
    const { address, port, machines } = session.transfer!;
    return { kind: 'receive', address, port, machines, transfer: session.id };
  };

  return {
    join(wish) {
      const use = settings();
      const against = reasonAgainst(use, wish);
      if (against) return { kind: 'alone', why: against };
      for (const session of live()) if (session.state !== 'sending') prune(session);
      // Who was called already and asks again has begun anew.
      const open = [...sessions.values()].find(
        ({ state, wish: { image }, members }) =>
          image.digest === wish.image.digest && (state === 'gathering' || state === 'queued' || members.get(wish.nodeId)?.called === false),
      );
      const session = open ?? begin(wish, use!);
      if (!session) return { kind: 'alone', why: `all ${use!.transfers} transfers that there may be at once are taken` };
      session.wanted = Math.max(session.wanted, wish.machines);
      const member = session.members.get(wish.nodeId) ?? { address: wish.address, heardAt: 0, called: false };
      session.members.set(wish.nodeId, Object.assign(member, { address: wish.address, heardAt: now() }));
      goOn(session, use!);
      const told = standing(session, member);
      // Whoever has been told so comes for something else the next time.
      if (told.kind === 'alone') member.called = true;
      return told;
    },
    look(id, nodeId, address) {
      const session = sessions.get(id);
      const member = session?.members.get(nodeId);
      // The admin node was started anew: the sender ended with it, and the receiver finds out by itself.
      if (!session || !member) return { kind: 'sending', how: 'nothing is known of it any more' };
      Object.assign(member, { address, heardAt: now() });
      if (member.sentAway) return { kind: 'alone', why: member.sentAway };
      if (session.failure) return { kind: 'alone', why: session.failure };
      if (session.state === 'over') return { kind: 'sending', how: 'all is sent' };
      const { begun, bytes, machines } = session.sender!.progress;
      const percent = Math.floor((bytes * 100) / session.wish.image.bytes);
      return { kind: 'sending', how: begun ? `${percent} % sent to ${machines.size} machines` : 'the machines come together' };
    },
    sending: () =>
      live().flatMap(({ wish, sender }) =>
        sender ? [{ digest: wish.image.digest, machines: sender.progress.machines.size, bytes: sender.progress.bytes }] : [],
      ),
    stop() {
      for (const session of live()) end(session, 'the admin node stops');
    },
  };
}

/** False where it is none of ours. */
function sendAway(session: Session, address: string, why: string): boolean {
  const found = [...session.members.values()].filter((member) => member.address === address);
  for (const member of found) member.sentAway ??= why;
  return found.length > 0;
}

const addressAt = (first: string, slot: number): string => {
  const octets = first.split('.').map(Number);
  return [...octets.slice(0, 3), octets[3]! + slot].join('.');
};
