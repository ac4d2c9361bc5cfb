// Secrets come to a role at the last moment, on a copy of its group: plans are kept, compared and shown, and never hold any.

import type { Node } from '../model/node.ts';
import type { SecretRequest, SecretValue } from '../model/secret.ts';
import type { Group } from '../plan/plan.ts';

export type SecretsOf = (requests: readonly SecretRequest[], node: Node) => Promise<Record<string, SecretValue>>;

export async function reveal(group: Group, node: Node, secretsOf: SecretsOf): Promise<Group> {
  return group.secrets.length ? { ...group, revealed: await secretsOf(group.secrets, node) } : group;
}
