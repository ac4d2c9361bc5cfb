// Who vouches for what: ed25519 keys (RFC 8032). A public key is one line of text that people can pass on and compare.

import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign as signWith, verify as verifyWith } from 'node:crypto';
import { bad, type Checked, ok, problem } from './model/problem.ts';

const PREFIX = 'prybar-ed25519';

export type PublicKey = {
  /** `SHA256:…`, what people compare. */
  id: string;
  /** 32 bytes in base64. */
  key: string;
  /** Whose it is, as its owner says. */
  comment: string;
};

export type Signature = { publicKey: string; signature: string };

/** A new pair: the private key as PKCS#8 PEM, the public one as a line. */
export function newKeyPair(comment: string): { privateKey: string; publicKey: string } {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  return { privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), publicKey: lineOf(publicKey, comment) };
}

const rawOf = (key: KeyObject): string => Buffer.from(key.export({ format: 'jwk' }).x!, 'base64url').toString('base64');
const lineOf = (key: KeyObject, comment: string): string => `${PREFIX} ${rawOf(key)} ${comment}`.trim();

export const keyId = (raw: string): string => `SHA256:${createHash('sha256').update(Buffer.from(raw, 'base64')).digest('base64').replace(/=+$/, '')}`;

export function readPublicKey(text: string): Checked<PublicKey> {
  const [, key, comment = ''] = /^prybar-ed25519 ([A-Za-z0-9+/]{43}=)(?: ([^\n]{1,200}))?\s*$/.exec(text) ?? [];
  if (!key) return bad(problem('This is no public key of Prybar.', undefined, `It is one line that begins with ${PREFIX}: the file that ends in .pub.`));
  return ok({ id: keyId(key), key, comment: comment.trim() });
}

/** Signs with a private key in PEM. */
export function sign(content: Buffer, privatePem: string): Checked<Signature> {
  try {
    const key = createPrivateKey(privatePem);
    if (key.asymmetricKeyType !== 'ed25519')
      return bad(problem(`This is a key of the kind ${key.asymmetricKeyType}.`, undefined, 'Make one: prybar barclamp key new FILE'));
    return ok({ publicKey: rawOf(createPublicKey(key)), signature: signWith(null, content, key).toString('base64') });
  } catch {
    return bad(problem('This is no private key.', undefined, 'Make one: prybar barclamp key new FILE'));
  }
}

export function verify(content: Buffer, { publicKey, signature }: Signature): boolean {
  try {
    const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: Buffer.from(publicKey, 'base64').toString('base64url') }, format: 'jwk' });
    return verifyWith(null, content, key, Buffer.from(signature, 'base64'));
  } catch {
    return false;
  }
}
