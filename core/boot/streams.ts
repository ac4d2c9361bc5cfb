// Who may take a large file now. A rack that is installed at once asks for the same gigabytes at once; beyond a few streams each further one
// only makes all of them end later, and machines that wait for their first byte do no harm. So the first few are served at full speed, the
// others stand in a queue, and who would stand there for long is told when to come again, by how long streams took so far.

export type Admission = {
  /**
   * A place, given back by calling it; or the seconds after which to ask again. Fair by `key`, the machine: who has no stream comes before
   * who has one, and who came first comes first. Leaves the queue when `signal` is aborted.
   */
  enter(key: string, signal: AbortSignal): Promise<{ leave: () => void } | { retryAfter: number }>;
  /** For people who watch. */
  view(): { running: number; waiting: number };
};

export type AdmissionOptions = {
  atOnce: number;
  /** Longest wait for a place, ms: shorter than what a client or a proxy takes for a dead connection. */
  waitMs?: number;
  now(): number;
};

const WAIT_MS = 25_000;
// Until one has ended: a small image over a gigabit link.
const FIRST_GUESS_MS = 5000;
const LONGEST_RETRY_S = 300;

type Waiting = { key: string; admit: () => void; timer: NodeJS.Timeout };

export function openAdmission({ atOnce, waitMs = WAIT_MS, now }: AdmissionOptions): Admission {
  const running = new Map<string, number>();
  const waiting: Waiting[] = [];
  let count = 0;
  let usualMs = FIRST_GUESS_MS;

  const take = (key: string): { leave: () => void } => {
    const began = now();
    let left = false;
    count++;
    running.set(key, (running.get(key) ?? 0) + 1);
    return {
      leave() {
        if (left) return;
        left = true;
        count--;
        const own = running.get(key)! - 1;
        if (own) running.set(key, own);
        else running.delete(key);
        // The last few count most: they ran beside as many others as the next will.
        usualMs = usualMs * 0.7 + (now() - began) * 0.3;
        admitNext();
      },
    };
  };
  const admitNext = () => {
    while (count < atOnce && waiting.length) {
      const fewest = Math.min(...waiting.map(({ key }) => running.get(key) ?? 0));
      const [next] = waiting.splice(
        waiting.findIndex(({ key }) => (running.get(key) ?? 0) === fewest),
        1,
      );
      clearTimeout(next!.timer);
      next!.admit();
    }
  };
  const retryAfter = (place: number): number => Math.min(LONGEST_RETRY_S, Math.max(1, Math.ceil(((place / atOnce) * usualMs) / 1000)));

  return {
    enter(key, signal) {
      if (count < atOnce && !waiting.length) return Promise.resolve(take(key));
      return new Promise((resolve) => {
        const quit = () => {
          const place = waiting.indexOf(entry);
          if (place < 0) return;
          waiting.splice(place, 1);
          clearTimeout(entry.timer);
          signal.removeEventListener('abort', quit);
          resolve({ retryAfter: retryAfter(place + 1) });
        };
        const entry: Waiting = {
          key,
          timer: setTimeout(quit, waitMs),
          admit() {
            signal.removeEventListener('abort', quit);
            resolve(take(key));
          },
        };
        waiting.push(entry);
        if (signal.aborted) quit();
        else signal.addEventListener('abort', quit);
      });
    },
    view: () => ({ running: count, waiting: waiting.length }),
  };
}
