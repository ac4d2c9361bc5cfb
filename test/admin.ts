// Starts a real admin daemon for a test, in a folder of its own, and stops it by its own process. Nothing is faked: what tests talk to is
// what people run.

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Client, connect } from '../core/cli/client.ts';
import type { ProposalBody } from '../core/model/proposal.ts';

const root = path.resolve(import.meta.dirname, '..');

export type Event = { event: string; text?: string; url?: string; link?: string } & Record<string, unknown>;
export type Admin = {
  url: string;
  /** The one-time sign-in link it printed; empty where somebody can sign in already. */
  link: string;
  state: string;
  client: Client;
  events: Event[];
  process: ChildProcess;
  /** What it said last, for the message of a test that fails. */
  story(): string;
  /** Runs `prybar`; its output, and its status. */
  cli(...args: string[]): { stdout: string; stderr: string; status: number | null };
  /** Commits this as what the deployment wants of the barclamp, whether or not there is a proposal yet. */
  commit(deployment: string, barclamp: string, draft: ProposalBody, note?: string): Promise<void>;
  /** Asks it to end and waits; the exit status. */
  stop(): Promise<number | null>;
  /** Ends it and removes its folder. */
  remove(): Promise<void>;
};

export async function startAdmin(args: string[] = ['--no-lab'], given?: string, patienceMs = 120_000): Promise<Admin> {
  const state = given ?? mkdtempSync(path.join(tmpdir(), 'prybar-test-'));
  const child = spawn(process.execPath, [path.join(root, 'core/main.ts'), '--json', '--port', '0', '--state', state, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const events: Event[] = [];
  let rest = '';
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint += text;
  });
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop()!;
    for (const line of lines) events.push(JSON.parse(line) as Event);
  });
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
    return ended;
  };
  const signIn = await Promise.race([
    until(
      () => events.find((e) => e.event === 'sign-in'),
      patienceMs,
      () => `the admin daemon did not come up: ${complaint}\n${JSON.stringify(events)}`,
    ),
    ended.then((status) => {
      // Once it is up, what it leaves behind is for `remove`: tests start it again on the same folder.
      if (!given && !events.some((e) => e.event === 'sign-in')) rmSync(state, { recursive: true, force: true });
      throw new Error(`the admin daemon ended with status ${status}: ${complaint}\n${events.map((e) => e.text ?? JSON.stringify(e)).join('\n')}`);
    }),
  ]).catch(async (error: unknown) => {
    // Nobody else knows of it.
    await stop();
    throw error;
  });
  const url = events.find((e) => e.event === 'ready')!.url!;
  const client = connect({ state, url });
  return {
    url,
    link: signIn.link ?? '',
    state,
    client,
    events,
    process: child,
    story: () =>
      events
        .slice(-25)
        .map((e) => e.text ?? JSON.stringify(e))
        .join('\n'),
    cli(...words) {
      const { stdout, stderr, status } = spawnSync(process.execPath, [path.join(root, 'core/cli/prybar.ts'), '--state', state, ...words], {
        encoding: 'utf8',
        env: { ...process.env, NO_COLOR: '1' },
      });
      return { stdout, stderr, status };
    },
    async commit(deployment, barclamp, draft, note) {
      const known = (await client.call('GET /proposals')).find((proposal) => proposal.deployment === deployment && proposal.barclamp === barclamp);
      const { id, revision } = known ?? (await client.call('POST /proposals', { body: { deployment, barclamp } }));
      const saved = await client.call('PUT /proposals/:id/draft', { params: { id }, body: { revision, draft } });
      await client.call('POST /proposals/:id/commit', { params: { id }, body: { revision: saved.revision, ...(note !== undefined && { note }) } });
    },
    stop,
    async remove() {
      await stop();
      rmSync(state, { recursive: true, force: true });
    },
  };
}

/** Asks until there is something, and says what was missing when the time is over. */
export async function until<T>(
  look: () => T | undefined | false | Promise<T | undefined | false>,
  timeoutMs: number,
  missing: () => string,
  everyMs = 50,
): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (Date.now() > deadline) throw new Error(missing());
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}
