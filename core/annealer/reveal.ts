// Secrets come to a role at the last moment, on a copy of its group: plans are kept, compared and shown, and never hold any.

import type { Node } from '../model/node.ts';
import { privateParts, type SecretRequest, type SecretValue } from '../model/secret.ts';
import type { Group, Plan } from '../plan/plan.ts';

export type SecretsOf = (requests: readonly SecretRequest[], node: Node) => Promise<Record<string, SecretValue>>;

export async function reveal(group: Group, node: Node, secretsOf: SecretsOf): Promise<Group> {
  const values = group.secrets.length ? await secretsOf(group.secrets, node) : {};
  return { ...group, revealed: { ...values, ...ofItsEnd(group, node, '') } };
}

/** What no image of the node may hold: the secrets of all roles that it has. */
export async function secretsOn(plan: Plan, node: Node, secretsOf: SecretsOf): Promise<string[]> {
  const index = plan.indexOf.get(node.id)!;
  const requests = plan.groups.flatMap((group) => (group.at[index]! >= 0 ? group.secrets : []));
  const values: string[] = [];
  for (const request of new Map(requests.map((found) => [found.id, found])).values()) values.push(...privateParts(await secretsOf([request], node)));
  return values;
}

/** What opens the encrypted disks of the node: the passphrase of the role that installed it; empty where there is none. */
export async function passphraseOf(plan: Plan, node: Node, secretsOf: SecretsOf): Promise<string> {
  const index = plan.indexOf.get(node.id)!;
  const request = plan.groups
    .filter(({ role, at }) => role.declaration.installs && at[index]! >= 0)
    .flatMap(({ secrets }) => secrets)
    .find(({ name }) => name === 'diskPassphrase');
  return request ? String((await secretsOf([request], node)).diskPassphrase) : '';
}

/** The lines that tell a file which holds one of them: of keys in PEM those between the first and the last, which are the same in every key. */
export const secretLines = (secrets: readonly string[]): string =>
  [...new Set(secrets.flatMap((text) => text.split('\n')).filter((line) => line.length >= 8 && !line.startsWith('-----')))].map((line) => `${line}\n`).join('');

const stars = '********';

/** With stars for every secret, for what is only looked at; they are not even looked up. */
export function disguise(group: Group, node: Node): Group {
  const values = Object.fromEntries(group.secrets.map((request) => [request.name, starred(request)]));
  return { ...group, revealed: { ...values, ...ofItsEnd(group, node, stars) } };
}

function starred({ declaration }: SecretRequest): SecretValue {
  switch (declaration.kind) {
    case 'password':
    case 'password-of-node':
      return stars;
    case 'ssh-keypair':
    case 'ssh-keypair-of-node':
      return { private: stars, public: stars };
    default:
      return { key: stars, cert: stars, ca: stars };
  }
}

// What a role that installs is given beside its own: what the coming system reports with (see install.ts), and which installation is replaced.
// And one that makes an image: what it sends with (see capture.ts), of which installation, what is left out of it, and what opens its disks.
const ofItsEnd = ({ role: { declaration } }: Group, node: Node, token: string): Record<string, SecretValue> => ({
  ...(declaration.installs && { installation: token, replaces: node.installation?.id ?? '' }),
  ...(declaration.captures && { capture: token, captured: node.installation?.id ?? '', others: token, disks: token }),
});
