// What a backup holds of the state folder: facts, the keys that open what is sealed in them and the machines, and barclamps that were installed.
// Images, packages and what is in flight are not in it: they are built, fetched or told anew.

export const FORMAT = 1;
export const MANIFEST = 'manifest.json';
/** Where facts are in the state folder, and under which name in a backup. */
export const FACTS = { kept: 'store/facts.db', name: 'facts.db' };
/** Those that are there, each with all below it. */
export const BESIDE: readonly string[] = ['secret.key', 'ssh-key', 'ssh-key.pub', 'installed-barclamps'];

export type Manifest = {
  format: number;
  /** Of Prybar. */
  version: string;
  /** Unix ms. */
  at: number;
  host: string;
};
