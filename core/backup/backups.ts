// Makes backups while everything runs, and keeps the latest few in the state folder until somebody takes them elsewhere. One at a time. Where a key is
// named, a backup is sealed for who holds it, by age; else whoever has the file has the keys of the site.

import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import path from 'node:path';
import type { Backup } from '../model/backup.ts';
import { problem, ProblemError } from '../model/problem.ts';
import { copyDatabase } from '../store/copy.ts';
import { takeTurns } from '../take-turns.ts';
import { BESIDE, FACTS, FORMAT, MANIFEST, type Manifest } from './contents.ts';

const KEPT = 5;
const NAME = /^prybar-(\d{4})(\d\d)(\d\d)-(\d\d)(\d\d)(\d\d)\.tar\.zst(\.age)?$/;

export type Backups = {
  /** Newest first. */
  list(): Backup[];
  /** `sealFor`: an SSH public key or an age recipient. Throws Problems. */
  make(options: { sealFor?: string; onProgress?(step: { phase: string }): void }): Promise<Backup>;
  /** Where its file is; undefined when there is none of that name. */
  fileOf(name: string): string | undefined;
  remove(name: string): void;
};

export function openBackups({ state, version, now }: { state: string; version: string; now(): number }): Backups {
  const folder = path.join(state, 'backups');
  const making = path.join(folder, 'making');
  // What a process before this one was ended with.
  rmSync(making, { recursive: true, force: true });
  const inTurn = takeTurns();

  const list = (): Backup[] =>
    (existsSync(folder) ? readdirSync(folder) : [])
      .filter((name) => NAME.test(name))
      .toSorted()
      .toReversed()
      .map((name) => ({ name, at: timeIn(name), bytes: statSync(path.join(folder, name)).size, sealed: name.endsWith('.age') }));

  const fileOf: Backups['fileOf'] = (name) => (NAME.test(name) && existsSync(path.join(folder, name)) ? path.join(folder, name) : undefined);

  const make: Backups['make'] = async ({ sealFor, onProgress }) => {
    // Fractions of a second have no place in the name.
    const at = Math.floor(now() / 1000) * 1000;
    mkdirSync(making, { recursive: true, mode: 0o700 });
    try {
      onProgress?.({ phase: 'copying facts' });
      await copyDatabase(path.join(state, FACTS.kept), path.join(making, FACTS.name));
      const manifest: Manifest = { format: FORMAT, version, at, host: hostname() };
      writeFileSync(path.join(making, MANIFEST), `${JSON.stringify(manifest, null, 2)}\n`);
      onProgress?.({ phase: 'packing' });
      const name = `prybar-${new Date(at).toISOString().slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '-')}.tar.zst${sealFor ? '.age' : ''}`;
      const beside = BESIDE.filter((one) => existsSync(path.join(state, one)));
      const packed = path.join(making, name);
      await pack(packed, ['-C', making, MANIFEST, FACTS.name, '-C', state, ...beside], sealFor);
      renameSync(packed, path.join(folder, name));
      for (const old of list().slice(KEPT)) rmSync(path.join(folder, old.name));
      return list().find((one) => one.name === name)!;
    } finally {
      rmSync(making, { recursive: true, force: true });
    }
  };

  return {
    list,
    fileOf,
    make: (options) => inTurn(() => make(options)),
    remove(name) {
      const file = fileOf(name);
      if (file) rmSync(file);
    },
  };
}

function timeIn(name: string): number {
  const [, ...parts] = NAME.exec(name)!;
  const [year, month, day, hour, minute, second] = parts.map(Number) as [number, number, number, number, number, number];
  return Date.UTC(year, month - 1, day, hour, minute, second);
}

async function pack(to: string, what: readonly string[], sealFor: string | undefined): Promise<void> {
  // Only root may read it, from its first byte on.
  writeFileSync(to, '', { mode: 0o600 });
  if (sealFor === undefined) return ended(spawn('tar', ['--zstd', '-cf', to, ...what], { stdio: ['ignore', 'ignore', 'pipe'] }), 'tar');
  const seal = spawn('age', ['--encrypt', '--recipient', sealFor, '--output', to], { stdio: ['pipe', 'ignore', 'pipe'] });
  const tar = spawn('tar', ['--zstd', '-c', ...what], { stdio: ['ignore', 'pipe', 'pipe'] });
  seal.stdin.on('error', () => {});
  tar.stdout.pipe(seal.stdin);
  // Where age refuses the key, tar has nobody to write to: what age says is told.
  const [sealed, packed] = await Promise.allSettled([ended(seal, 'age'), ended(tar, 'tar')]);
  for (const { status, reason } of [sealed, packed].map((one) => ({ reason: undefined as unknown, ...one }))) if (status === 'rejected') throw reason;
}

function ended(child: ChildProcess, program: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let complaint = '';
    child.stderr!.setEncoding('utf8').on('data', (text: string) => (complaint += text));
    child.once('error', (error) =>
      reject(
        new ProblemError(problem(`${program} cannot be started: ${error.message}.`, undefined, `apt-get install ${program === 'age' ? 'age' : 'tar zstd'}`)),
      ),
    );
    child.once('close', (status) =>
      status === 0
        ? resolve()
        : reject(
            new ProblemError(
              problem(
                `The backup could not be made: ${complaint.trim().split('\n')[0] || `${program} ended with ${status}`}`,
                program === 'age' ? { pointer: '/sealFor' } : undefined,
                program === 'age' ? 'Give an SSH key (Ed25519 or RSA), or age1….' : 'Is the disk of the admin node full?',
              ),
            ),
          ),
    );
  });
}
