// Secrets for renderings that nobody runs: the same text every time, so that golden files hold.

import type { RoleDeclaration } from '../model/barclamp.ts';
import type { SecretRequest, SecretValue } from '../model/secret.ts';

export const sampleSecrets = (
  requests: readonly SecretRequest[],
  { installs, captures }: Pick<RoleDeclaration, 'installs' | 'captures'>,
): Record<string, SecretValue> => ({
  ...Object.fromEntries(requests.map(({ name, declaration }) => [name, sampleOf(name, declaration)])),
  ...(installs && { installation: 'sample.installation', replaces: '' }),
  ...(captures && { capture: 'sample.capture', captured: 'sample', others: '', disks: '' }),
});

function sampleOf(name: string, declaration: SecretRequest['declaration']): SecretValue {
  switch (declaration.kind) {
    case 'password':
    case 'password-of-node':
      return `sample-${name}-`.padEnd(declaration.length, 'x').slice(0, declaration.length);
    case 'ssh-keypair':
    case 'ssh-keypair-of-node':
      return { private: pem('OPENSSH PRIVATE KEY', name), public: `ssh-ed25519 AAAAsample${name} ${name}` };
    default:
      return { key: pem('PRIVATE KEY', `key of ${name}`), cert: pem('CERTIFICATE', `certificate of ${name}`), ca: pem('CERTIFICATE', 'authority') };
  }
}

const pem = (kind: string, text: string): string => `-----BEGIN ${kind}-----\n${Buffer.from(`sample ${text}`).toString('base64')}\n-----END ${kind}-----\n`;
