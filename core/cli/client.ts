// Talks to the admin node's API, typed by its contract. A refusal arrives as the Problems that the server found.

import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Body, Params, ProblemDocument, Query, Response, RouteName } from '../api/contract.ts';
import { problem, ProblemError } from '../model/problem.ts';

export type Request<N extends RouteName> = {
  params?: Params<N>;
  query?: Query<N>;
  body?: Body<N> /** Sent as it is, where the route takes a file. */;
  file?: Blob;
};
export type Client = { call<N extends RouteName>(name: N, request?: Request<N>): Promise<Response<N>>; url: string; token: string };

/** Finds the running admin node by what it left in its state folder. */
export function connect(options: { state: string; url?: string; token?: string }): Client {
  const url = options.url ?? urlIn(options.state);
  const token = options.token ?? tokenIn(options.state);
  return {
    url,
    token,
    async call(name, request = {}) {
      const [method, template] = name.split(' ') as [string, string];
      const params = (request.params ?? {}) as Record<string, unknown>;
      const route = template.replaceAll(/:(\w+)/g, (_, key: string) => encodeURIComponent(String(params[key])));
      const query = new URLSearchParams(
        Object.entries((request.query ?? {}) as Record<string, unknown>).flatMap(([key, value]) =>
          value === undefined ? [] : [[key, String(value)] as [string, string]],
        ),
      );
      const target = `${url}/api/v1${route}${query.size ? `?${query}` : ''}`;
      const answer = await fetch(target, {
        method,
        headers: { authorization: `Bearer ${token}`, 'content-type': request.file ? 'application/octet-stream' : 'application/json' },
        ...(method !== 'GET' && { body: request.file ?? JSON.stringify(request.body ?? {}) }),
      }).catch((error: Error & { cause?: Error }) => {
        throw new ProblemError(
          problem(
            `No admin node answers at ${url} (${error.cause?.message ?? error.message}).`,
            undefined,
            'Start it with `npm start`, or name its address with --url.',
          ),
        );
      });
      const text = await answer.text();
      if (!answer.ok) throw new ProblemError(problemsIn(text, answer.status), answer.status);
      return JSON.parse(text) as never;
    },
  };
}

function problemsIn(text: string, status: number) {
  try {
    return (JSON.parse(text) as ProblemDocument).problems;
  } catch {
    return [problem(`The admin node answered ${status}: ${text.slice(0, 200)}`)];
  }
}

function urlIn(state: string): string {
  const file = path.join(state, 'admin.json');
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as { url: string }).url : 'http://127.0.0.1:3000';
}

function tokenIn(state: string): string {
  const file = path.join(state, 'cli-token');
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    const denied = (error as NodeJS.ErrnoException).code === 'EACCES';
    throw new ProblemError(
      problem(
        denied ? `Only root may read ${file}.` : `There is no admin node's token in ${state}.`,
        { file },
        denied ? 'Run this as root.' : 'Start the admin node with `npm start`, or name its state folder with --state.',
      ),
    );
  }
}
