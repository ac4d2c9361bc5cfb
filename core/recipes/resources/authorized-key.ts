// authorized_key: SSH keys that open an account.

import { feed, sh } from '../shell.ts';
import { account, listOf, presence, type Resource } from './resource.ts';

type AuthorizedKey = { authorized_key: string | string[]; user: string; options?: string; exclusive: boolean; state: 'present' | 'absent' };

const key = { type: 'string', pattern: '^(ssh|ecdsa|sk)-[A-Za-z0-9@.-]+ [A-Za-z0-9+/=]+( [^\\n]*)?$' };

export const authorizedKey: Resource<AuthorizedKey> = {
  key: 'authorized_key',
  summary: 'SSH keys that open an account.',
  properties: {
    authorized_key: { ...key, type: ['string', 'array'], items: key, minItems: 1, description: 'Public keys, one line each: type, key, comment.' },
    user: { ...account, default: 'root', description: 'Whose account they open.' },
    options: { type: 'string', pattern: '^[^\\n]+$', description: 'What stands before the key: see AUTHORIZED_KEYS in sshd(8).' },
    exclusive: { type: 'boolean', default: false, description: 'These keys and no others.' },
    state: presence,
  },
  title: (item) => `authorized_key for ${item.user}`,
  code(item) {
    const lines = listOf(item.authorized_key).map((one) => (item.options && item.state === 'present' ? `${item.options} ${one}` : one));
    return feed(sh`edit_authorized_keys ${item.user} ${item.exclusive ? 'exclusive' : item.state}`, `${lines.join('\n')}\n`);
  },
};
