// Asks the admin node, typed by the contract's route names. Every refusal, also "nobody answers", becomes Problems;
// what is done about them is the caller's business.

import type { Body, Params, ProblemDocument, Query, Response as Answer, RouteName } from '../../../core/api/contract.ts';
import type { Problem } from '../../../core/model/problem.ts';

type Nothing = Record<string, never>;
type Part<K extends string, T> = [T] extends [Nothing] ? { [P in K]?: never } : { [P in K]: T };
type OptionalPart<K extends string, T> = [T] extends [Nothing] ? { [P in K]?: never } : { [P in K]?: T };

/** What a route is asked with: its path parameters and body, and its query where it has one. */
export type Ask<N extends RouteName> = Part<'params', Params<N>> & OptionalPart<'query', Query<N>> & Part<'body', Body<N>>;

/** The admin node said no, or nothing, or could not be asked. `status` is 0 when there is no answer. */
export class Refused extends Error {
  readonly status: number;
  readonly problems: Problem[];
  constructor(status: number, problems: Problem[]) {
    super(problems.map((p) => p.summary).join(' · '));
    this.name = 'Refused';
    this.status = status;
    this.problems = problems;
  }
}

const base = '/api/v1';

export async function call<N extends RouteName>(name: N, ask: Ask<N>, signal?: AbortSignal): Promise<Answer<N>> {
  const { params, query, body } = ask as { params?: Record<string, unknown>; query?: Record<string, unknown>; body?: unknown };
  const [method, path] = name.split(' ') as [string, string];
  const response = await reach(urlOf(path, params, query), {
    method,
    credentials: 'same-origin',
    headers: { accept: 'application/json, application/problem+json', ...(body !== undefined && { 'content-type': 'application/json' }) },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    ...(signal && { signal }),
  });
  const text = await response.text();
  if (!response.ok) throw refusedWith(response.status, text);
  return parsed(text) as Answer<N>;
}

export function urlOf(path: string, params: Record<string, unknown> = {}, query: Record<string, unknown> = {}): string {
  const filled = path.replace(/:(\w+)/g, (_, key: string) => encodeURIComponent(String(params[key])));
  const search = new URLSearchParams(
    Object.entries(query)
      .filter(([, v]) => v !== undefined)
      .map(([k, v]) => [k, String(v)]),
  );
  return `${base}${filled}${search.size ? `?${search.toString()}` : ''}`;
}

async function reach(url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, init);
  } catch (error) {
    if (init.signal?.aborted) throw error;
    throw nobodyAnswers();
  }
}

export const nobodyAnswers = (): Refused =>
  new Refused(0, [
    {
      severity: 'error',
      summary: 'The admin node does not answer.',
      next: 'Check that it is running and that this computer still reaches it; the page tries again by itself.',
    },
  ]);

/** What an answer says that is no 2xx. */
export const refusedWith = (status: number, text: string): Refused => new Refused(status, problemsOf(status, parsed(text)));

/** Nothing at all is an answer without a content; undefined for what is no JSON. */
function parsed(text: string): unknown {
  if (!text) return {};
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function problemsOf(status: number, answer: unknown): Problem[] {
  const document = answer as Partial<ProblemDocument> | undefined;
  if (document?.problems?.length) return document.problems;
  return [
    {
      severity: 'error',
      summary: document?.title ?? `The admin node answered ${status} without saying why.`,
      next: "Look at the admin node's log for this moment.",
    },
  ];
}

/** Problems of anything that was thrown while asking; a bug keeps its own words. */
export function problemsIn(error: unknown): Problem[] {
  if (error instanceof Refused) return error.problems;
  return [
    {
      severity: 'error',
      summary: error instanceof Error ? error.message : String(error),
      next: 'Reload the page. If it stays, report it with what you did before.',
    },
  ];
}
