// download: a file from a web server, known by its digest.

import { sh } from '../shell.ts';
import { absolutePath, type Context, listOf, ownership, plainMode, type Resource } from './resource.ts';

type Download = { download: string; from: string | string[]; sha256: string; mode?: string; owner?: string; group?: string };

const url = { type: 'string', pattern: '^(https?|ftp|file)://[^\\s]+$' };

/** Properties of what is fetched, here and in `archive`. */
export const fetched = {
  from: { ...url, type: ['string', 'array'], items: url, minItems: 1, description: 'Where it is; several are tried in turn.' },
  sha256: { type: 'string', pattern: '^[0-9a-f]{64}$', description: 'Its digest. What does not have it is not used.' },
};

/** Where to look for it: on the admin node first, which is near, and may be all that can be reached. */
export function placesOf({ from, sha256 }: Pick<Download, 'from' | 'sha256'>, context: Context): string[] {
  const near = context.atAdmin(sha256);
  return [...(near === undefined ? [] : [near]), ...listOf(from)];
}

export const download: Resource<Download> = {
  key: 'download',
  summary: 'A file from a web server, known by its digest.',
  properties: { download: absolutePath, ...fetched, ...ownership },
  required: ['from', 'sha256'],
  seconds: 1800,
  title: (item) => `download ${item.download}`,
  code: (item, context) => sh`keep_download ${item.download} ${item.sha256} ${plainMode(item.mode)} ${item.owner} ${item.group} ${placesOf(item, context)}`,
};
