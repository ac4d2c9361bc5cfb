// Work that must not overlap, in the order in which it was asked for.

/** Runs one piece of work at a time; what comes after one that failed is done all the same. */
export function takeTurns(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const turn = last.then(work);
    last = turn.catch(() => {});
    return turn;
  };
}
