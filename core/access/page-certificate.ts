// The certificate of the web page: from an authority of its own, which people may trust in their browsers, so it signs nothing but this. It is
// made anew when the machine has other names or addresses, and in time before it ends.

import { X509Certificate } from 'node:crypto';
import { type Certified, makeAuthority, makeCertificate } from './certificates.ts';
import type { Secrets } from './secrets.ts';

// Browsers take none that is good for longer than 825 days, also from authorities that people have added (Apple, HT210176).
const DAYS = 397;
const RENEWED_BEFORE_MS = 60 * 24 * 3600_000;

export type PageCertificate = Certified & { authority: string };

/** The authority's certificate as PEM; made at the first start. */
export async function pageAuthority(secrets: Secrets, host: string): Promise<Certified> {
  return JSON.parse(await secrets.getOrMake('page authority', async () => JSON.stringify(await makeAuthority(`Prybar on ${host}`)))) as Certified;
}

/** For these host names and addresses. */
export async function pageCertificate(secrets: Secrets, names: readonly string[], now: number): Promise<PageCertificate> {
  const authority = await pageAuthority(secrets, names[0]!);
  const kept = { secrets, name: 'page certificate', names, goodAt: now + RENEWED_BEFORE_MS };
  return { ...(await keptCertificate(kept, () => makeCertificate(names, authority, DAYS))), authority: authority.cert };
}

/** The one that is kept under this name, as long as it is for these names and still good then; else another one. */
export async function keptCertificate(
  { secrets, name, names, goodAt }: { secrets: Secrets; name: string; names: readonly string[]; goodAt: number },
  make: () => Promise<Certified>,
): Promise<Certified> {
  const wanted = JSON.stringify(names);
  const kept = await secrets.get(name);
  const present = kept === undefined ? undefined : (JSON.parse(kept) as Certified & { names: string });
  if (present?.names === wanted && new X509Certificate(present.cert).validToDate.getTime() > goodAt) return { key: present.key, cert: present.cert };
  const made = await make();
  await secrets.put(name, JSON.stringify({ ...made, names: wanted }));
  return made;
}

/** As people compare it: `AB:CD:…`, SHA-256. */
export const fingerprintOf = (pem: string): string => new X509Certificate(pem).fingerprint256;
