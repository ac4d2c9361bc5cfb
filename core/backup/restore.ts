// Puts a backup into a state folder that no admin node uses: unpacked beside what is there, looked at, and only then moved into place. What was there
// is kept.

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { bad, type Checked, ok, problem } from '../model/problem.ts';
import { takeState } from '../state-folder.ts';
import { faultsOfDatabase } from '../store/copy.ts';
import { BESIDE, FACTS, FORMAT, MANIFEST, type Manifest } from './contents.ts';

export type Restored = Manifest & {
  /** Where what was there before is now. */
  aside?: string;
};

/** `identity`: file of the key that opens one that is sealed. `over`: also where there are facts already. */
export function restore(file: string, options: { state: string; identity?: string; over?: boolean; now: number }): Checked<Restored> {
  if (!existsSync(file)) return bad(problem(`There is no file ${file}.`, undefined, 'Name a backup, as the page or prybar backup make gave it.'));
  const taken = takeState(options.state);
  if (!taken.ok) return taken;
  const state = taken.value;
  const unpacked = state.file('restoring');
  try {
    if (existsSync(state.file(FACTS.kept)) && !options.over)
      return bad(
        problem(`${state.path} holds the facts of an admin node already.`, undefined, 'Name another folder with --state, or put them aside with --over.'),
      );
    rmSync(unpacked, { recursive: true, force: true });
    mkdirSync(unpacked, { mode: 0o700 });
    const opened = unpack(file, unpacked, options.identity);
    if (!opened.ok) return opened;
    const manifest = readManifest(unpacked);
    if (!manifest.ok) return manifest;
    const aside = putAside(state.path, options.now);
    mkdirSync(path.dirname(state.file(FACTS.kept)), { recursive: true, mode: 0o700 });
    for (const name of BESIDE) if (existsSync(path.join(unpacked, name))) renameSync(path.join(unpacked, name), state.file(name));
    // Last: without facts the folder counts as empty, and all of it can be done again.
    renameSync(path.join(unpacked, FACTS.name), state.file(FACTS.kept));
    return ok({ ...manifest.value, ...(aside && { aside }) });
  } finally {
    rmSync(unpacked, { recursive: true, force: true });
    state.release();
  }
}

function unpack(file: string, to: string, identity: string | undefined): Checked<void> {
  const sealed = file.endsWith('.age');
  if (sealed && identity === undefined) return bad(problem(`${file} is sealed.`, undefined, 'Name the file of the key that it was made for: --identity'));
  // Paths are its own only: tar refuses those that lead out of the folder.
  const line = sealed
    ? 'set -o pipefail; age --decrypt --identity "$2" "$0" | tar --zstd --no-same-owner -xf - -C "$1"'
    : 'tar --zstd --no-same-owner -xf "$0" -C "$1"';
  const { status, stderr } = spawnSync('bash', ['-c', line, file, to, identity ?? ''], { encoding: 'utf8' });
  if (status === 0) return ok(undefined);
  return bad(
    problem(`${file} cannot be opened: ${stderr.trim().split('\n')[0]}`, undefined, sealed ? 'Is that the key that it was made for?' : 'Was it copied whole?'),
  );
}

function readManifest(folder: string): Checked<Manifest> {
  const at = path.join(folder, MANIFEST);
  const manifest = existsSync(at) ? (JSON.parse(readFileSync(at, 'utf8')) as Manifest) : undefined;
  if (!manifest || !existsSync(path.join(folder, FACTS.name))) return bad(problem('That is no backup of an admin node.', undefined, 'Name another file.'));
  if (manifest.format > FORMAT)
    return bad(problem(`It was made by a newer Prybar (${manifest.version}).`, undefined, 'Restore it with that one or a newer one.'));
  const faults = faultsOfDatabase(path.join(folder, FACTS.name));
  return faults.length ? bad(problem(`The facts in it are damaged: ${faults[0]}`, undefined, 'Take an older backup.')) : ok(manifest);
}

/** Also the journals of the database: with other facts they would mean something else. */
function putAside(state: string, now: number): string | undefined {
  const present = ['store', ...BESIDE].filter((name) => existsSync(path.join(state, name)));
  if (!present.length) return undefined;
  const aside = path.join(state, `before-restore-${new Date(now).toISOString().slice(0, 19).replaceAll(':', '')}`);
  mkdirSync(aside, { mode: 0o700 });
  for (const name of present) renameSync(path.join(state, name), path.join(aside, name));
  return aside;
}
