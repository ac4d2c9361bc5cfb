// What a request brings, checked by the contract before a handler sees it.

import type { Request } from 'express';
import { problem, type Problem, ProblemError } from '../model/problem.ts';
import { checkAgainst, coerceTo } from '../schema.ts';
import { type Body, type Params, type Query, type RouteName, routes } from './contract.ts';

// Whatever walks through settings does so by recursion; what people write has a handful of levels.
const DEEPEST = 100;

export function checkRequest<N extends RouteName>(name: N, request: Request): { params: Params<N>; query: Query<N>; body: Body<N> } {
  const route = routes[name] as { params?: object; query?: object; body?: object };
  const problems: Problem[] = [];
  if (isDeeper(request.body, DEEPEST))
    throw new ProblemError(
      problem(`The request is nested deeper than ${DEEPEST} levels.`, { file: 'request body' }, 'Nothing that is known here has so many.'),
      400,
    );
  const params = coerceTo(route.params ?? {}, { ...request.params });
  const query = coerceTo(route.query ?? {}, { ...request.query });
  const body = withKey(route.body, (request.body ?? {}) as unknown, request.headers['idempotency-key']);
  problems.push(...params.problems, ...query.problems);
  if (route.body) problems.push(...checkAgainst(route.body, body));
  if (problems.length) throw new ProblemError(problems, 400);
  return { params: params.value as Params<N>, query: query.value as Query<N>, body: body as Body<N> };
}

/** With the key of what must not be done twice, where that came as a header (draft-ietf-httpapi-idempotency-key-header). */
function withKey(schema: object | undefined, body: unknown, key: string | string[] | undefined): unknown {
  const takes = schema !== undefined && 'key' in ((schema as { properties?: object }).properties ?? {});
  if (!takes || typeof key !== 'string' || typeof body !== 'object' || body === null || 'key' in body) return body;
  // A string of structured fields (RFC 9651), which many send without its quotes.
  return { ...body, key: key.replace(/^"(.*)"$/, '$1') };
}

function isDeeper(value: unknown, most: number): boolean {
  let level = [value];
  for (let depth = 0; level.length; depth++) {
    if (depth > most) return true;
    level = level.flatMap((one) => (typeof one === 'object' && one !== null ? (Object.values(one) as unknown[]) : []));
  }
  return false;
}
