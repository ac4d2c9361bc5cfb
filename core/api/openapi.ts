// The contract as an OpenAPI 3.1 document. Derived, so it cannot drift from what is checked.

import type { TSchema } from 'typebox';
import type { Permission } from '../model/principal.ts';
import { type RouteName, routes } from './contract.ts';

const problemContent = { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } };

export function openApi(version: string): Record<string, unknown> {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const [name, route] of Object.entries(routes) as [
    RouteName,
    Permission & { summary: string; params?: TSchema; query?: TSchema; body?: TSchema; file?: string; response: TSchema },
  ][]) {
    const [method, path] = name.split(' ') as [string, string];
    const template = `/api/v1${path.replaceAll(/:(\w+)/g, '{$1}')}`;
    const hasBody = route.body && Object.keys((route.body as unknown as { properties: object }).properties).length > 0;
    paths[template] = {
      ...paths[template],
      [method.toLowerCase()]: {
        operationId: operationId(method, path),
        summary: route.summary,
        ...whoMay(route),
        parameters: [...parametersOf(route.params, 'path'), ...parametersOf(route.query, 'query')],
        ...(route.file && {
          requestBody: { required: true, description: route.file, content: { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } } },
        }),
        ...(hasBody && { requestBody: { required: true, content: { 'application/json': { schema: route.body } } } }),
        responses: {
          200: { description: route.summary, content: { 'application/json': { schema: route.response } } },
          default: { description: 'What is wrong, where, and what to do next (RFC 9457)', content: problemContent },
        },
      },
    };
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Prybar', version, license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
    paths,
    components: {
      securitySchemes: { token: { type: 'http', scheme: 'bearer' }, session: { type: 'apiKey', in: 'cookie', name: 'prybar_session' } },
      schemas: {
        Problem: {
          type: 'object',
          required: ['type', 'title', 'status', 'problems'],
          properties: {
            type: { type: 'string' },
            title: { type: 'string' },
            status: { type: 'integer' },
            problems: {
              type: 'array',
              items: {
                type: 'object',
                required: ['severity', 'summary'],
                properties: { severity: { enum: ['error', 'warning'] }, summary: { type: 'string' }, where: { type: 'object' }, next: { type: 'string' } },
              },
            },
          },
        },
      },
    },
    security: [{ token: [] }, { session: [] }],
  };
}

const whoMay = ({ least, tenants }: Permission): object => ({
  ...(least === 'anyone'
    ? { security: [] }
    : {
        description: `Needs the role ${least}.${tenants === 'own' ? ' Tenants see and change only what is theirs.' : tenants === 'refused' ? ' Not for tenants.' : ''}`,
      }),
});

const operationId = (method: string, path: string): string =>
  method.toLowerCase() + path.replaceAll(/[:/-]+(\w)/g, (_, letter: string) => letter.toUpperCase());

function parametersOf(schema: TSchema | undefined, place: 'path' | 'query'): object[] {
  if (!schema) return [];
  const { properties, required = [] } = schema as unknown as { properties: Record<string, TSchema>; required?: string[] };
  return Object.entries(properties).map(([name, property]) => ({ name, in: place, required: required.includes(name), schema: property }));
}
