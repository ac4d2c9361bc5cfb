// The authority of what has to do with machines that were sent away: it signs where they call, and their own certificates. Not the site's
// authority, which services of the site believe, and not that of the page, which people believe.

import { X509Certificate } from 'node:crypto';
import { type Certified, certifyKey, makeAuthority, makeCertificate } from './certificates.ts';
import { keptCertificate } from './page-certificate.ts';
import type { Secrets } from './secrets.ts';

// Machines know the authority, not this: it may be replaced at any start.
const DAYS = 3650;
const RENEWED_BEFORE_MS = 365 * 24 * 3600_000;

/** PEM; made at first use. */
export async function homeAuthority(secrets: Secrets, host: string): Promise<Certified> {
  return JSON.parse(await secrets.getOrMake('home authority', async () => JSON.stringify(await makeAuthority(`Prybar home on ${host}`)))) as Certified;
}

/** Of where they call: for these host names and addresses. */
export async function homeCertificate(secrets: Secrets, names: readonly string[], now: number): Promise<Certified> {
  const authority = await homeAuthority(secrets, names[0]!);
  const kept = { secrets, name: 'home certificate', names, goodAt: now + RENEWED_BEFORE_MS };
  return keptCertificate(kept, () => makeCertificate(names, authority, DAYS));
}

/** Of a machine, for the key that it has made itself; its name in it is its key's, for nothing else of what it says is known to be true. */
export async function certifyCaller(
  secrets: Secrets,
  host: string,
  { id, publicKey, days }: { id: string; publicKey: string; days: number },
): Promise<{ cert: string; serial: string; endsAt: number }> {
  const cert = await certifyKey(publicKey, { subject: id, days, authority: await homeAuthority(secrets, host) });
  const { serialNumber, validToDate } = new X509Certificate(cert);
  return { cert, serial: serialNumber, endsAt: validToDate.getTime() };
}
