// A case of a barclamp, applied to fresh containers and left running, for tests of what comes later in a service's life: members that die,
// stop and come back. `prybar barclamp test` covers all up to there.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { readCases } from '../../core/author/cases.ts';
import { converge } from '../../core/author/converge.ts';
import { foldersFor, openSubject } from '../../core/author/subject.ts';
import { trialSecrets } from '../../core/author/trial.ts';
import { trialSite } from '../../core/author/trial-site.ts';
import { startContainers } from '../../core/containers.ts';

const root = path.resolve(import.meta.dirname, '../..');

export type Deployed = {
  /** Runs sh code as root on a machine of the case; its standard output. Throws when it fails. */
  on(node: string, code: string): Promise<string>;
  /** The same, once a second until its output matches; the seconds it took. Throws after `seconds`. */
  until(node: string, code: string, wanted: RegExp, seconds: number): Promise<number>;
  addressOf(node: string): string;
  /** Applies everything again, as when the proposal is committed anew. */
  again(): Promise<void>;
  stop(): Promise<void>;
};

export async function deployed(barclamp: string, caseName: string): Promise<Deployed> {
  const folder = path.join(root, 'barclamps', barclamp);
  const { subject } = openSubject(folder, foldersFor([folder]));
  assert(subject);
  const test = readCases(subject).cases.find(({ name }) => name === caseName);
  assert(test, `${barclamp} has no case ${caseName}`);
  const names = Object.keys(test.nodes);
  const stateDir = mkdtempSync(path.join(tmpdir(), 'prybar-deployed-'));
  const started = await startContainers({ cacheDir: '/var/cache/prybar', stateDir, count: names.length });
  assert(started.ok, JSON.stringify(started));
  const containers = started.value;
  const boxOf = (node: string) => containers.boxes[names.indexOf(node)]!;
  const on = (node: string, code: string): Promise<string> => containers.run(boxOf(node).name, code);
  await Promise.all(names.map((name) => on(name, `hostname ${name}; echo ${name} >/etc/hostname`)));
  const { facts, boxOf: entryOf } = trialSite(subject, test, containers.boxes);
  const secretsOf = trialSecrets();
  const settle = async (): Promise<void> => {
    const signal = new AbortController().signal;
    const { problems, failed } = await converge({
      catalog: subject.catalog,
      facts,
      remoteFor: (node) => entryOf(node).remote,
      secretsOf,
      signal,
      onAttempt: () => {},
    });
    assert.deepEqual(problems, [], failed?.log.join('\n'));
  };
  const stop = async (): Promise<void> => {
    await containers.stop();
    rmSync(stateDir, { recursive: true, force: true });
  };
  try {
    await settle();
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    on,
    addressOf: (node) => boxOf(node).address,
    async until(node, code, wanted, seconds) {
      const begun = Date.now();
      for (;;) {
        const said = await on(node, code).catch((error: unknown) => String(error));
        const took = (Date.now() - begun) / 1000;
        if (wanted.test(said)) return took;
        assert(took < seconds, `${node} still says after ${seconds} s: ${said}`);
        await new Promise((resolve) => setTimeout(resolve, 1000));
      }
    },
    async again() {
      for (const runs of facts.latest.values()) for (const run of runs.values()) facts.retries.set(run.key, { key: run.key, afterRun: run.id, at: 0 });
      await settle();
    },
    stop,
  };
}
