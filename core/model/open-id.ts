// Signing in through the organisation's own provider (OpenID Connect Core 1.0): where it is, and what its claims mean here.

import type { Role } from './principal.ts';

export type OpenIdSettings = {
  /** `https://sso.example.org`: where `/.well-known/openid-configuration` is found. */
  issuer: string;
  clientId: string;
  /** On the button of the sign-in page. */
  label: string;
  /** Asked for beside `openid`. */
  scopes: string[];
  /** Claim with the groups or roles of a person: a text or a list of texts. */
  roleClaim: string;
  /** Value of that claim → role here; the highest counts. Who has none is not let in. */
  roles: Record<string, Role>;
  /** Claim with the name of a tenant, or `site` for the whole site; who has none is not let in. Absent: everybody is of the whole site. */
  tenantClaim?: string;
};

/** What the page says when the provider's word did not let somebody in. */
export type OpenIdRefusal = 'failed' | 'no-role' | 'no-tenant' | 'name-taken' | 'disabled';
