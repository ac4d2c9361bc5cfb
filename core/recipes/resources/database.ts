// database: a database in a MariaDB or PostgreSQL server, on the node or on others.

import type { Resource } from './resource.ts';
import { engine, type Engine, identifier, literal, server, sqlName, type SqlServer, type SqlStep, sqlSteps } from './sql.ts';

type Database = { database: string; engine: Engine; server?: SqlServer; owner?: string; charset: string; collation?: string; state: 'present' | 'absent' };

export const database: Resource<Database> = {
  key: 'database',
  summary: 'A database in a MariaDB or PostgreSQL server, on the node or on others.',
  properties: {
    database: { ...sqlName, description: 'Its name.' },
    engine,
    server,
    owner: { ...sqlName, description: 'PostgreSQL: the role it belongs to.' },
    charset: { type: 'string', pattern: '^[A-Za-z0-9_]+$', default: 'utf8mb4', description: 'MariaDB: its character set. PostgreSQL databases are UTF8.' },
    collation: { type: 'string', pattern: '^[A-Za-z0-9_.@-]+$', description: 'MariaDB: its collation; PostgreSQL: its locale. The server’s when absent.' },
    state: { enum: ['present', 'absent'], default: 'present', description: '`absent` deletes all data in it.' },
  },
  required: ['engine'],
  title: (item) => `database ${item.database}`,
  code(item, context) {
    if (item.owner && item.engine === 'mariadb') context.problem('`owner` is for PostgreSQL.', 'Grant rights with `database_user`.');
    return sqlSteps(item.engine, item.server, item.engine === 'mariadb' ? mariaSteps(item) : postgresSteps(item));
  },
};

function mariaSteps(item: Database): SqlStep[] {
  const name = identifier('mariadb', item.database);
  const text = literal('mariadb', item.database);
  const exists = `SELECT COUNT(*) FROM information_schema.schemata WHERE schema_name = ${text};`;
  if (item.state === 'absent') return [{ query: exists, wanted: '0', statement: `DROP DATABASE ${name};`, shown: [`- database ${item.database}`] }];
  // What newer servers call the old, short kind.
  const charset = item.charset === 'utf8' ? 'utf8mb3' : item.charset;
  const encoding = `CHARACTER SET ${charset}${item.collation ? ` COLLATE ${item.collation}` : ''}`;
  return [
    { query: exists, wanted: '1', statement: `CREATE DATABASE ${name} ${encoding};`, shown: [`+ database ${item.database}`] },
    {
      query: `SELECT CONCAT(default_character_set_name${item.collation ? ", ' ', default_collation_name" : ''}) FROM information_schema.schemata WHERE schema_name = ${text};`,
      wanted: item.collation ? `${charset} ${item.collation}` : charset,
      statement: `ALTER DATABASE ${name} ${encoding};`,
      shown: [`  database ${item.database}: ${encoding}`],
    },
  ];
}

function postgresSteps(item: Database): SqlStep[] {
  const name = identifier('postgresql', item.database);
  const text = literal('postgresql', item.database);
  const exists = `SELECT COUNT(*) FROM pg_catalog.pg_database WHERE datname = ${text};`;
  if (item.state === 'absent') return [{ query: exists, wanted: '0', statement: `DROP DATABASE ${name};`, shown: [`- database ${item.database}`] }];
  const locale = item.collation ? ` LC_COLLATE ${literal('postgresql', item.collation)} LC_CTYPE ${literal('postgresql', item.collation)}` : '';
  const owner = item.owner && identifier('postgresql', item.owner);
  return [
    {
      query: exists,
      wanted: '1',
      statement: `CREATE DATABASE ${name} TEMPLATE template0 ENCODING 'UTF8'${locale}${owner ? ` OWNER ${owner}` : ''};`,
      shown: [`+ database ${item.database}`],
    },
    ...(owner
      ? [
          {
            query: `SELECT pg_catalog.pg_get_userbyid(datdba) FROM pg_catalog.pg_database WHERE datname = ${text};`,
            wanted: item.owner!,
            statement: `ALTER DATABASE ${name} OWNER TO ${owner};`,
            shown: [`  database ${item.database}: owner ${item.owner}`],
          },
        ]
      : []),
  ];
}
