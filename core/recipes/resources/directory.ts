// directory: a directory with these permissions, or none.

import { sh } from '../shell.ts';
import { absolutePath, ownership, plainMode, presence, type Resource } from './resource.ts';

type Directory = { directory: string; state: 'present' | 'absent'; recursive: boolean; mode?: string; owner?: string; group?: string };

export const directory: Resource<Directory> = {
  key: 'directory',
  summary: 'A directory, with those above it.',
  properties: {
    directory: absolutePath,
    state: presence,
    recursive: { type: 'boolean', default: false, description: 'With `state: absent`: also when something is in it.' },
    ...ownership,
  },
  title: (item) => `directory ${item.directory}`,
  code(item, context) {
    if (item.state === 'present') return sh`make_directory ${item.directory} ${plainMode(item.mode)} ${item.owner} ${item.group}`;
    // What a system is made of is never one role's to take away.
    if (/^\/[^/]+$|^\/(usr|var|etc)\/(lib|local|share|bin|sbin|cache|log|spool)$|\/\.{1,2}(\/|$)/.test(item.directory)) {
      context.problem(`${item.directory} belongs to the system.`, 'Name a directory that only this role uses.');
    }
    return sh`remove_directory ${item.directory} ${item.recursive ? 'recursive' : ''}`;
  },
};
