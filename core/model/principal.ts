// Who asks, and what that one may do: people and programs alike.

/** Each may do what those before it may. */
export const roles = ['viewer', 'operator', 'admin'] as const;
export type Role = (typeof roles)[number];

export type Principal = {
  /** Name of the person; of a token, its owner. */
  user: string;
  role: Role;
  /** Sees and changes only what belongs to it; absent: the whole site. */
  tenant?: string;
  /** What a token is narrowed to, as `nodes:read` or `runs:write`; `*` stands for every area. */
  scopes: string[];
  /** How it showed who it is. */
  by: 'session' | 'token' | 'command-line';
  /** Name of the token. */
  token?: string;
  /** Id of the session or token. */
  credential?: string;
};

/**
 * What a route asks of whoever uses it. `least`: the least role, or `anyone` before signing in. `tenants`: whether somebody of a tenant is
 * answered from `own` things only, the `same` as everybody, or is `refused`. `people`: not with a token. `looks`: changes nothing, although it is no GET.
 */
export type Permission = { least: Role | 'anyone'; tenants: 'own' | 'same' | 'refused'; people?: true; looks?: true };

/** Whether using it changes something, so that it is kept who did. */
export const changes = (route: string, { looks }: Permission): boolean => !route.startsWith('GET ') && !looks;

export const mayActAs = (role: Role, least: Role): boolean => roles.indexOf(role) >= roles.indexOf(least);

/** Whether somebody may still do what they might, and no more. */
export const sameRights = (before: Principal, now: Principal | undefined): boolean =>
  now !== undefined && now.role === before.role && now.tenant === before.tenant && now.scopes.join() === before.scopes.join();

/** A person who may sign in. Without a passphrase only by a one-time link or through the site's own sign-in. */
export type User = {
  name: string;
  role: Role;
  tenant?: string;
  disabled?: boolean;
  /** Unix ms. */
  createdAt: number;
  /** Who vouches for this person instead of a passphrase (OpenID Connect): the issuer, and its name for them. */
  vouchedBy?: { issuer: string; subject: string };
};

/** People who share a site and do not see each other's machines. `formerly`: names that it had, by which its part of the audit log is kept. */
export type Tenant = { name: string; summary: string; formerly?: string[] };

/** Names that stand for no person. */
export const CONSOLE = 'console';
export const COMMAND_LINE = 'command-line';
/** They may do everything, so that nobody must get them for a name. */
export const standsForNoPerson = (name: string): boolean => name === CONSOLE || name === COMMAND_LINE;
