// SSH keys of the admin, and fingerprints as people know them from ssh(1).

import { createHash } from 'node:crypto';
import ssh2 from 'ssh2';

export type KeyPair = {
  /** OpenSSH format, unencrypted: a secret. */
  privateKey: string;
  /** `ssh-ed25519 AAAA… comment`, one line, for authorized_keys. */
  publicKey: string;
};

export function generateKeyPair(comment: string): KeyPair {
  for (;;) {
    const pair = ssh2.utils.generateKeyPairSync('ed25519', { comment });
    // ssh2 1.17 writes about one key in 250 so that neither it nor OpenSSH can read it.
    if (ssh2.utils.parseKey(pair.private) instanceof Error) continue;
    return { privateKey: pair.private, publicKey: pair.public };
  }
}

/** `SHA256:…` of a key in one line (`ssh-ed25519 AAAA…`) or as SSH sends it (RFC 4253 §6.6), as `ssh-keygen -l` prints it. */
export function fingerprintOf(key: string | Buffer): string {
  const bytes = typeof key === 'string' ? keyBytes(key) : key;
  return `SHA256:${createHash('sha256').update(bytes).digest('base64').replace(/=+$/, '')}`;
}

export const keyBytes = (line: string): Buffer => Buffer.from(line.trim().split(/\s+/)[1] ?? '', 'base64');
export const keyType = (line: string): string => line.trim().split(/\s+/)[0] ?? '';
