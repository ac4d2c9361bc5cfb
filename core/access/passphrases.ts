// Passphrases: kept as scrypt hashes that say with which costs they were made, so that costs can rise. One at a time is worked out for each
// of two turns: each takes 128 MiB and half a second, and strangers can ask for it. Who is known here does not wait behind them.

import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { bad, type Checked, ok, problem } from '../model/problem.ts';

// OWASP's first choice for scrypt (Password Storage Cheat Sheet, 2024): N = 2^17, r = 8, p = 1. Node refuses more than 32 MiB unless told.
const COST = { N: 2 ** 17, r: 8, p: 1 };
const SALT_BYTES = 16;
const KEY_BYTES = 32;
const SHORTEST = 12;
const AT_ONCE = 2;
const WAITING = 50;

/** What is wrong with it as a passphrase for this person. NIST SP 800-63B: length counts, kinds of characters do not. */
export function checkPassphrase(passphrase: string, user: string): Checked<void> {
  const letters = Array.from(passphrase.normalize('NFC'));
  if (letters.length < SHORTEST)
    return bad(problem(`A passphrase has at least ${SHORTEST} characters; this has ${letters.length}.`, undefined, 'Four words that nobody expects will do.'));
  if (
    new Set(letters).size < 5 ||
    passphrase.toLowerCase().includes(user.toLowerCase()) ||
    /^(prybar|password|passphrase|0?123456789|qwerty)+[0-9!]*$/i.test(passphrase)
  )
    return bad(problem('This passphrase is one of the first that anybody would try.', undefined, 'Four words that nobody expects will do.'));
  return ok(undefined);
}

export async function hashPassphrase(passphrase: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  const key = await derive(passphrase, salt, { ...COST, known: true });
  return ['scrypt', COST.N, COST.r, COST.p, salt.toString('base64'), key.toString('base64')].join('$');
}

// Of nobody: whoever asks for an unknown name waits as long as for a known one.
const NOBODY = ['scrypt', COST.N, COST.r, COST.p, randomBytes(SALT_BYTES).toString('base64'), randomBytes(KEY_BYTES).toString('base64')].join('$');

/** Takes as long whether there is a hash or not. `known`: asked for by somebody who was here before. */
export async function fits(passphrase: string, hash: string | undefined, known = false): Promise<boolean> {
  const [, N, r, p, salt, key] = (hash ?? NOBODY).split('$') as [string, string, string, string, string, string];
  const derived = await derive(passphrase, Buffer.from(salt, 'base64'), { N: Number(N), r: Number(r), p: Number(p), known });
  return timingSafeEqual(derived, Buffer.from(key, 'base64')) && hash !== undefined;
}

let busy = 0;
const queue: (() => void)[] = [];

async function derive(passphrase: string, salt: Buffer, { known, ...cost }: typeof COST & { known: boolean }): Promise<Buffer> {
  if (busy >= AT_ONCE) {
    if (!known && queue.length >= WAITING) throw new TooBusy();
    await new Promise<void>((resolve) => (known ? queue.unshift(resolve) : queue.push(resolve)));
  } else busy++;
  try {
    return await new Promise((resolve, reject) => {
      scrypt(passphrase.normalize('NFC'), salt, KEY_BYTES, { ...cost, maxmem: 256 * cost.N * cost.r }, (error, key) => (error ? reject(error) : resolve(key)));
    });
  } finally {
    // Whoever waits takes the turn over.
    const next = queue.shift();
    if (next) next();
    else busy--;
  }
}

/** More people try passphrases than can be looked at. */
export class TooBusy extends Error {}
