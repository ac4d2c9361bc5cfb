// What may stand in barclamp.yml. Also the reference that `docs` is made from, so each property says what it is for.

import { DURATION } from '../model/duration.ts';

const roleName = { type: 'string', pattern: '^[a-z][a-z0-9-]*$' };
const edges = {
  type: 'array',
  items: {
    oneOf: [
      roleName,
      {
        type: 'object',
        additionalProperties: false,
        required: ['role', 'when'],
        properties: {
          role: roleName,
          when: { type: 'string', minLength: 1, description: 'Expression over `attributes`; the edge exists only where it is true.' },
        },
      },
    ],
  },
  uniqueItems: true,
  default: [],
};
const roleNames = { type: 'array', items: roleName, uniqueItems: true, default: [] };

export const barclampSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['name', 'version', 'summary', 'roles'],
  properties: {
    name: { ...roleName, description: 'The name of the folder.' },
    version: { type: 'string', pattern: '^\\d+\\.\\d+\\.\\d+(-[0-9A-Za-z.-]+)?$', description: 'Semantic version of this barclamp.' },
    summary: { type: 'string', minLength: 1, description: 'One line on what it is good for.' },
    license: { type: 'string', default: 'Apache-2.0', description: 'SPDX identifier.' },
    needs: {
      type: 'object',
      additionalProperties: false,
      description: 'Version ranges of Prybar and of other barclamps that this one builds on.',
      default: {},
      properties: {
        prybar: { type: 'string', description: 'Semantic version range of Prybar.' },
        barclamps: { type: 'object', additionalProperties: { type: 'string' }, default: {}, description: 'Barclamp name to version range.' },
      },
    },
    platforms: {
      type: 'array',
      items: { enum: ['debian-12', 'ubuntu-24.04', 'rocky-9'] },
      minItems: 1,
      default: ['debian-12'],
      description: 'Operating systems its roles can be applied to.',
    },
    bundle: {
      type: 'object',
      description: 'What an offline site must carry: a list of packages for each platform, and files from the internet.',
      default: {},
      properties: {
        downloads: {
          type: 'array',
          description:
            'Files that its recipes fetch: the admin node keeps them, and machines get them from there. Of several with one digest the first that can be had counts.',
          items: {
            type: 'object',
            additionalProperties: false,
            required: ['url', 'sha256'],
            properties: {
              url: { type: 'string', pattern: '^https?://[^\\s/]+/[^\\s]*$', description: 'Where it is.' },
              sha256: { type: 'string', pattern: '^[0-9a-f]{64}$', description: 'Its digest, as in the recipe.' },
              as: { type: 'string', minLength: 1, maxLength: 100, description: 'What people call it; the end of its address when absent.' },
            },
          },
        },
      },
      additionalProperties: {
        type: 'object',
        additionalProperties: false,
        properties: { packages: { type: 'array', items: { type: 'string' }, default: [] } },
      },
    },
    roles: {
      type: 'object',
      minProperties: 1,
      propertyNames: roleName,
      description: 'Role name to its declaration; each has a folder in roles/.',
      additionalProperties: {
        type: 'object',
        additionalProperties: false,
        required: ['summary'],
        properties: {
          summary: { type: 'string', minLength: 1, description: 'One line on what a node with this role does.' },
          nodes: {
            type: 'object',
            additionalProperties: false,
            default: {},
            description: 'How many nodes may hold it.',
            properties: {
              min: { type: 'integer', minimum: 0, description: 'Fewer is a Problem.' },
              max: { type: 'integer', minimum: 1, description: 'More is a Problem.' },
              odd: { type: 'boolean', description: 'The number must be odd, as for a quorum.' },
            },
          },
          implicit: { type: 'boolean', default: false, description: 'Every node of the deployment gets it that holds no role it conflicts with.' },
          runsOn: {
            type: 'array',
            items: { enum: ['live', 'installed', 'admin'] },
            minItems: 1,
            uniqueItems: true,
            default: ['installed'],
            description: 'Systems it may be applied to: `live` is the discovery image in RAM, `admin` the admin node itself.',
          },
          requires: {
            ...edges,
            description: 'Roles of the same node that are done first; added by themselves. `{ role, when }` makes it depend on a setting.',
          },
          waitsFor: { ...edges, description: 'Roles that are done first on every node that holds them. `{ role, when }` makes it depend on a setting.' },
          conflictsWith: { ...roleNames, description: 'Roles that the same node must not hold.' },
          provides: { ...roleNames, description: 'Roles that this one stands in for.' },
          inputs: {
            type: 'array',
            items: { type: 'string', pattern: '^([a-z][a-z0-9-]*\\.[A-Za-z][A-Za-z0-9_]*)$' },
            default: [],
            description:
              'What its templates read as `inputs`: `role.output`, or `site.nodes`, `site.networks`, `site.images` (only the one that an attribute `image` names, where there is such an attribute), `site.admin`, `site.home`.',
          },
          outputs: { type: 'object', additionalProperties: { type: 'object' }, default: {}, description: 'Output name to the JSON Schema of its value.' },
          secrets: {
            type: 'object',
            propertyNames: { pattern: '^[A-Za-z][A-Za-z0-9_]*$' },
            additionalProperties: { type: 'string' },
            default: {},
            description:
              'Name to how it is made: password(32), ssh-keypair, x509(name), x509(node) for one of each machine, or barclamp.name. One name is one secret for all roles of the barclamp.',
          },
          installs: {
            type: 'boolean',
            default: false,
            description:
              'It puts an operating system on the machine: applied in the discovery image, done when the new system has reported. It never runs again by itself.',
          },
          wipes: {
            type: 'boolean',
            default: false,
            description:
              'It takes everything off the disks of a machine that is retired: placed by itself on those and no others, after all else was undone, in the discovery image.',
          },
          captures: {
            type: 'boolean',
            default: false,
            description:
              'It reads the system on the disk of a machine that an image is made of: placed by itself on those and no others, in the discovery image; the machine then starts from its disk again.',
          },
          lasts: {
            enum: ['system', 'machine'],
            default: 'system',
            description:
              'What its work is done to: `machine` for the hardware itself, which outlives every system that is started or installed on it. Its templates then must not depend on names and addresses.',
          },
          gate: {
            type: 'string',
            minLength: 1,
            description:
              'Expression over `attributes`: where it holds, nothing else is begun on a machine before this role is done there, but for what gates need themselves.',
          },
          destructive: { type: 'boolean', default: false, description: 'It may lose data: it never runs again unless a person asks.' },
          once: { type: 'boolean', default: false, description: 'It never runs again because something changed; a person asks for it.' },
          serial: {
            oneOf: [
              { type: 'integer', minimum: 1 },
              { type: 'string', pattern: '^([1-9]|[1-9]\\d|100)%$' },
            ],
            description: 'Most nodes at a time, or a share as "25%"; no other node is begun while one has failed.',
          },
          milestone: { type: 'string', minLength: 1, description: 'What people can rely on when all of it is done, in a few words: "The database answers".' },
          canary: { type: 'boolean', default: false, description: 'One node is done before any other begins.' },
          atOnce: { type: 'integer', minimum: 1, description: 'Most nodes of a deployment at a time; unlike `serial` it does not stop when one fails.' },
          healthEvery: { type: 'string', pattern: DURATION, description: 'How often its health.yml is run, as 30s, 5m or 1h.' },
          irreversible: { type: 'string', minLength: 1, description: 'Why it cannot be undone; else the folder must hold a remove.' },
          when: { type: 'string', description: 'Expression over `attributes`; the role exists only where it is true.' },
        },
      },
    },
  },
} as const;
