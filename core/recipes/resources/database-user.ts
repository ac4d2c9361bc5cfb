// database_user: an account of a MariaDB or PostgreSQL server, on the node or on others, with its rights on databases.
// Only what servers themselves store of a password is sent, computed here: it can be compared, and the password is in no log.

import { createHash, createHmac, pbkdf2Sync } from 'node:crypto';
import { listOf, presence, type Resource } from './resource.ts';
import { engine, type Engine, identifier, literal, server, sqlName, type SqlServer, type SqlStep, sqlSteps } from './sql.ts';

type Grant = { database: string; privileges: string[] };
type DatabaseUser = {
  database_user: string;
  engine: Engine;
  server?: SqlServer;
  password?: string;
  host: string | string[];
  admin: boolean;
  grants: Grant[];
  state: 'present' | 'absent';
};

const hostName = { type: 'string', pattern: '^[A-Za-z0-9.:%_/-]+$' };

export const databaseUser: Resource<DatabaseUser> = {
  key: 'database_user',
  summary: 'An account of a MariaDB or PostgreSQL server, on the node or on others, with its rights on databases.',
  properties: {
    database_user: { ...sqlName, description: 'Its name.' },
    engine,
    server,
    password: { type: 'string', minLength: 1, description: 'A secret of the role. Needed unless it is to go.' },
    host: { ...hostName, type: ['string', 'array'], items: hostName, minItems: 1, default: '%', description: 'MariaDB: from where it may come.' },
    admin: { type: 'boolean', default: false, description: 'It may do everything, and let others do it. Never taken back by `false`.' },
    grants: {
      type: 'array',
      default: [],
      items: {
        type: 'object',
        properties: {
          database: { ...sqlName, description: 'The database.' },
          privileges: { type: 'array', items: { type: 'string', pattern: '^[A-Z][A-Z ]*$' }, default: ['ALL'], description: 'As GRANT has them, in capitals.' },
        },
        required: ['database'],
        additionalProperties: false,
      },
      description: 'What it may do. Rights that are not named are left as they are.',
    },
    state: presence,
  },
  required: ['engine'],
  rules: { anyOf: [{ required: ['password'] }, { properties: { state: { const: 'absent' } }, required: ['state'] }] },
  title: (item) => `database_user ${item.database_user}`,
  code: (item) =>
    sqlSteps(item.engine, item.server, item.engine === 'mariadb' ? listOf(item.host).flatMap((host) => mariaSteps(item, host)) : postgresSteps(item)),
};

function mariaSteps(item: DatabaseUser, host: string): SqlStep[] {
  const text = (value: string): string => literal('mariadb', value);
  const who = `${text(item.database_user)}@${text(host)}`;
  const shown = `database user ${item.database_user}@${host}`;
  const account = `FROM mysql.user WHERE user = ${text(item.database_user)} AND host = ${text(host)}`;
  const exists = `SELECT COUNT(*) ${account};`;
  if (item.state === 'absent') return [{ query: exists, wanted: '0', statement: `DROP USER ${who};`, shown: [`- ${shown}`] }];
  const hash = nativePassword(item.password!);
  return [
    { query: exists, wanted: '1', statement: `CREATE USER ${who} IDENTIFIED BY PASSWORD '${hash}';`, shown: [`+ ${shown}`] },
    {
      query: `SELECT authentication_string ${account};`,
      wanted: hash,
      statement: `SET PASSWORD FOR ${who} = '${hash}';`,
      shown: [`  ${shown}: password (not shown)`],
    },
    ...(item.admin
      ? [
          {
            query: `SELECT COUNT(*) ${account} AND ${adminMaria.map((privilege) => `${mariaColumn(privilege)} = 'Y'`).join(' AND ')};`,
            wanted: '1',
            statement: `GRANT ALL PRIVILEGES ON *.* TO ${who} WITH GRANT OPTION;`,
            shown: [`+ ${shown}: everything`],
          },
        ]
      : []),
    ...item.grants.map(({ database, privileges }) => {
      // Every right that GRANT … ON database.* can give stands in a column of mysql.db; ALL is all of them but GRANT OPTION.
      const wanted = privileges.includes('ALL') ? allMaria : privileges;
      const columns = wanted.map((privilege) => `${mariaColumn(privilege)} = 'Y'`).join(' AND ');
      return {
        query: `SELECT COUNT(*) FROM mysql.db WHERE user = ${text(item.database_user)} AND host = ${text(host)} AND REPLACE(db, '\\\\_', '_') = ${text(database)} AND ${columns};`,
        wanted: '1',
        // In GRANT, _ and % in a database's name are patterns.
        statement: `GRANT ${privileges.includes('ALL') ? 'ALL PRIVILEGES' : privileges.join(', ')} ON ${identifier('mariadb', database.replaceAll('_', '\\_'))}.* TO ${who};`,
        shown: [`+ ${shown}: ${privileges.join(', ')} on ${database}`],
      };
    }),
  ];
}

const allMaria = [
  'SELECT',
  'INSERT',
  'UPDATE',
  'DELETE',
  'CREATE',
  'DROP',
  'REFERENCES',
  'INDEX',
  'ALTER',
  'CREATE TEMPORARY TABLES',
  'LOCK TABLES',
  'CREATE VIEW',
  'SHOW VIEW',
  'CREATE ROUTINE',
  'ALTER ROUTINE',
  'EXECUTE',
  'EVENT',
  'TRIGGER',
];

// Some that ALL … WITH GRANT OPTION gives, and no narrower right.
const adminMaria = ['SELECT', 'DROP', 'SHUTDOWN', 'SUPER', 'CREATE USER', 'GRANT'];

const mariaColumn = (privilege: string): string =>
  `${privilege === 'CREATE TEMPORARY TABLES' ? 'create_tmp_table' : privilege.toLowerCase().replaceAll(' ', '_')}_priv`;

/** mysql_native_password: `*` and SHA1(SHA1(password)) in capitals. */
function nativePassword(password: string): string {
  const sha1 = (data: string | Buffer): Buffer => createHash('sha1').update(data).digest();
  return `*${sha1(sha1(password)).toString('hex').toUpperCase()}`;
}

function postgresSteps(item: DatabaseUser): SqlStep[] {
  const text = (value: string): string => literal('postgresql', value);
  const who = identifier('postgresql', item.database_user);
  const shown = `database user ${item.database_user}`;
  const exists = `SELECT COUNT(*) FROM pg_catalog.pg_roles WHERE rolname = ${text(item.database_user)};`;
  if (item.state === 'absent') return [{ query: exists, wanted: '0', statement: `DROP ROLE ${who};`, shown: [`- ${shown}`] }];
  const verifier = scramVerifier(item.database_user, item.password!);
  return [
    { query: exists, wanted: '1', statement: `CREATE ROLE ${who} LOGIN PASSWORD ${text(verifier)};`, shown: [`+ ${shown}`] },
    {
      query: `SELECT rolpassword FROM pg_catalog.pg_authid WHERE rolname = ${text(item.database_user)};`,
      wanted: verifier,
      statement: `ALTER ROLE ${who} LOGIN PASSWORD ${text(verifier)};`,
      shown: [`  ${shown}: password (not shown)`],
    },
    ...(item.admin
      ? [
          {
            query: `SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = ${text(item.database_user)};`,
            wanted: 't',
            statement: `ALTER ROLE ${who} SUPERUSER;`,
            shown: [`+ ${shown}: everything`],
          },
        ]
      : []),
    ...item.grants.flatMap(({ database, privileges }) =>
      (privileges.includes('ALL') ? ['CONNECT', 'CREATE', 'TEMPORARY'] : privileges).map((privilege) => ({
        // Of a database that is to be dropped or is not there yet, nothing is known: NULL.
        query: `SELECT has_database_privilege(${text(item.database_user)}, oid, ${text(privilege)}) FROM pg_catalog.pg_database WHERE datname = ${text(database)};`,
        wanted: 't',
        statement: `GRANT ${privilege} ON DATABASE ${identifier('postgresql', database)} TO ${who};`,
        shown: [`+ ${shown}: ${privilege} on ${database}`],
      })),
    ),
  ];
}

/**
 * What PostgreSQL stores of a password (RFC 5802, RFC 7677). The salt is made from user and password, so that the same password
 * gives the same verifier and can be compared; slowly, so that the salt gives nothing away that the verifier does not.
 */
function scramVerifier(user: string, password: string): string {
  const iterations = 4096;
  const prepared = password.normalize('NFKC');
  const salt = pbkdf2Sync(prepared, `prybar ${user}`, 20_000, 16, 'sha256');
  const salted = pbkdf2Sync(prepared, salt, iterations, 32, 'sha256');
  const hmac = (key: string): Buffer => createHmac('sha256', salted).update(key).digest();
  const stored = createHash('sha256').update(hmac('Client Key')).digest('base64');
  return `SCRAM-SHA-256$${iterations}:${salt.toString('base64')}$${stored}:${hmac('Server Key').toString('base64')}`;
}
