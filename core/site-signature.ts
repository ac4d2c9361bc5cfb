// Signs in the name of the site, with keys that it makes for itself at first use and keeps sealed.

import type { Secrets } from './access/secrets.ts';
import { newKeyPair, type Signature, sign } from './signing.ts';
import { ProblemError } from './model/problem.ts';

/** `purpose` is one word, as `images`: a key signs for one purpose only. */
export async function signForSite(secrets: Secrets, purpose: string, text: string): Promise<Signature> {
  const key = await secrets.getOrMake(`${purpose} signing key`, () => newKeyPair(`${purpose}`).privateKey);
  const signed = sign(Buffer.from(text), key);
  if (!signed.ok) throw new ProblemError(signed.problems);
  return signed.value;
}
