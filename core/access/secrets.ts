// Secrets at rest: sealed with a key that lies outside the database, so that a copy of the database tells nothing.
// AES-256-GCM (NIST SP 800-38D); the name is bound in, so that a sealed text cannot be passed off under another name.

import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { Store } from '../store/store.ts';

export type Secrets = {
  /** What is there under this name, else what `make` gives, kept for good: two who ask at once get the same. */
  getOrMake(name: string, make: () => string | Promise<string>): Promise<string>;
  put(name: string, text: string): Promise<void>;
  /** Undefined when there is none of that name. Throws when the key does not fit. */
  get(name: string): Promise<string | undefined>;
};

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

export function openSecrets(store: Store, keyFile: string): Secrets {
  if (!existsSync(keyFile)) writeFileSync(keyFile, randomBytes(32), { mode: 0o600, flag: 'wx' });
  const key = readFileSync(keyFile);
  const seal = (name: string, text: string): string => {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(name));
    return Buffer.concat([nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]).toString('base64');
  };
  const unseal = (name: string, text: string): string => {
    const sealed = Buffer.from(text, 'base64');
    const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, NONCE_BYTES)).setAAD(Buffer.from(name));
    decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
    return Buffer.concat([decipher.update(sealed.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]).toString('utf8');
  };
  const get: Secrets['get'] = async (name) => {
    const found = await store.get('secret', name);
    return found && unseal(name, found.sealed);
  };
  return {
    get,
    async put(name, text) {
      await store.put('secret', name, { sealed: seal(name, text) }, 'any');
    },
    async getOrMake(name, make) {
      const present = await get(name);
      if (present !== undefined) return present;
      const text = await make();
      const put = await store.put('secret', name, { sealed: seal(name, text) }, 'new');
      return put.ok ? text : (await get(name))!;
    },
  };
}
