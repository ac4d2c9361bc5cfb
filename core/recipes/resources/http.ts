// http: asks an API until it answers as expected; or tells it something, unless it knows already.

import { feed, sh, shellFunction } from '../shell.ts';
import { absolutePath, duration, type Resource, secondsOf } from './resource.ts';

type Question = { http: string; headers?: Record<string, string>; status?: number | number[]; expect?: string };
type Http = Question & { method: string; body?: unknown; unless?: Question; capture?: string; ca?: string; within: string | number };

const header = { type: 'string', pattern: '^[^\\r\\n]*$' };
const question = {
  http: { type: 'string', pattern: '^https?://[^\\s"\\\\]+$', description: 'The URL.' },
  headers: {
    type: 'object',
    propertyNames: { pattern: '^[A-Za-z0-9-]+$' },
    additionalProperties: header,
    description: 'What is sent before the body; in nobody’s process list.',
  },
  status: { type: ['integer', 'array'], items: { type: 'integer' }, description: 'Which answer is right; any from 200 to 299 when absent.' },
  expect: { type: 'string', minLength: 1, description: 'A regular expression (grep -E) that the body must match.' },
};

export const http: Resource<Http> = {
  key: 'http',
  summary: 'Asks an API until it answers as expected; or tells it something, unless it knows already. Needs curl.',
  properties: {
    ...question,
    method: { enum: ['GET', 'HEAD', 'PUT', 'POST', 'PATCH', 'DELETE'], default: 'GET', description: 'GET and HEAD ask; the others need `unless`.' },
    body: { description: 'Text, or a value that is sent as JSON.' },
    unless: {
      type: 'object',
      properties: question,
      required: ['http'],
      additionalProperties: false,
      description: 'Another URL: when it answers as expected, there is nothing to do.',
    },
    capture: { type: 'string', pattern: '^[a-z][A-Za-z0-9_]*$', description: 'Keeps the body of the answer to a GET, as with `command`.' },
    ca: { ...absolutePath, description: 'File on the node with the certificates to trust.' },
    within: { ...duration, default: '60s', description: 'How long it may take until it answers so.' },
  },
  seconds: (item) => secondsOf(item.within) + 30,
  title: (item) => `http ${item.method} ${item.http}`,
  code(item, context) {
    const asks = item.method === 'GET' || item.method === 'HEAD';
    if (asks && (item.body !== undefined || item.unless))
      context.problem(`${item.method} only asks: it has no \`body\` and no \`unless\`.`, 'Remove them, or name another method.');
    if (!asks && !item.unless)
      context.problem(`${item.method} changes something each time.`, 'Say with `unless` which answer means that there is nothing to do.');
    if (!asks && item.capture) context.problem('Only the answer to a GET can be captured.', 'Ask with an item of its own.');
    if (!asks && !item.unless) return '';
    const body = typeof item.body === 'string' ? item.body : item.body === undefined ? undefined : JSON.stringify(item.body);
    const headers = { ...(typeof item.body === 'object' && { 'Content-Type': 'application/json' }), ...item.headers };
    const lines = [shellFunction('request', feed('cat', settings({ ...item, headers }, item.method, item.ca)))];
    if (body !== undefined) lines.push(feed('cat >"$at.body"', body));
    if (asks)
      return [...lines, sh`ask ${secondsOf(item.within)} ${statuses(item)} ${item.expect}`, ...(item.capture ? [sh`keep_answer ${item.capture}`] : [])].join(
        '\n',
      );
    const guard = { ...(item.headers && { headers: item.headers }), ...item.unless! };
    lines.push(shellFunction('request_first', feed('cat', settings(guard, 'GET', item.ca))));
    return [...lines, sh`tell ${secondsOf(item.within)} ${statuses(item)} ${item.expect} ${statuses(guard)} ${guard.expect}`].join('\n');
  },
};

const statuses = (of: Pick<Question, 'status'>): string => (of.status === undefined ? '2..' : [of.status].flat().join('|'));

// In curl's own format (curl(1), -K), on its standard input, so that no header is in the process list.
function settings(of: { http: string; headers?: Record<string, string> | undefined }, method: string, ca: string | undefined): string {
  const quoted = (text: string): string => `"${text.replace(/["\\]/g, '\\$&')}"`;
  return [
    `url = ${quoted(of.http)}`,
    method === 'HEAD' ? 'head' : `request = ${method}`,
    ...Object.entries(of.headers ?? {}).map(([name, value]) => `header = ${quoted(`${name}: ${value}`)}`),
    ...(ca ? [`cacert = ${quoted(ca)}`] : []),
    '',
  ].join('\n');
}
