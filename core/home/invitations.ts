// Invitations: texts that let so many machines of some serials in, for a while. Only their hashes are kept.

import { createHash, randomBytes } from 'node:crypto';
import type { Invitation } from '../model/home.ts';
import { serialMatches } from '../model/node.ts';
import type { Facility } from '../store/store.ts';

const DAY_MS = 24 * 3600_000;
/** After their end, so that people can see why a machine waits. */
const KEPT_MS = 90 * DAY_MS;

export const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex');

/** The text is given once. Its first part is the id, so that one that has ended can be told from one that never was. */
export async function invite(
  tx: Facility,
  wish: { serials?: string[]; count: number; days: number; by: string },
  now: number,
): Promise<{ invitation: Invitation; text: string }> {
  for (const { id, endsAt } of await tx.list('invitation')) if (endsAt + KEPT_MS < now) await tx.remove('invitation', id);
  const id = randomBytes(4).toString('hex');
  const text = `home.${id}.${randomBytes(24).toString('base64url')}`;
  const { serials, count, days, by } = wish;
  const invitation = { id, hash: hashOf(text), ...(serials && { serials }), left: count, at: now, by, endsAt: now + days * DAY_MS };
  await tx.put('invitation', id, invitation, 'new');
  return { invitation, text };
}

/** Uses it up for one machine, and says whose it was; or why it does not let this one in, in a sentence. */
export async function redeem(tx: Facility, text: string | undefined, serial: string, now: number): Promise<{ by: string } | { why: string }> {
  if (text === undefined) return { why: 'It has no invitation.' };
  const [, id = ''] = text.split('.');
  const found = id ? await tx.get('invitation', id) : undefined;
  if (!found || found.hash !== hashOf(text)) return { why: 'Its invitation is not known here.' };
  const { revision, ...invitation } = found;
  if (invitation.endsAt < now) return { why: `Its invitation ${id} ended on ${new Date(invitation.endsAt).toISOString().slice(0, 10)}.` };
  if (invitation.left < 1) return { why: `Its invitation ${id} was used up by others.` };
  if (invitation.serials && !serialMatches(invitation.serials, serial)) return { why: `Its invitation ${id} is for other serials.` };
  await tx.put('invitation', id, { ...invitation, left: invitation.left - 1 }, revision);
  return { by: `invitation ${id} of ${invitation.by}` };
}
