// Loads a part of the page that is fetched only when it is needed. What cannot be fetched is most often of a build that is no longer served, or the
// network broke for a moment: the whole page is then loaded anew, but not again and again.

import { read, write } from './parts/remembered.ts';

const place = 'prybar.reloaded';
const patienceMs = 10_000;

export async function loadPage<T>(load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (error) {
    if (Date.now() - Number(read(place) ?? 0) < patienceMs) throw error;
    write(place, String(Date.now()));
    location.reload();
    return new Promise(() => {});
  }
}
