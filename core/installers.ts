// Installers of distributions, kept for machines without internet: fetched when the first proposal asks for one, and told to roles as a
// part of the site.

import { buildDebianInstaller } from '../iso-builder/debian-installer/build-debian-installer.ts';
import { track } from './activities.ts';
import type { Installer } from './model/installer.ts';
import { ok } from './model/problem.ts';
import type { Store } from './store/store.ts';
import { takeTurns } from './take-turns.ts';

export type Installers = {
  /** Waits until what the proposals of this barclamp ask for is there. Throws a ProblemError when it cannot be had. */
  need(barclamp?: string): Promise<void>;
  /** Tells roles of what is there: once more when the site has become known. */
  tell(): Promise<void>;
};

export type InstallersOptions = { store: Store; cacheDir: string; signal: AbortSignal };

export function openInstallers({ store, cacheDir, signal }: InstallersOptions): Installers {
  let debian: Installer | undefined;
  const bring = async (barclamp: string | undefined): Promise<void> => {
    const proposals = (await store.list('proposal')).filter((proposal) => proposal.barclamp === barclamp);
    const wanted = proposals.some(({ draft, committed }) => [draft, committed].some((body) => body?.attributes.method === 'debian-installer'));
    if (!wanted) return;
    const built = await track(store, 'debian-installer', 'Debian installer', (onProgress) => buildDebianInstaller({ cacheDir, onProgress, signal }));
    const { digest, version, kernel, initrd, folder } = built;
    debian = { digest, version, kernel, initrd, folder };
    await tell();
  };
  const tell = async (): Promise<void> => {
    await store.transact(async (tx) => {
      const found = await tx.get('site', 'admin');
      if (!found || !debian) return ok(undefined);
      const { revision, ...site } = found;
      return tx.put('site', 'admin', { ...site, installers: { ...site.installers, 'debian-12': debian } }, revision);
    });
  };
  // The second finds what the first has brought.
  const inTurn = takeTurns();
  return { need: (barclamp) => inTurn(() => bring(barclamp)), tell };
}
