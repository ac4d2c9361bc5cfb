// Where Debian 12 packages come from on this machine: its own mirror when its apt names one, else Debian's.

import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Architecture } from '../core/model/architecture.ts';
import { problem, ProblemError } from '../core/model/problem.ts';

export const suite = 'bookworm';
const fallback = ['http://deb.debian.org/debian', 'http://deb.debian.org/debian-security'];

/** Apt source lines for the release, its updates and its security updates, without anything a third party added. */
export async function debianSources(aptFolder = '/etc/apt'): Promise<string[]> {
  const uris = await debianUris(aptFolder);
  const main = uris.find((uri) => !isSecurity(uri)) ?? fallback[0]!;
  const security = uris.find(isSecurity) ?? fallback[1]!;
  return [`deb ${main} ${suite} main`, `deb ${main} ${suite}-updates main`, `deb ${security} ${suite}-security main`];
}

const isSecurity = (uri: string): boolean => /security/.test(uri);

/** Mirrors of Debian's own archive: they end in `/debian` or `/debian-security`, or are snapshots of those. */
const isDebian = (uri: string): boolean => /^(https?|file|mirror\S*):\S*\/debian(-security)?(\/\d{8}T\d{6}Z)?\/?$/.test(uri);

async function debianUris(aptFolder: string): Promise<string[]> {
  const parts = path.join(aptFolder, 'sources.list.d');
  const names = (await readdir(parts).catch(() => [])).filter((name) => /\.(list|sources)$/.test(name)).sort();
  const files = [path.join(aptFolder, 'sources.list'), ...names.map((name) => path.join(parts, name))];
  const texts = await Promise.all(files.map((file) => readFile(file, 'utf8').catch(() => '')));
  const words = texts.flatMap((text) =>
    text
      .split('\n')
      .filter((line) => !line.trimStart().startsWith('#'))
      .join('\n')
      .split(/\s+/),
  );
  return [...new Set(words.filter(isDebian).map((uri) => uri.replace(/\/$/, '')))];
}

/** Throws a ProblemError where this machine runs no programs of that architecture (Linux, admin-guide/binfmt-misc). */
export async function needForeign(architecture: Architecture): Promise<void> {
  const handler = { amd64: 'qemu-x86_64', arm64: 'qemu-aarch64' }[architecture];
  if (process.arch === { amd64: 'x64', arm64: 'arm64' }[architecture]) return;
  const said = await readFile(path.join('/proc/sys/fs/binfmt_misc', handler), 'utf8').catch(() => '');
  if (said.startsWith('enabled')) return;
  throw new ProblemError(
    problem(
      `A system for ${architecture} cannot be made here: this machine does not run its programs.`,
      undefined,
      'Install what emulates them on the admin node: apt-get install qemu-user-static binfmt-support',
    ),
  );
}

/** Trust of Debian's own keys, wherever the build runs. */
export const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg';
