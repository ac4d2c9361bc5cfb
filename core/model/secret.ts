// What a role may keep from everybody else: declared in barclamp.yml, made by Prybar at first use, sealed at rest, shown to nobody.

/** `reference` names a secret of another barclamp; those `-of-node` are another one for each machine. */
export type SecretDeclaration =
  | { kind: 'password'; length: number }
  | { kind: 'password-of-node'; length: number }
  | { kind: 'ssh-keypair' }
  | { kind: 'ssh-keypair-of-node' }
  | { kind: 'x509'; commonName: string }
  | { kind: 'x509-of-node' }
  | { kind: 'reference'; barclamp: string; name: string };

/** Templates read `secrets.root`, `secrets.login.private`, `secrets.tls.key`. Everything is text: PEM, or OpenSSH for key pairs. */
export type SecretValue =
  | string
  /** `public` is one line as it stands in authorized_keys. */
  | { private: string; public: string }
  /** `ca` is the site's own authority, which signed `cert`. */
  | { key: string; cert: string; ca: string };

/** Which secret a role of a deployment means, with `reference` followed. */
export type SecretRequest = {
  /** What the role calls it. */
  name: string;
  /** `deployment/barclamp/name`: names it everywhere. */
  id: string;
  declaration: Exclude<SecretDeclaration, { kind: 'reference' }>;
  /** How often it was replaced. */
  rotation: number;
};

/** How often a secret was replaced, and when last; by `deployment/barclamp/name`. */
export type SecretRotation = { id: string; count: number; at: number };

/** The parts that people must not see. */
export function privateParts(secrets: Record<string, SecretValue>): string[] {
  return Object.values(secrets).map((value) => (typeof value === 'string' ? value : 'private' in value ? value.private : value.key));
}
