// The way to each node, and the admin's own key with which it goes there.

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import type { Node } from '../model/node.ts';
import { problem } from '../model/problem.ts';
import { generateKeyPair } from './keys.ts';
import { localRemote } from './local.ts';
import type { Remote } from './remote.ts';
import { sshPool } from './ssh.ts';

export type Remotes = { of(node: Node): Remote /** One line, for authorized_keys. */; publicKey: string; close(): void };

export type RemotesOptions = {
  /** The admin's private SSH key, made at the first start; the public one lies beside it as `.pub`. */
  keyFile: string;
  /** Opens a connection in the network where the nodes are. */
  connect(host: string, port: number): Promise<Socket>;
  /** Words before a command that is to run in that network; none where it is this machine's own. */
  inside(): readonly string[];
};

export function openRemotes({ keyFile, connect, inside }: RemotesOptions): Remotes {
  if (!existsSync(keyFile)) {
    const pair = generateKeyPair('prybar');
    writeFileSync(`${keyFile}.pub`, `${pair.publicKey}\n`, { mode: 0o644 });
    writeFileSync(keyFile, pair.privateKey, { mode: 0o600 });
  }
  const pool = sshPool({ privateKey: readFileSync(keyFile, 'utf8'), connect, inside });
  const local = localRemote('admin');
  return {
    publicKey: readFileSync(`${keyFile}.pub`, 'utf8').trim(),
    of(node) {
      if (node.remote === 'local') return local;
      const host = node.addresses.admin;
      const hostKey = node.system?.hostKey;
      if (host && hostKey) return pool.remoteFor({ node: node.name, host, hostKey });
      const missing = host ? `No SSH host key of ${node.name} is known.` : `${node.name} has no address.`;
      return {
        run: async () => ({ kind: 'lost', problem: problem(missing, { node: node.name }, 'Restart the machine so that it reports itself again.') }),
        close() {},
      };
    },
    close() {
      pool.close();
      local.close();
    },
  };
}
