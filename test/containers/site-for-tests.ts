// A test case of a barclamp on fresh containers, for tests that look further than apply, health, smoke and remove: what is changed or broken
// there, and what comes of it.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { readCases } from '../../core/author/cases.ts';
import { type Converged, converge, type Converging } from '../../core/author/converge.ts';
import { foldersFor, openSubject } from '../../core/author/subject.ts';
import { trialSecrets } from '../../core/author/trial.ts';
import { trialSite } from '../../core/author/trial-site.ts';
import { startContainers } from '../../core/containers.ts';

export type TestSite = {
  /** Runs sh code as root on a machine of the case, or on `outside`; its standard output. Throws when it fails. */
  run(node: string, code: string): Promise<string>;
  addressOf(node: string): string;
  /** The same, once a second until its output matches; the seconds it took. Throws after `seconds`. */
  until(node: string, code: string, wanted: RegExp, seconds: number): Promise<number>;
  /** Applies what is wanted until nothing is left to do or something failed. */
  converge(): Promise<Converged>;
  /** The same, and throws what failed. */
  settle(): Promise<void>;
  /** Asks for everything once more, and applies it; what that changed, as `role on node: resource`. */
  again(): Promise<string[]>;
  /** Changes settings of the barclamp, as a commit of its proposal does. */
  set(attributes: Record<string, unknown>): void;
  stop(): Promise<void>;
};

/** Problems are thrown: the test cannot go on without its machines. */
export async function openSite(barclamp: string, caseName: string): Promise<TestSite> {
  const folder = path.resolve(import.meta.dirname, '../../barclamps', barclamp);
  const { subject, problems } = openSubject(folder, foldersFor([folder]));
  if (!subject) throw new Error(JSON.stringify(problems));
  const test = readCases(subject).cases.find((one) => one.name === caseName);
  if (!test) throw new Error(`${barclamp} has no case ${caseName}`);
  const stateDir = mkdtempSync(path.join(tmpdir(), 'prybar-site-'));
  const names = [...Object.keys(test.nodes), 'outside'];
  const started = await startContainers({ cacheDir: '/var/cache/prybar', stateDir, count: names.length });
  if (!started.ok) throw new Error(JSON.stringify(started.problems));
  const containers = started.value;
  const { facts, boxOf } = trialSite(subject, test, containers.boxes);
  const boxNamed = (node: string) => containers.boxes[names.indexOf(node)]!;
  const run = (node: string, code: string): Promise<string> => containers.run(boxNamed(node).name, code);
  await Promise.all(names.map((name) => run(name, `hostname ${name}; hostname >/etc/hostname`)));

  const converging: Converging = {
    catalog: subject.catalog,
    facts,
    remoteFor: (node) => boxOf(node).remote,
    secretsOf: trialSecrets(),
    signal: new AbortController().signal,
    onAttempt: () => {},
  };
  return {
    run,
    addressOf: (node) => boxNamed(node).address,
    async until(node, code, wanted, seconds) {
      const begun = Date.now();
      for (;;) {
        const said = await run(node, code).catch((error: unknown) => String(error));
        const took = (Date.now() - begun) / 1000;
        if (wanted.test(said)) return took;
        if (took >= seconds) throw new Error(`${node} still says after ${seconds} s: ${said}`);
        await new Promise((resolve) => setTimeout(resolve, 1000));
      }
    },
    converge: () => converge(converging),
    async settle() {
      const { problems, failed } = await converge(converging);
      if (problems.length) throw new Error([JSON.stringify(problems), ...(failed?.log ?? [])].join('\n'));
    },
    async again() {
      for (const runs of facts.latest.values()) for (const run of runs.values()) facts.retries.set(run.key, { key: run.key, afterRun: run.id, at: 0 });
      const { attempts, problems } = await converge(converging);
      if (problems.length) throw new Error(JSON.stringify(problems));
      return attempts.flatMap(({ role, node, changed }) => changed.map((what) => `${role} on ${node}: ${what.split('\n')[0]}`));
    },
    set(attributes) {
      facts.proposals = facts.proposals.map((proposal) =>
        proposal.barclamp === barclamp
          ? { ...proposal, commit: proposal.commit + 1, body: { ...proposal.body, attributes: { ...proposal.body.attributes, ...attributes } } }
          : proposal,
      );
    },
    async stop() {
      await containers.stop();
      rmSync(stateDir, { recursive: true, force: true });
    },
  };
}

/** Tries until it does not throw any more, for at most so long. */
export async function eventually<T>(seconds: number, look: () => Promise<T>): Promise<T> {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    try {
      return await look();
    } catch (error) {
      if (Date.now() > end) throw error;
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  }
}
