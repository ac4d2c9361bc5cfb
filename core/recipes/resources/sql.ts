// What the database resources have in common: quoting for the two dialects, and steps that ask before they change.

import { feed, sh } from '../shell.ts';
import { listOf } from './resource.ts';

export type Engine = 'mariadb' | 'postgresql';

/** Servers on other machines, and who asks them. */
export type SqlServer = { host: string | string[]; port?: number; user: string; password: string };

const hostName = { type: 'string', pattern: '^[A-Za-z0-9.:-]+$' };

export const engine = { enum: ['mariadb', 'postgresql'], description: 'Which kind of server.' };
export const server = {
  type: 'object',
  properties: {
    host: {
      ...hostName,
      type: ['string', 'array'],
      items: hostName,
      minItems: 1,
      description: 'Where it is; of several members of a cluster, the first that takes changes.',
    },
    port: { type: 'integer', minimum: 1, maximum: 65535, description: 'Its port; 3306 or 5432 when absent.' },
    user: { type: 'string', pattern: '^[A-Za-z0-9_][A-Za-z0-9_$.-]{0,62}$', description: 'An administrator of it.' },
    password: { type: 'string', minLength: 1, pattern: '^[^\\n]+$', description: 'A secret of the role.' },
  },
  required: ['host', 'user', 'password'],
  additionalProperties: false,
  description: 'A server on other machines, for which the node needs its client. When absent it is the one on the node itself, asked as its own administrator.',
};
export const sqlName = { type: 'string', pattern: '^[A-Za-z0-9_][A-Za-z0-9_$.-]{0,62}$' };

const defaultPort: Record<Engine, number> = { mariadb: 3306, postgresql: 5432 };

/** A name, in the quotes of the dialect. */
export const identifier = (dialect: Engine, name: string): string =>
  dialect === 'mariadb' ? `\`${name.replaceAll('`', '``')}\`` : `"${name.replaceAll('"', '""')}"`;

/** A text, for both: MariaDB reads backslashes in it, PostgreSQL as standard_conforming_strings has it does not. */
export const literal = (dialect: Engine, text: string): string => {
  const quoted = text.replaceAll("'", "''");
  return `'${dialect === 'mariadb' ? quoted.replaceAll('\\', '\\\\') : quoted}'`;
};

/** One step: the statement is run when the query does not answer with exactly `wanted`. `shown` is for people: what changes. */
export type SqlStep = { query: string; wanted: string; statement: string; shown: string[] };

export const sqlSteps = (dialect: Engine, at: SqlServer | undefined, steps: SqlStep[]): string =>
  [
    sh`engine=${dialect}`,
    at
      ? sh`hosts=${listOf(at.host).join(' ')} port=${at.port ?? defaultPort[dialect]} user=${at.user} password=${at.password}`
      : "hosts='' port='' user='' password=''",
    ...steps.flatMap(({ query, wanted, statement, shown }) => [
      `if ${feed(sh`sql_differs ${wanted}`, `${query}\n`)}\nthen`,
      ...(dialect === 'postgresql' ? ['  not_on_a_standby'] : []),
      sh`  if changing ${shown}; then`,
      feed('sql', `${statement}\n`),
      '  fi',
      'fi',
    ]),
  ].join('\n');
