// How often somebody may try a passphrase. After a few failures each further one has to wait, longer each time, for the account and for the
// address; the wait never grows beyond some minutes. A browser that has signed in to the account before is counted by itself, so that
// strangers who try the admin's name do not keep the admin out (OWASP, "Slow down online guessing attacks with device cookies").

// An office may have one address.
const FREE = { account: 5, browser: 5, address: 20 };
const FIRST_WAIT_MS = 2_000;
const LONGEST_WAIT_MS = 5 * 60_000;
const FORGOTTEN_MS = 3600_000;
// Beyond it the oldest are forgotten: memory for strangers is bounded.
const REMEMBERED = 20_000;

/** `browser`: id of one that has signed in to this account before. */
export type Attempt = { user: string; address: string; browser?: string | undefined };

export type Attempts = {
  /** Ms to wait before another attempt counts; 0: now. */
  wait(attempt: Attempt, now: number): number;
  /** Also to be said before it is known, so that many at once are not free. */
  failed(attempt: Attempt, now: number): void;
  succeeded(attempt: Attempt): void;
  /** It was not looked at: as if it had not been made. */
  dropped(attempt: Attempt): void;
};

export function openAttempts(): Attempts {
  const failures = new Map<string, { count: number; at: number }>();
  const waitOf = (key: string, now: number): number => {
    const found = failures.get(key);
    const over = (found?.count ?? 0) - FREE[key.split(' ')[0] as keyof typeof FREE];
    if (!found || over < 0) return 0;
    // The clock was set back: the wait begins anew, and is no longer than it was.
    found.at = Math.min(found.at, now);
    return Math.max(0, found.at + Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** over) - now);
  };
  const oneLess = (key: string): void => {
    const before = failures.get(key);
    if (before) failures.set(key, { ...before, count: before.count - 1 });
  };
  return {
    wait: (attempt, now) => Math.max(...keysOf(attempt).map((key) => waitOf(key, now))),
    failed(attempt, now) {
      for (const key of keysOf(attempt)) {
        const before = failures.get(key);
        failures.delete(key);
        failures.set(key, { count: before && before.at > now - FORGOTTEN_MS ? before.count + 1 : 1, at: now });
      }
      while (failures.size > REMEMBERED) failures.delete(failures.keys().next().value!);
    },
    // An account is free again; what the address owes for others stays.
    succeeded(attempt) {
      const [own, address] = keysOf(attempt);
      failures.delete(own!);
      if (address) oneLess(address);
    },
    dropped: (attempt) => keysOf(attempt).forEach(oneLess),
  };
}

const keysOf = ({ user, address, browser }: Attempt): string[] => (browser ? [`browser ${browser} ${user}`] : [`account ${user}`, `address ${address}`]);
