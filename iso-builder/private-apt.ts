// apt with lists, a cache and an idea of what is installed of its own: this machine's packages and sources play no part in what is fetched.

import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Architecture } from '../core/model/architecture.ts';
import { keyring } from './debian.ts';
import { runProgram } from './program.ts';

/** Makes the folder, and gives the options with which apt's programs keep to it. */
export async function privateApt(folder: string, sources: string[], status: Buffer, architecture: Architecture = 'amd64'): Promise<string[]> {
  for (const name of ['lists/partial', 'archives/partial', 'etc']) await mkdir(path.join(folder, name), { recursive: true });
  await writeFile(path.join(folder, 'sources.list'), `${sources.join('\n')}\n`);
  await writeFile(path.join(folder, 'status'), status);
  await copyFile(keyring, path.join(folder, 'keyring.gpg'));
  const settings = {
    'Dir::Etc': path.join(folder, 'etc'),
    'Dir::Etc::sourcelist': path.join(folder, 'sources.list'),
    'Dir::Etc::sourceparts': '-',
    'Dir::Etc::trusted': path.join(folder, 'keyring.gpg'),
    'Dir::Etc::trustedparts': '-',
    'Dir::Etc::main': '-',
    'Dir::Etc::parts': '-',
    'Dir::State::lists': path.join(folder, 'lists'),
    'Dir::State::status': path.join(folder, 'status'),
    'Dir::Cache': folder,
    'Dir::Cache::archives': path.join(folder, 'archives'),
    'APT::Architecture': architecture,
    'APT::Architectures::': architecture,
    'APT::Get::Assume-Yes': 'true',
    'APT::Install-Recommends': 'false',
    'APT::Sandbox::User': 'root',
    'Acquire::Languages': 'none',
    'Debug::NoLocking': 'true',
  };
  return Object.entries(settings).map(([name, value]) => `-o${name}=${value}`);
}

/** These packages and all that they depend on, into the folder's archives. Counts the lines with which apt announces each file. */
export async function download(apt: string[], packages: string[], progress: (within: number) => void, signal?: AbortSignal): Promise<void> {
  let expected = 0;
  let done = 0;
  await runProgram(['apt-get', ...apt, '--download-only', '-oAPT::Keep-Downloaded-Packages=true', 'install', ...packages], {
    signal,
    onLine: (line) => {
      expected = Number(/(\d+) newly installed/.exec(line)?.[1] ?? expected);
      if (line.startsWith('Get:') && expected) progress(++done / expected);
    },
  });
}
