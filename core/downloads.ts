// The files that barclamps in use name under `bundle.downloads`, fetched once, kept by digest, and served to machines that have no internet.
// Like the package pool it grows with what is used; what cannot be fetched is told, and takes nothing away.

import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream, existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Progress, track } from './activities.ts';
import { barclampsInUse } from './barclamps-in-use.ts';
import type { Barclamp } from './model/barclamp.ts';
import { bad, type Checked, ok, problem, type Problem, ProblemError, type Where } from './model/problem.ts';
import type { Store } from './store/store.ts';
import { takeTurns } from './take-turns.ts';

export type Downloads = {
  /** Absolute path of the file with this SHA-256, when it is here and was found right. */
  file(sha256: string): string | undefined;
  /** From now on machines are served: waits until what is used now is here. */
  open(): Promise<void>;
  /** Waits until what is used now is here, and the downloads of this barclamp too. What could not be fetched shows as an activity. */
  need(barclamp?: string): Promise<void>;
};

export type DownloadsOptions = {
  store: Store;
  /** Holds one file for each, called by its digest. One that somebody put there by hand counts as well. */
  folder: string;
  barclamps(): ReadonlyMap<string, Barclamp>;
  signal: AbortSignal;
};

/** One file, and all places that are said to have it. */
type Wanted = { sha256: string; name: string; sources: { url: string; where: Where }[] };

// So long a server may be silent.
const SILENCE_MS = 60_000;
const MEGABYTE = 1_000_000;

export function openDownloads({ store, folder, barclamps, signal }: DownloadsOptions): Downloads {
  const here = new Map<string, string>();
  let isOpen = false;

  const bring = async (more?: string): Promise<void> => {
    const lacking = wantedBy(await barclampsInUse(store, barclamps(), more)).filter(({ sha256 }) => !here.has(sha256));
    if (!lacking.length) return;
    await mkdir(folder, { recursive: true });
    await clearPartial(folder);
    await track(store, 'downloads', 'Downloads', async (onProgress) => {
      const problems: Problem[] = [];
      for (const [index, wanted] of lacking.entries()) {
        const found = await bringOne(wanted, folder, ({ phase, fraction = 0 }) => onProgress({ phase, fraction: (index + fraction) / lacking.length }), signal);
        if (found.ok) here.set(wanted.sha256, found.value);
        else problems.push(...found.problems);
      }
      if (problems.length) throw new ProblemError(problems);
    });
  };
  // The second finds what the first has brought. A failure was recorded with the activity.
  const inTurn = takeTurns();
  const need = (barclamp?: string): Promise<void> => inTurn(async () => (isOpen ? bring(barclamp).catch(() => {}) : undefined));
  return {
    file: (sha256) => here.get(sha256),
    open: () => {
      isOpen = true;
      return need();
    },
    need,
  };
}

function wantedBy(barclamps: readonly Barclamp[]): Wanted[] {
  const byDigest = new Map<string, Wanted>();
  for (const { name: barclamp, bundle } of barclamps) {
    for (const [index, { url, sha256, as }] of (bundle.downloads ?? []).entries()) {
      const wanted = byDigest.get(sha256) ?? { sha256, name: as ?? nameIn(url), sources: [] };
      wanted.sources.push({ url, where: { file: `${barclamp}/barclamp.yml`, pointer: `/bundle/downloads/${index}` } });
      byDigest.set(sha256, wanted);
    }
  }
  return [...byDigest.values()];
}

const nameIn = (url: string): string => decodeURIComponent(new URL(url).pathname.split('/').at(-1)!) || url;

/** The file when it is here already, or from the first place that has it. Otherwise what is wrong with each of them. */
async function bringOne({ sha256, name, sources }: Wanted, folder: string, onProgress: Progress, signal: AbortSignal): Promise<Checked<string>> {
  const file = path.join(folder, sha256);
  onProgress({ phase: `looking at ${name}` });
  if (existsSync(file) && (await digestOf(file)) === sha256) return ok(file);
  const problems: Problem[] = [];
  const partial = `${file}.${process.pid}.partial`;
  try {
    for (const { url, where } of sources) {
      const next = `Look whether the address can be reached from here; or put the file there by hand, and commit again: ${file}`;
      const fetched = await fetchTo(
        partial,
        url,
        (done, total) => onProgress({ phase: inWords(name, done, total), fraction: total ? done / total : 0 }),
        signal,
      );
      if (!fetched.ok) problems.push(problem(`${name} cannot be fetched from ${url}: ${fetched.reason}.`, where, next));
      else if (fetched.sha256 !== sha256)
        problems.push(
          problem(
            `${name} from ${url} has the SHA-256 ${fetched.sha256} instead of ${sha256}.`,
            where,
            'If the file was replaced on purpose, say so in the barclamp; otherwise somebody may have changed it on the way.',
          ),
        );
      else {
        await rename(partial, file);
        return ok(file);
      }
    }
    return bad(...problems);
  } finally {
    await rm(partial, { force: true });
  }
}

const inWords = (name: string, done: number, total: number): string =>
  `fetching ${name}, ${(done / MEGABYTE).toFixed(1)}${total ? ` of ${(total / MEGABYTE).toFixed(1)}` : ''} MB`;

type Fetched = { ok: true; sha256: string } | { ok: false; reason: string };

async function fetchTo(file: string, url: string, onBytes: (done: number, total: number) => void, signal: AbortSignal): Promise<Fetched> {
  const silence = new AbortController();
  const timer = setTimeout(() => silence.abort(new Error(`nothing came for ${SILENCE_MS / 1000} s`)), SILENCE_MS);
  const hash = createHash('sha256');
  try {
    const response = await fetch(url, { signal: AbortSignal.any([signal, silence.signal]) });
    if (!response.ok || !response.body) {
      await response.body?.cancel();
      return { ok: false, reason: `the server says ${response.status} ${response.statusText}`.trim() };
    }
    // What is packed on the way has another length than what comes out.
    const total = response.headers.has('content-encoding') ? 0 : Number(response.headers.get('content-length') ?? 0);
    let done = 0;
    const watch = new Transform({
      transform(chunk: Buffer, _encoding, pass) {
        timer.refresh();
        hash.update(chunk);
        onBytes((done += chunk.length), total);
        pass(null, chunk);
      },
    });
    await pipeline(response.body, watch, createWriteStream(file));
    return { ok: true, sha256: hash.digest('hex') };
  } catch (error) {
    const { message, cause } = error as Error & { cause?: Error };
    return { ok: false, reason: cause?.message ?? message };
  } finally {
    clearTimeout(timer);
  }
}

async function digestOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}

// What a process left that was killed in the middle.
async function clearPartial(folder: string): Promise<void> {
  for (const entry of await readdir(folder)) {
    const owner = /\.(\d+)\.partial$/.exec(entry)?.[1];
    if (owner && (Number(owner) === process.pid || !existsSync(`/proc/${owner}`))) await rm(path.join(folder, entry), { force: true });
  }
}
