// Command line, environment and settings file → Config. Pure: reads what it is given, checks it by one schema, collects the Problems.

import { type Static, Type } from 'typebox';
import { bad, type Checked, ok, problem } from './model/problem.ts';
import { LEAST_AUDIT_DAYS } from './model/audit.ts';
import { DURATION } from './model/duration.ts';
import { checkAgainst } from './schema.ts';

const Port = Type.Integer({ minimum: 1, maximum: 65535 });

export const configSchema = Type.Object(
  {
    state: Type.String({
      minLength: 1,
      default: '/var/lib/prybar',
      description: 'Folder of everything that must survive: the database, keys, disks of the virtual rack.',
    }),
    cache: Type.String({ minLength: 1, default: '/var/cache/prybar', description: 'Folder of what can be built again: the discovery image, packages.' }),
    port: Type.Integer({ minimum: 0, maximum: 65535, default: 3000, description: 'Port of the web page and the API on 127.0.0.1; 0 takes a free one.' }),
    https: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 65535,
        description: 'Also serve the page on this port of every address, over HTTPS; 0 takes a free one. Without it, on this machine only.',
      }),
    ),
    home: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 65535,
        description: 'Have machines that were sent away call home on this port of every address; 0 takes a free one.',
      }),
    ),
    homeNames: Type.String({
      pattern: '^([A-Za-z0-9._:-]{1,253}(,[A-Za-z0-9._:-]{1,253}){0,19})?$',
      default: '',
      description: 'Names and addresses under which they reach it, beside those of this machine, the best first: home.example.net,203.0.113.5.',
    }),
    bootPort: Type.Integer({ ...Port, default: 8080, description: 'Port on which machines without an operating system are served, in the rack network.' }),
    barclamps: Type.String({ minLength: 1, default: 'barclamps', description: 'Folder of the barclamps.' }),
    lab: Type.Boolean({ default: true, description: 'Start a virtual rack.' }),
    machines: Type.Integer({ minimum: 0, maximum: 16, default: 3, description: 'Machines in the virtual rack.' }),
    containers: Type.Integer({ minimum: 0, maximum: 50, default: 0, description: 'Containers in the virtual rack: machines that are installed already.' }),
    firmware: Type.Union(
      (['bios', 'uefi', 'uefi-http', 'uefi-secure', 'uefi-arm64', 'mixed'] as const).map((kind) => Type.Literal(kind)),
      {
        default: 'bios',
        description:
          'Firmware of the virtual machines: bios, uefi, uefi-http (boots over HTTP only), uefi-secure (Secure Boot and a TPM), uefi-arm64, or mixed.',
      },
    ),
    disks: Type.Integer({ minimum: 1, maximum: 8, default: 1, description: 'Disks of each virtual machine.' }),
    interface: Type.Optional(
      Type.String({
        pattern: '^[A-Za-z0-9._-]{1,15}$',
        description: 'Network interface to which real machines are connected. Without it, and without the virtual rack, nobody is served.',
      }),
    ),
    network: Type.String({ pattern: '^[0-9.]+/[0-9]+$', default: '192.168.124.0/24', description: 'The rack network.' }),
    healthEvery: Type.String({ pattern: DURATION, default: '60s', description: 'How often roles are probed that say nothing else, as 30s, 5m or 1h.' }),
    driftEvery: Type.String({ pattern: DURATION, default: '6h', description: 'How often it is checked whether machines still are as their roles left them.' }),
    keepRuns: Type.Integer({ minimum: 1, default: 20, description: 'How many of the latest runs of each role on each machine are kept.' }),
    keepRunDays: Type.Integer({
      minimum: 1,
      default: 90,
      description: 'Days after which a run is deleted, unless it is the latest or the latest successful one.',
    }),
    keepAuditDays: Type.Integer({
      minimum: LEAST_AUDIT_DAYS,
      default: 730,
      description: 'Days after which records of the audit log are cut off at its beginning; the rest stays verifiable.',
    }),
    webhooksTo: Type.String({
      default: '',
      description: 'Blocks of addresses that webhooks may reach although they are the admin node or machines, as 127.0.0.1,10.0.0.0/8.',
    }),
    untilDone: Type.Boolean({ default: false, description: 'End when the sample deployment has converged, or cannot.' }),
    timeout: Type.Integer({ minimum: 1, default: 1800, description: 'Seconds after which --until-done gives up.' }),
    json: Type.Boolean({ default: false, description: 'One JSON object a line on standard output.' }),
  },
  { additionalProperties: false },
);
export type Config = Static<typeof configSchema>;

type Flag = { key: keyof Config; value: 'text' | 'number' | true | false };
const flags: Record<string, Flag> = {
  '--state': { key: 'state', value: 'text' },
  '--cache': { key: 'cache', value: 'text' },
  '--port': { key: 'port', value: 'number' },
  '--https': { key: 'https', value: 'number' },
  '--home': { key: 'home', value: 'number' },
  '--home-names': { key: 'homeNames', value: 'text' },
  '--boot-port': { key: 'bootPort', value: 'number' },
  '--barclamps': { key: 'barclamps', value: 'text' },
  '--lab': { key: 'lab', value: true },
  '--no-lab': { key: 'lab', value: false },
  '--machines': { key: 'machines', value: 'number' },
  '--containers': { key: 'containers', value: 'number' },
  '--firmware': { key: 'firmware', value: 'text' },
  '--disks': { key: 'disks', value: 'number' },
  '--interface': { key: 'interface', value: 'text' },
  '--network': { key: 'network', value: 'text' },
  '--health-every': { key: 'healthEvery', value: 'text' },
  '--drift-every': { key: 'driftEvery', value: 'text' },
  '--keep-runs': { key: 'keepRuns', value: 'number' },
  '--keep-run-days': { key: 'keepRunDays', value: 'number' },
  '--keep-audit-days': { key: 'keepAuditDays', value: 'number' },
  '--webhooks-to': { key: 'webhooksTo', value: 'text' },
  '--until-done': { key: 'untilDone', value: true },
  '--timeout': { key: 'timeout', value: 'number' },
  '--json': { key: 'json', value: true },
};

export const usage = `npm start -- [options]
  --help             Say this.
${Object.entries(flags)
  .map(([flag, { key, value }]) => `  ${(flag + (value === 'text' ? ' TEXT' : value === 'number' ? ' N' : '')).padEnd(18)} ${describe(key, flag)}`)
  .join('\n')}
`;

function describe(key: keyof Config, flag: string): string {
  const property = configSchema.properties[key] as { description?: string; default?: unknown };
  if (flag === '--no-lab') return 'Do not start a virtual rack.';
  return `${property.description}${property.default !== undefined && property.default !== false ? ` [${String(property.default)}]` : ''}`;
}

/** Flags win over `PRYBAR_*` variables, those over the file, that over the defaults. */
export function readConfig(argv: readonly string[], environment: Record<string, string | undefined>, file: Record<string, unknown> = {}): Checked<Config> {
  const given: Record<string, unknown> = { ...file };
  for (const { key, value } of Object.values(flags)) {
    const text = environment[`PRYBAR_${key.replaceAll(/[A-Z]/g, (c) => `_${c}`).toUpperCase()}`];
    if (text !== undefined && value !== false) given[key] = value === 'number' ? Number(text) : value === true ? text === '1' || text === 'true' : text;
  }
  for (let at = 0; at < argv.length; at++) {
    const [name, inline] = argv[at]!.split(/=(.*)/s) as [string, string | undefined];
    const flag = flags[name];
    if (!flag) return bad(problem(`${name} is not an option.`, undefined, `The options are:\n${usage}`));
    if (typeof flag.value === 'boolean') {
      given[flag.key] = flag.value;
      continue;
    }
    const text = inline ?? argv[++at];
    if (text === undefined) return bad(problem(`${name} needs a value.`));
    given[flag.key] = flag.value === 'number' ? Number(text) : text;
  }
  const defaults = Object.fromEntries(Object.entries(configSchema.properties).flatMap(([key, p]) => ('default' in p ? [[key, p.default]] : [])));
  const config = { ...defaults, ...given };
  const problems = checkAgainst(configSchema, config, { file: 'settings' });
  return problems.length ? { ok: false, problems } : ok(config as Config);
}
