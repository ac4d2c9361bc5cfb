// Keeps secrets out of what people read. The programs avoid showing them; this hides what slips through.

import { privateParts, type SecretValue } from '../model/secret.ts';

export const hidden = '[secret]';

// Shorter ones would hide half of every log; generated secrets are far longer.
const shortest = 4;

/** What to look for: each secret whole, and each line of one that has several (a key in PEM form is printed line by line). */
export function secretsIn(secrets: Record<string, SecretValue>): string[] {
  const parts = privateParts(secrets).flatMap((secret) => [secret, ...secret.split(/\r?\n/)]);
  // The longest first, so that no part of a longer one is left when a shorter one is a piece of it.
  return [...new Set(parts.map((part) => part.trim()))].filter((part) => part.length >= shortest).sort((a, b) => b.length - a.length);
}

export function hideSecrets(text: string, secrets: readonly string[]): string {
  return secrets.reduce((shown, secret) => shown.replaceAll(secret, hidden), text);
}

/** The same for text that was cut off at its end, where only the beginning of a secret may be left. */
export function hideSecretsInCut(text: string, secrets: readonly string[]): string {
  const shown = hideSecrets(text, secrets);
  for (const secret of secrets) {
    for (let length = secret.length - 1; length >= shortest; length--) {
      if (shown.endsWith(secret.slice(0, length))) return shown.slice(0, -length) + hidden;
    }
  }
  return shown;
}
