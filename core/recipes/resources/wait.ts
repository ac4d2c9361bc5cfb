// wait: nothing goes on before this is so: a port answers, a file is there, a command succeeds, a URL answers.

import { feedCode, sh, shellFunction } from '../shell.ts';
import { absolutePath, duration, type Resource, secondsOf, shellCode } from './resource.ts';

type Wait = { wait: { timeout?: string | number } & ({ port: number; host?: string } | { file: string } | { command: string } | { http: string }) };

const kinds = ['port', 'file', 'command', 'http'];

export const wait: Resource<Wait> = {
  key: 'wait',
  summary: 'Waits until a port, a file, a command or a URL is as it should be.',
  properties: {
    wait: {
      type: 'object',
      description: 'What is waited for: exactly one of port, file, command, http.',
      properties: {
        port: { type: 'integer', minimum: 1, maximum: 65535, description: 'A TCP port that is listened on: of this machine, or of `host`.' },
        host: { type: 'string', pattern: '^[A-Za-z0-9.:_-]+$', description: 'Name or address of another machine.' },
        file: { ...absolutePath, description: 'A path that exists.' },
        command: shellCode('sh code that succeeds.'),
        http: { type: 'string', pattern: '^https?://', description: 'A URL that answers with a status below 400.' },
        timeout: { ...duration, default: '60s', description: 'How long, before it fails.' },
      },
      additionalProperties: false,
      oneOf: kinds.map((kind) => ({ required: [kind] })),
      dependentRequired: { host: ['port'] },
    },
  },
  // A little longer than the wait itself, whose own words at its end say more.
  seconds: ({ wait: on }) => limitOf(on.timeout) + 15,
  title: ({ wait: on }) => `wait ${whatOf(on)}`,
  code: ({ wait: on }) => `${shellFunction('ready', testOf(on))}\n${sh`wait_until ${limitOf(on.timeout)} ${whatOf(on)}`}`,
};

const limitOf = (timeout: string | number | undefined): number => secondsOf(timeout ?? 60);

function whatOf(on: Wait['wait']): string {
  if ('port' in on) return `for port ${on.host ? `${on.host}:` : ''}${on.port}`;
  if ('file' in on) return `for ${on.file}`;
  if ('http' in on) return `for ${on.http}`;
  return `until ${on.command.trim().split('\n')[0]}`;
}

function testOf(on: Wait['wait']): string {
  if ('port' in on) return on.host ? sh`port_answers ${on.host} ${on.port}` : sh`port_is_open ${on.port}`;
  if ('file' in on) return sh`[ -e ${on.file} ]`;
  if ('http' in on) return sh`url_answers ${on.http}`;
  return feedCode("run_text ''", on.command);
}
