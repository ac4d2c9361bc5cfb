// `npm test`: every suite in turn, each with its own line, and one line over all of them at the end. A suite that cannot run here
// says so and counts as skipped. `npm test -- unit lint` runs only those named.

import { spawn } from 'node:child_process';
import { globSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '..');
const bin = (name: string): string => path.join(root, 'node_modules', '.bin', name);

type Counts = { passed: number; failed: number; skipped: number };
type Suite = { name: string; about: string; run(): Promise<Counts> };

// Each file is a process of its own then, so what a file holds (ports, folders) must be its own, too.
const CORES = Math.max(1, availableParallelism());
// Containers wait for mirrors, elections and timers far more than they compute.
const AT_ONCE = 3;

const suites: Suite[] = [
  {
    name: 'types',
    about: 'tsc over the server and over the page',
    run: () => tools([bin('tsc'), '--noEmit', '-p', 'tsconfig.json'], [bin('tsc'), '--noEmit', '-p', 'ui/tsconfig.json']),
  },
  { name: 'lint', about: 'oxlint with types', run: () => tools([bin('oxlint'), '--type-aware', '--deny-warnings', 'core', 'iso-builder', 'test', 'ui/src']) },
  {
    name: 'unit',
    about: 'beside the code, with property tests',
    run: () => mocha(['core/**/*.test.ts', 'iso-builder/**/*.test.ts', 'ui/src/**/*.test.ts'], CORES),
  },
  { name: 'architecture', about: 'the import table, held against the code', run: () => mocha(['test/architecture/*.test.ts']) },
  { name: 'barclamps', about: 'the contract, over every folder', run: () => mocha(['test/barclamps/*.test.ts']) },
  { name: 'scenarios', about: 'golden plans', run: () => mocha(['test/scenarios/*.test.ts']) },
  { name: 'api', about: 'a running admin daemon over HTTP', run: () => mocha(['test/api/*.test.ts']) },
  { name: 'containers', about: 'machines that are installed already, in a container engine', run: () => mocha(['test/containers/*.test.ts'], AT_ONCE) },
  { name: 'browser', about: "Debian's Chromium on the page", run: () => mocha(['test/browser/*.test.ts']) },
  { name: 'lab', about: 'blank machines from power-off to converged', run: () => mocha(['test/lab/*.test.ts']) },
];

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !suites.some((suite) => suite.name === name));
if (unknown.length) {
  console.error(`There is no suite ${unknown.join(', ')}. The suites are ${suites.map((suite) => suite.name).join(', ')}.`);
  process.exit(2);
}

const total: Counts = { passed: 0, failed: 0, skipped: 0 };
for (const suite of suites) {
  if (wanted.length && !wanted.includes(suite.name)) continue;
  console.log(`\n── ${suite.name}: ${suite.about}`);
  const started = Date.now();
  const counts = await suite.run();
  for (const key of ['passed', 'failed', 'skipped'] as const) total[key] += counts[key];
  console.log(`── ${suite.name}: ${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped, ${Math.round((Date.now() - started) / 1000)} s`);
}
console.log(`\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exit(total.failed || !total.passed ? 1 : 0);

/** Each command is one check. */
async function tools(...commands: string[][]): Promise<Counts> {
  const counts: Counts = { passed: 0, failed: 0, skipped: 0 };
  for (const [program, ...args] of commands) {
    const { status } = await run(program!, args, (chunk) => process.stdout.write(chunk));
    counts[status === 0 ? 'passed' : 'failed']++;
  }
  return counts;
}

/** Mocha's own numbers, read from its closing lines; a run without them has failed. */
async function mocha(patterns: string[], jobs = 1): Promise<Counts> {
  const files = patterns.flatMap((pattern) => globSync(pattern, { cwd: root })).sort();
  if (!files.length) return { passed: 0, failed: 1, skipped: 0 };
  let output = '';
  const parallel = jobs > 1 ? ['--parallel', '--jobs', String(jobs)] : [];
  const { status } = await run(bin('mocha'), ['--exit', '--no-color', '--timeout', '20000', ...parallel, ...files], (chunk) => {
    output += chunk;
    process.stdout.write(chunk);
  });
  const count = (word: string): number => Number(new RegExp(`^\\s+(\\d+) ${word}`, 'm').exec(output)?.[1] ?? 0);
  const counts = { passed: count('passing'), failed: count('failing'), skipped: count('pending') };
  return status !== 0 && !counts.failed ? { ...counts, failed: 1 } : counts;
}

function run(program: string, args: string[], onOutput: (chunk: string) => void): Promise<{ status: number }> {
  return new Promise((resolve) => {
    // What is tested is what a program reads through a pipe, also where whoever calls this wishes for colours.
    const { FORCE_COLOR: _, ...env } = process.env;
    const child = spawn(process.execPath, [program, ...args], { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.setEncoding('utf8').on('data', onOutput);
    child.stderr.setEncoding('utf8').on('data', onOutput);
    child.on('close', (code) => resolve({ status: code ?? 1 }));
  });
}
