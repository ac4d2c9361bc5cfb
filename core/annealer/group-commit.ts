// Gathers what many have to write at the same moment into one commit, so that a disk which syncs a few thousand times a second
// records many more. Nobody waits longer for it: what comes while a commit is under way shares the next.

/** The returned function resolves when its item is on disk, and rejects when the commit that it was part of failed. */
export function inGroups<T>(commit: (items: T[]) => Promise<void>): (item: T) => Promise<void> {
  let gathering: { items: T[]; written: Promise<void> } | undefined;
  let previous: Promise<unknown> = Promise.resolve();
  const begin = (items: T[]): Promise<void> => {
    const turn = previous.then(
      () =>
        new Promise<void>((resolve, reject) => {
          // After what else is ready in this turn of the event loop.
          setImmediate(() => {
            gathering = undefined;
            commit(items).then(resolve, reject);
          });
        }),
    );
    previous = turn.catch(() => {});
    return turn;
  };
  return (item) => {
    if (gathering) gathering.items.push(item);
    else {
      const items = [item];
      gathering = { items, written: begin(items) };
    }
    return gathering.written;
  };
}
