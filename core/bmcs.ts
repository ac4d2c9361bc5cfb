// What hardware/ needs to know from the rest: which accounts roles have made on BMCs, and how a running system is told to stop.

import type { RoleSecrets } from './access/role-secrets.ts';
import { accountsMade, type MadeAccount } from './hardware/bmc-access.ts';
import type { Switching } from './hardware/switch.ts';
import type { Catalog } from './model/catalog.ts';
import type { Node } from './model/node.ts';
import { bad, type Checked, ok, problem } from './model/problem.ts';
import type { Remote } from './remote/remote.ts';
import type { FollowedFacts } from './store/snapshot.ts';

export type BmcOptions = Omit<Switching, 'madeAccounts' | 'tellSystem'> & {
  facts: FollowedFacts;
  catalog(): Catalog;
  roleSecrets: Pick<RoleSecrets, 'of'>;
  remoteFor(node: Node): Remote;
};

export function openBmcs(options: BmcOptions): Switching {
  const { facts, catalog, roleSecrets, remoteFor } = options;
  return {
    ...options,
    // The facts are caught up with at every change.
    madeAccounts(node) {
      const found = [];
      for (const runs of facts.current.lastDone.values()) {
        const run = runs.get(node.id);
        const made = run?.outputs?.account as Partial<MadeAccount> | undefined;
        if (!run || !made?.address || !made.user || !made.secret) continue;
        // Made on a BMC of other hardware, which stood in this place before: an order would reach that one.
        if (run.startedAt < (node.hardwareSince ?? 0)) continue;
        const declaration = catalog().roles.get(run.role)?.declaration;
        const secret = declaration?.secrets[made.secret];
        if (!declaration || !secret || secret.kind === 'reference') continue;
        const id = `${run.deployment}/${declaration.barclamp}/${made.secret}`;
        const rotation = facts.current.rotations.get(id)?.count ?? 0;
        const passwordOf = async (count: number): Promise<string | undefined> => {
          const { [made.secret!]: value } = await roleSecrets.of([{ name: made.secret!, id, declaration: secret, rotation: count }], node);
          return typeof value === 'string' ? value : undefined;
        };
        found.push(...accountsMade(made as MadeAccount, `${run.deployment}/${run.role}`, rotation, passwordOf));
      }
      return found;
    },
    tellSystem: (node, order) => tellSystem(remoteFor(node), node, order),
  };
}

const LIMIT_MS = 20_000;

/** A moment later, so that the connection can say that the order arrived. */
export async function tellSystem(remote: Remote, node: Node, order: 'reboot' | 'poweroff', signal = AbortSignal.timeout(LIMIT_MS)): Promise<Checked<void>> {
  const program = `systemd-run --quiet --on-active=1 systemctl ${order}`;
  const end = await remote.run(program, { signal, timeoutMs: LIMIT_MS, onOutput: () => {}, onError: () => {} });
  if (end.kind === 'exited' && end.code === 0) return ok(undefined);
  return bad(
    problem(
      `The system of ${node.name} did not take the order to ${order === 'reboot' ? 'restart' : 'switch off'}.`,
      { node: node.name },
      'Look at its console.',
    ),
  );
}
