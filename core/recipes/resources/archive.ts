// archive: a directory that holds what an archive from a web server does.

import { sh } from '../shell.ts';
import { fetched, placesOf } from './download.ts';
import { absolutePath, listOf, ownership, plainMode, type Resource } from './resource.ts';

type Archive = { archive: string; from: string | string[]; sha256: string; strip: number; mode?: string; owner?: string; group?: string };

export const archive: Resource<Archive> = {
  key: 'archive',
  summary: 'A directory that holds what an archive from a web server does, and nothing else.',
  properties: {
    archive: { ...absolutePath, description: 'The directory.' },
    ...fetched,
    strip: { type: 'integer', minimum: 0, default: 0, description: 'How many leading directories to leave out of each name.' },
    ...ownership,
  },
  required: ['from', 'sha256'],
  seconds: 1800,
  title: (item) => `archive ${item.archive}`,
  code(item, context) {
    const [first] = listOf(item.from);
    const kind = kinds.find(([ending]) => ending.test(first!))?.[1];
    if (!kind) context.problem(`${first} is no kind of archive that can be unpacked.`, 'Use .tar, .tar.gz, .tar.xz, .tar.zst, .tar.bz2 or .zip.');
    if (kind === 'zip' && item.strip) context.problem('`strip` is for tar archives.');
    return sh`keep_archive ${item.archive} ${item.sha256} ${kind} ${item.strip} ${plainMode(item.mode)} ${item.owner} ${item.group} ${placesOf(item, context)}`;
  },
};

const kinds: [RegExp, string][] = [
  [/\.(tar\.(gz|xz|zst|bz2)|tgz|tar)$/, 'tar'],
  [/\.zip$/, 'zip'],
];
