// Whether somebody may use a route: by role, by the scopes of a token, and by tenant. What a tenant sees of it is decided elsewhere.

import { changes, mayActAs, type Permission, type Principal } from '../model/principal.ts';
import { problem, type Problem } from '../model/problem.ts';

/** The scope that a route needs: its first word, and whether it changes something. */
export function scopeOf(route: string, permission: Permission): string {
  const [, area] = route.split('/') as [string, string];
  return `${area}:${changes(route, permission) ? 'write' : 'read'}`;
}

/** Why not, and who can change that; undefined when it is allowed. */
export function refusal(principal: Principal, route: string, permission: Permission): Problem | undefined {
  const { least, tenants, people } = permission;
  if (least === 'anyone') return undefined;
  if (!mayActAs(principal.role, least))
    return problem(
      `This needs the role ${least}; ${nameOf(principal)} has the role ${principal.role}.`,
      undefined,
      principal.token !== undefined ? `Use a token with the role ${least}.` : `An admin can give it: prybar user role ${principal.user} ${least}`,
    );
  if (people && principal.by === 'token')
    return problem(`This is for people; ${nameOf(principal)} is a token.`, undefined, 'Sign in on the page, or use prybar on the admin node.');
  const scope = scopeOf(route, permission);
  if (!covers(principal.scopes, scope))
    return problem(
      `This needs the scope ${scope}; ${nameOf(principal)} has ${principal.scopes.join(', ')}.`,
      undefined,
      `Make a token that has it: prybar token add NAME --scope ${scope}`,
    );
  if (principal.tenant !== undefined && tenants === 'refused')
    return problem(`This is not for tenants; ${principal.user} belongs to ${principal.tenant}.`, undefined, 'Ask an admin of the site to do it.');
  return undefined;
}

/** An admin of no tenant. */
export const rulesSite = ({ role, tenant }: Principal): boolean => role === 'admin' && tenant === undefined;

const nameOf = ({ user, token }: Principal): string => (token === undefined ? user : `the token ${token} of ${user}`);

/** Who may write an area may read it. */
function covers(scopes: readonly string[], wanted: string): boolean {
  const [area, act] = wanted.split(':') as [string, string];
  return scopes.some((scope) => {
    if (scope === '*') return true;
    const [givenArea, givenAct] = scope.split(':');
    return (givenArea === '*' || givenArea === area) && (givenAct === act || givenAct === 'write');
  });
}
