// Who asks, and what that one may do: people and programs alike.

/** Each may do what those before it may. */
export const roles = ['viewer', 'operator', 'admin'] as const;
export type Role = (typeof roles)[number];

export type Principal = {
  /** Name of the person, or of the token. */
  user: string;
  role: Role;
  /** Sees and changes only what belongs to it; absent: the whole site. */
  tenant?: string;
  /** What a token is narrowed to, as `nodes:read` or `runs:write`; `*` stands for every area. */
  scopes: string[];
  /** How it showed who it is. */
  by: 'session' | 'token' | 'command-line';
};

/**
 * What a route asks of whoever uses it. `least`: the least role, or `anyone` before signing in. `tenants`: whether somebody of a tenant is
 * answered from `own` things only, the `same` as everybody, or is `refused`.
 */
export type Permission = { least: Role | 'anyone'; tenants: 'own' | 'same' | 'refused' };

export const mayActAs = (role: Role, least: Role): boolean => roles.indexOf(role) >= roles.indexOf(least);
