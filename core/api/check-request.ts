// What a request brings, checked by the contract before a handler sees it.

import type { Request } from 'express';
import { type Problem, ProblemError } from '../model/problem.ts';
import { checkAgainst, coerceTo } from '../schema.ts';
import { type Body, type Params, type Query, type RouteName, routes } from './contract.ts';

export function checkRequest<N extends RouteName>(name: N, request: Request): { params: Params<N>; query: Query<N>; body: Body<N> } {
  const route = routes[name] as { params?: object; query?: object; body?: object };
  const problems: Problem[] = [];
  const params = coerceTo(route.params ?? {}, { ...request.params });
  const query = coerceTo(route.query ?? {}, { ...request.query });
  const body = (request.body ?? {}) as unknown;
  problems.push(...params.problems, ...query.problems);
  if (route.body) problems.push(...checkAgainst(route.body, body));
  if (problems.length) throw new ProblemError(problems, 400);
  return { params: params.value as Params<N>, query: query.value as Query<N>, body: body as Body<N> };
}
