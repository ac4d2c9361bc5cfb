// Trying the networks as work that people watch: one at a time, over the way that roles take to machines.

import { track } from './activities.ts';
import { bad, type Checked, ok, problem } from './model/problem.ts';
import type { CheckResult } from './model/verification.ts';
import { type VerifyOptions, verifyNetworks, type WantedNetwork } from './network/verification/verify.ts';
import type { Remotes } from './remote/remotes.ts';
import type { Store } from './store/store.ts';

const VERIFICATION_ACTIVITY = 'network-verification';

/** What was found of each network, by its id. A Problem where it goes on already. */
export type NetworkVerifier = (
  networks: readonly WantedNetwork[],
  wish: Pick<VerifyOptions, 'names' | 'clockMs'>,
) => Promise<Checked<Map<string, CheckResult[]>>>;

export function openNetworkVerifier({
  store,
  remotes,
  now,
  signal,
}: {
  store: Store;
  remotes: Pick<Remotes, 'of'>;
  now: () => number;
  signal: AbortSignal;
}): NetworkVerifier {
  let busy = false;
  return async (networks, wish) => {
    if (busy) return bad(problem('The networks are being tried already.', undefined, 'Wait until that has ended: prybar status.'));
    busy = true;
    try {
      const run: VerifyOptions['run'] = (node, program, options) => remotes.of(node).run(program, options);
      return ok(
        await track(store, VERIFICATION_ACTIVITY, 'Verification of the networks', (onProgress) =>
          verifyNetworks(networks, { ...wish, run, now, signal, onProgress }),
        ),
      );
    } finally {
      busy = false;
    }
  };
}
