// Secrets come to a role at the last moment, on a copy of its group: plans are kept, compared and shown, and never hold any.

import type { Node } from '../model/node.ts';
import type { SecretRequest, SecretValue } from '../model/secret.ts';
import type { Group } from '../plan/plan.ts';

export type SecretsOf = (requests: readonly SecretRequest[], node: Node) => Promise<Record<string, SecretValue>>;

export async function reveal(group: Group, node: Node, secretsOf: SecretsOf): Promise<Group> {
  const values = group.secrets.length ? await secretsOf(group.secrets, node) : {};
  return { ...group, revealed: { ...values, ...ofInstallation(group, node, '') } };
}

const stars = '********';

/** With stars for every secret, for what is only looked at; they are not even looked up. */
export function disguise(group: Group, node: Node): Group {
  const values = Object.fromEntries(group.secrets.map((request) => [request.name, starred(request)]));
  return { ...group, revealed: { ...values, ...ofInstallation(group, node, stars) } };
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
const ofInstallation = ({ role }: Group, node: Node, token: string): Record<string, SecretValue> =>
  role.declaration.installs ? { installation: token, replaces: node.installation?.id ?? '' } : {};
