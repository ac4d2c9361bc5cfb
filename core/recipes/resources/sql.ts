// What the database resources have in common: quoting for the two dialects, and steps that ask before they change.

import { feed, sh } from '../shell.ts';

export type Engine = 'mariadb' | 'postgresql';

export const engine = { enum: ['mariadb', 'postgresql'], description: 'Which server, on this node.' };
export const sqlName = { type: 'string', pattern: '^[A-Za-z0-9_][A-Za-z0-9_$.-]{0,62}$' };

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

export const sqlSteps = (dialect: Engine, steps: SqlStep[]): string =>
  [
    sh`engine=${dialect}`,
    ...steps.flatMap(({ query, wanted, statement, shown }) => [
      `if ${feed(sh`sql_differs ${wanted}`, `${query}\n`)}\nthen`,
      sh`  if changing ${shown}; then`,
      feed('sql', `${statement}\n`),
      '  fi',
      'fi',
    ]),
  ].join('\n');
