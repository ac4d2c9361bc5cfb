// What a state folder is called wherever names are short and shared by a whole computer: namespaces, bridges, tables, labels of containers.
// Whoever finds one of them after a kill knows whose it was.

import { createHash } from 'node:crypto';
import { mkdir, realpath } from 'node:fs/promises';

/** Eight hexadecimal digits, whichever way leads to the folder. It is made where there is none. */
export async function folderTag(stateDir: string): Promise<string> {
  await mkdir(stateDir, { recursive: true });
  return createHash('sha256')
    .update(await realpath(stateDir))
    .digest('hex')
    .slice(0, 8);
}

/** The network namespace of the virtual rack in this folder. */
export const rackNamespace = async (stateDir: string): Promise<string> => `prybar-${await folderTag(stateDir)}`;
