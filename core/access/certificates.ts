// The site's own certificate authority, and certificates that it signs. Keys are made here; signing is openssl's, so that
// every client that can read certificates at all can read these. ECDSA P-256, as browsers and old OpenSSL alike take it.

import { execFile } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { problem, ProblemError } from '../model/problem.ts';

/** PEM. */
export type Certified = { key: string; cert: string };

// Nobody renews them by hand in a closed data centre; a secret is replaced by rotation.
const DAYS = { authority: 7300, service: 3650 };

export function makeAuthority(name: string): Promise<Certified> {
  return certify({
    subject: name,
    days: DAYS.authority,
    extensions: ['basicConstraints=critical,CA:TRUE,pathlen:0', 'keyUsage=critical,keyCertSign,cRLSign', 'subjectKeyIdentifier=hash'],
  });
}

/** `names` are host names and addresses under which it is spoken to; the first is its common name. */
export function makeCertificate(names: readonly string[], authority: Certified, days = DAYS.service): Promise<Certified> {
  return certify({
    subject: names[0]!,
    days,
    authority,
    extensions: [
      'basicConstraints=critical,CA:FALSE',
      'keyUsage=critical,digitalSignature',
      'extendedKeyUsage=serverAuth,clientAuth',
      `subjectAltName=${names.map((name) => `${isIP(name) ? 'IP' : 'DNS'}:${name}`).join(',')}`,
      'authorityKeyIdentifier=keyid',
    ],
  });
}

/** For a key that somebody else has made and keeps: who shows it is a client. PEM. */
export function certifyKey(publicKey: string, { subject, days, authority }: { subject: string; days: number; authority: Certified }): Promise<string> {
  return sign({
    subject,
    days,
    authority,
    publicKey,
    extensions: ['basicConstraints=critical,CA:FALSE', 'keyUsage=critical,digitalSignature', 'extendedKeyUsage=clientAuth', 'authorityKeyIdentifier=keyid'],
  });
}

type Order = { subject: string; days: number; extensions: string[]; authority?: Certified };

async function certify(order: Order): Promise<Certified> {
  const { publicKey, privateKey } = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  return { key: privateKey, cert: await sign({ ...order, publicKey, privateKey }) };
}

/** By the authority, or where there is none by itself. */
async function sign({ subject, days, extensions, authority, publicKey, privateKey = '' }: Order & { publicKey: string; privateKey?: string }): Promise<string> {
  // openssl reads keys from files only; the folder is ours alone.
  const folder = await mkdtemp(path.join(tmpdir(), 'prybar-certificate-'));
  const put = async (name: string, text: string): Promise<string> => {
    const file = path.join(folder, name);
    await writeFile(file, text, { mode: 0o600 });
    return file;
  };
  try {
    const signer = authority
      ? ['-CA', await put('ca.pem', authority.cert), '-CAkey', await put('ca.key', authority.key), '-force_pubkey', await put('public.pem', publicKey)]
      : ['-key', await put('own.key', privateKey)];
    const extfile = await put('extensions', `${extensions.join('\n')}\n`);
    const { stdout } = await openssl(['x509', '-new', '-subj', `/CN=${subject}`, '-days', String(days), '-sha256', '-extfile', extfile, ...signer]);
    return stdout;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function openssl(words: string[]): Promise<{ stdout: string }> {
  try {
    return await promisify(execFile)('openssl', words);
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    throw new ProblemError(
      problem(
        missing ? 'Certificates are signed by openssl, which is not installed.' : `openssl could not sign a certificate: ${(error as Error).message}`,
        undefined,
        missing ? 'apt-get install openssl' : undefined,
      ),
    );
  }
}
