// Whether somebody may use a route: by role, by the scopes of a token, and by tenant. What a tenant sees of it is decided elsewhere.

import { mayActAs, type Permission, type Principal } from '../model/principal.ts';
import { problem, type Problem } from '../model/problem.ts';

/** The scope that a route needs: its first word, and whether it changes something. */
export function scopeOf(route: string, { least }: Permission): string {
  const [method, path] = route.split(' ') as [string, string];
  return `${path.split('/')[1]!}:${method === 'GET' || least === 'viewer' ? 'read' : 'write'}`;
}

/** Why not, and who can change that; undefined when it is allowed. */
export function refusal(principal: Principal, route: string, permission: Permission): Problem | undefined {
  const { least, tenants } = permission;
  if (least === 'anyone') return undefined;
  if (!mayActAs(principal.role, least))
    return problem(
      `This needs the role ${least}; ${principal.user} has the role ${principal.role}.`,
      undefined,
      principal.by === 'token' ? `Use a token with the role ${least}.` : `An admin can give it: prybar user role ${principal.user} ${least}`,
    );
  const scope = scopeOf(route, permission);
  if (!covers(principal.scopes, scope))
    return problem(
      `This needs the scope ${scope}; the token ${principal.user} has ${principal.scopes.join(', ')}.`,
      undefined,
      `Make a token that has it: prybar token add NAME --scope ${scope}`,
    );
  if (principal.tenant !== undefined && tenants === 'refused')
    return problem(`This is not for tenants; ${principal.user} belongs to ${principal.tenant}.`, undefined, 'Ask an admin of the site to do it.');
  return undefined;
}

/** Who may write an area may read it. */
function covers(scopes: readonly string[], wanted: string): boolean {
  const [area, act] = wanted.split(':') as [string, string];
  return scopes.some((scope) => {
    if (scope === '*') return true;
    const [givenArea, givenAct] = scope.split(':');
    return (givenArea === '*' || givenArea === area) && (givenAct === act || givenAct === 'write');
  });
}
