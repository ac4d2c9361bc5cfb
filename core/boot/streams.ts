// Who may take a large file now. A rack that is installed at once asks for the same gigabytes at once; once the link is full a further stream
// only makes all of them end later, and machines that wait for their first byte do no harm. So a few are served at once, more as long as more
// of them carry more in sum, the others stand in a queue, and who would stand there for long is told when to come again. How full the link
// is and how long a stream takes is measured on the streams themselves.

export type Admission = {
  /**
   * A place, given back by calling it; or the seconds after which to ask again. Fair by `key`, the machine: who has no stream comes before
   * who has one, and who came first comes first. Leaves the queue when `signal` is aborted. `sent` says how many bytes it has sent by now.
   */
  enter(key: string, signal: AbortSignal, sent?: () => number): Promise<{ leave: () => void } | { retryAfter: number }>;
  /** For people who watch. `limit` is how many streams are let in at present. */
  view(): { running: number; waiting: number; limit: number };
};

/** Four busy a gigabit link even where machines unpack slowly; how many more there are is measured. */
export const IMAGES_AT_ONCE = { least: 4, most: 64 };

export type AdmissionOptions = {
  /** Streams that are always let in, and how many there may be where the link carries them. */
  atOnce: { least: number; most: number };
  /** How long it is watched what so many streams carry before more are let in, ms. */
  probeMs?: number;
  /** Longest wait for a place, ms: shorter than what a client or a proxy takes for a dead connection. */
  waitMs?: number;
  now(): number;
};

const WAIT_MS = 25_000;
const PROBE_MS = 2000;
// A quarter more streams are let in each time; so much more than before must they carry, or the link counts as full.
const WORTHWHILE = 1.1;
// Until one has ended: a small image over a gigabit link.
const FIRST_GUESS_MS = 5000;
const LONGEST_RETRY_S = 300;

type Stream = { key: string; sent: () => number };
type Waiting = { key: string; admit: () => void; timer: NodeJS.Timeout };

export function openAdmission({ atOnce, waitMs = WAIT_MS, probeMs = PROBE_MS, now }: AdmissionOptions): Admission {
  const running = new Set<Stream>();
  const waiting: Waiting[] = [];
  let limit = atOnce.least;
  let usualMs = FIRST_GUESS_MS;
  let probe: NodeJS.Timeout | undefined;

  const ofMachine = (wanted: string): number => [...running].filter(({ key }) => key === wanted).length;
  const take = (key: string, sent: () => number): { leave: () => void } => {
    const began = now();
    const stream = { key, sent };
    running.add(stream);
    return {
      leave() {
        if (!running.delete(stream)) return;
        // The last few count most: they ran beside as many others as the next will.
        usualMs = usualMs * 0.7 + (now() - began) * 0.3;
        if (!running.size) limit = atOnce.least;
        admitNext();
      },
    };
  };
  const admitNext = () => {
    while (running.size < limit && waiting.length) {
      const fewest = Math.min(...waiting.map(({ key }) => ofMachine(key)));
      const [next] = waiting.splice(
        waiting.findIndex(({ key }) => ofMachine(key) === fewest),
        1,
      );
      clearTimeout(next!.timer);
      next!.admit();
    }
    if (!waiting.length) clearInterval(probe);
  };
  /** While somebody waits: what the streams carried since the last look, and whether those let in last have added to it. */
  const watchLink = () => {
    clearInterval(probe);
    let before = new Map([...running].map((stream) => [stream, stream.sent()]));
    let at = now();
    let best = 0;
    probe = setInterval(() => {
      const bytes = [...running].reduce((sum, stream) => sum + stream.sent() - (before.get(stream) ?? 0), 0);
      const rate = bytes / Math.max(1, now() - at);
      before = new Map([...running].map((stream) => [stream, stream.sent()]));
      at = now();
      if (running.size < limit || limit >= atOnce.most || rate <= best * WORTHWHILE) return;
      best = rate;
      limit = Math.min(atOnce.most, limit + Math.ceil(limit / 4));
      admitNext();
    }, probeMs);
    probe.unref();
  };
  const retryAfter = (place: number): number => Math.min(LONGEST_RETRY_S, Math.max(1, Math.ceil(((place / limit) * usualMs) / 1000)));

  return {
    enter(key, signal, sent = () => 0) {
      if (running.size < limit && !waiting.length) return Promise.resolve(take(key, sent));
      return new Promise((resolve) => {
        const quit = () => {
          const place = waiting.indexOf(entry);
          if (place < 0) return;
          waiting.splice(place, 1);
          clearTimeout(entry.timer);
          if (!waiting.length) clearInterval(probe);
          signal.removeEventListener('abort', quit);
          resolve({ retryAfter: retryAfter(place + 1) });
        };
        const entry: Waiting = {
          key,
          timer: setTimeout(quit, waitMs),
          admit() {
            signal.removeEventListener('abort', quit);
            resolve(take(key, sent));
          },
        };
        waiting.push(entry);
        if (waiting.length === 1) watchLink();
        if (signal.aborted) quit();
        else signal.addEventListener('abort', quit);
      });
    },
    view: () => ({ running: running.size, waiting: waiting.length, limit }),
  };
}
