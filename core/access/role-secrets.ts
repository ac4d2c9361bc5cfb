// The secrets that roles declare: made when they are first needed, sealed in the store, replaced on demand. Values leave here
// for the role that is applied, and for nobody else.

import { randomInt } from 'node:crypto';
import type { Node, Revised } from '../model/node.ts';
import { bad, type Checked, problem } from '../model/problem.ts';
import type { SecretRequest, SecretRotation, SecretValue } from '../model/secret.ts';
import type { Store } from '../store/store.ts';
import { type Certified, makeAuthority, makeCertificate } from './certificates.ts';
import type { Secrets } from './secrets.ts';

type Holder = Pick<Node, 'id' | 'name' | 'addresses'>;

export type RoleSecrets = {
  /** By the names the role gave them. */
  of(requests: readonly SecretRequest[], node: Holder): Promise<Record<string, SecretValue>>;
  /** Has it made anew, or sets a password to `text`; roles that name it are applied again. */
  rotate(id: string, revision: number | 'new', text?: string): Promise<Checked<Revised<SecretRotation>>>;
};

export type Making = {
  secrets: Pick<Secrets, 'getOrMake'>;
  makeKeyPair(comment: string): { privateKey: string; publicKey: string };
};

/** The values of these secrets for a role on this machine, made where they are not there yet. */
export async function secretValues(requests: readonly SecretRequest[], node: Holder, making: Making): Promise<Record<string, SecretValue>> {
  const values: Record<string, SecretValue> = {};
  for (const request of requests) values[request.name] = await valueOf(request, node, making);
  return values;
}

export function openRoleSecrets(store: Store, options: { secrets: Secrets; makeKeyPair: Making['makeKeyPair']; now(): number }): RoleSecrets {
  return {
    of: (requests, node) => secretValues(requests, node, options),
    async rotate(id, revision, text) {
      const before = await store.get('secretRotation', id);
      const count = (before?.count ?? 0) + 1;
      if (text !== undefined && text.length < 8)
        return bad(problem('A password has at least 8 characters.', undefined, 'Give a longer one, or none, and one is made.'));
      if (text !== undefined) await options.secrets.put(nameOf(id, count), text);
      return store.put('secretRotation', id, { id, count, at: options.now() }, revision);
    },
  };
}

const nameOf = (id: string, rotation: number): string => `role ${id} ${rotation}`;

async function valueOf({ id, declaration, rotation }: SecretRequest, node: Holder, options: Making): Promise<SecretValue> {
  const { secrets } = options;
  const name = nameOf(id, rotation);
  switch (declaration.kind) {
    case 'password':
      return secrets.getOrMake(name, () => password(declaration.length));
    case 'password-of-node':
      return secrets.getOrMake(`${name} for ${node.id}`, () => password(declaration.length));
    case 'ssh-keypair':
    case 'ssh-keypair-of-node': {
      const own = declaration.kind === 'ssh-keypair' ? name : `${name} for ${node.id}`;
      const text = await secrets.getOrMake(own, () => {
        const { privateKey, publicKey } = options.makeKeyPair(id);
        return JSON.stringify({ private: privateKey, public: publicKey });
      });
      return JSON.parse(text) as SecretValue;
    }
    case 'x509':
      return certified(secrets, name, [declaration.commonName]);
    case 'x509-of-node': {
      // Another address is another certificate: what it is for is part of its name.
      const names = [node.name, ...Object.values(node.addresses).sort()];
      return certified(secrets, `${name} for ${node.id} ${names.join(' ')}`, names);
    }
  }
}

async function certified(secrets: Making['secrets'], name: string, names: readonly string[]): Promise<SecretValue> {
  const authority = JSON.parse(
    await secrets.getOrMake('site authority', async () => JSON.stringify(await makeAuthority('Prybar site authority'))),
  ) as Certified;
  const own = JSON.parse(await secrets.getOrMake(name, async () => JSON.stringify(await makeCertificate(names, authority)))) as Certified;
  return { ...own, ca: authority.cert };
}

// Letters and digits only: safe in URLs, INI files and every shell, and 32 of them are 190 bits.
const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const password = (length: number): string => Array.from({ length }, () => alphabet[randomInt(alphabet.length)]).join('');
