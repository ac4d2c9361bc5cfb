// Where to after signing in: to what was asked for before, so that a link to anything works for who is not signed in yet.

const KEY = 'prybar.wanted';
/** Longer than anybody is at a provider's page; who gives up there is not sent somewhere else the next day. */
const KEPT_MS = 15 * 60_000;

const isDoor = (path: string): boolean => /^\/(sign-in|first-user)(\/|$)/.test(path);

/** Signed in on this page itself: loaded anew, so that nothing of the time before stays. */
export function goOn(): void {
  if (isDoor(location.pathname)) location.replace('/');
  else location.reload();
}

/** Before the page is left for a provider's, which sends everybody back to the first page. */
export function rememberWanted(): void {
  if (isDoor(location.pathname)) return;
  try {
    sessionStorage.setItem(KEY, JSON.stringify({ to: location.pathname + location.search, at: Date.now() }));
  } catch {
    // Where storage is forbidden, one comes to the first page.
  }
}

/** As the page begins: where it goes on, once. */
export function takeWanted(): string | undefined {
  try {
    if (isDoor(location.pathname)) return undefined;
    const kept = JSON.parse(sessionStorage.getItem(KEY) ?? 'null') as { to?: unknown; at?: unknown } | null;
    sessionStorage.removeItem(KEY);
    const fresh = typeof kept?.at === 'number' && Date.now() - kept.at < KEPT_MS;
    // An address of this page only, whatever wrote it there.
    return fresh && location.pathname === '/' && typeof kept.to === 'string' && /^\/(?!\/)/.test(kept.to) ? kept.to : undefined;
  } catch {
    return undefined;
  }
}
