// `npm test`: every suite in turn, each with its own line; at the end what failed once more, for a long log is often kept only by its
// end, and one line over all of them. A suite that cannot run here says so and counts as skipped. `npm test -- unit lint` runs only
// those named.

import { spawn } from 'node:child_process';
import { globSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '..');
const bin = (name: string): string => path.join(root, 'node_modules', '.bin', name);

type Counts = { passed: number; failed: number; skipped: number };
/** `failures`: what the suite's tool printed of what failed, empty when nothing did. */
type Outcome = Counts & { failures: string };
type Suite = { name: string; about: string; run(): Promise<Outcome> };

// Each file is a process of its own then, so what a file holds (ports, folders) must be its own, too. Tests wait for timers, servers and
// elections about as long as they compute, so there is one more at a time than there are cores. Virtual machines only compute.
const AT_ONCE = availableParallelism() + 1;

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
    run: () => mocha(['core/**/*.test.ts', 'iso-builder/**/*.test.ts', 'ui/src/**/*.test.ts'], AT_ONCE),
  },
  { name: 'architecture', about: 'the import table, held against the code', run: () => mocha(['test/architecture/*.test.ts']) },
  { name: 'barclamps', about: 'the contract, over every folder', run: () => mocha(['test/barclamps/*.test.ts'], AT_ONCE) },
  { name: 'scenarios', about: 'golden plans', run: () => mocha(['test/scenarios/*.test.ts']) },
  { name: 'api', about: 'a running admin daemon over HTTP', run: () => mocha(['test/api/*.test.ts'], AT_ONCE) },
  { name: 'containers', about: 'machines that are installed already, in a container engine', run: () => mocha(['test/containers/*.test.ts'], AT_ONCE) },
  { name: 'browser', about: "Debian's Chromium on the page", run: () => mocha(['test/browser/*.test.ts'], availableParallelism()) },
  { name: 'lab', about: 'blank machines from power-off to converged', run: () => mocha(['test/lab/*.test.ts']) },
];

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !suites.some((suite) => suite.name === name));
if (unknown.length) {
  console.error(`There is no suite ${unknown.join(', ')}. The suites are ${suites.map((suite) => suite.name).join(', ')}.`);
  process.exit(2);
}

const total: Counts = { passed: 0, failed: 0, skipped: 0 };
const failures: string[] = [];
for (const suite of suites) {
  if (wanted.length && !wanted.includes(suite.name)) continue;
  console.log(`\n── ${suite.name}: ${suite.about}`);
  const started = Date.now();
  const outcome = await suite.run();
  for (const key of ['passed', 'failed', 'skipped'] as const) total[key] += outcome[key];
  if (outcome.failed) failures.push(`── ${suite.name}, what failed\n\n${outcome.failures.trim()}\n`);
  console.log(
    `── ${suite.name}: ${outcome.passed} passed, ${outcome.failed} failed, ${outcome.skipped} skipped, ${Math.round((Date.now() - started) / 1000)} s`,
  );
}
for (const failure of failures) console.log(`\n${failure}`);
console.log(`\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exit(total.failed || !total.passed ? 1 : 0);

/** Each command is one check. */
async function tools(...commands: string[][]): Promise<Outcome> {
  const outcome: Outcome = { passed: 0, failed: 0, skipped: 0, failures: '' };
  for (const [program, ...args] of commands) {
    const { status, output } = await run(program!, args);
    if (status === 0) outcome.passed++;
    else {
      outcome.failed++;
      outcome.failures += output;
    }
  }
  return outcome;
}

/** Mocha's own numbers and its list of failures, read from its closing lines; a run without them has failed. */
async function mocha(patterns: string[], jobs = 1): Promise<Outcome> {
  const files = patterns.flatMap((pattern) => globSync(pattern, { cwd: root })).sort();
  if (!files.length) return { passed: 0, failed: 1, skipped: 0, failures: `no file is called ${patterns.join(' or ')}` };
  const parallel = jobs > 1 ? ['--parallel', '--jobs', String(jobs)] : [];
  const { status, output } = await run(bin('mocha'), ['--exit', '--no-color', '--timeout', '60000', ...parallel, ...files]);
  const count = (word: string): number => Number(new RegExp(`^\\s+(\\d+) ${word}`, 'm').exec(output)?.[1] ?? 0);
  const failed = count('failing');
  const listed = output.search(/^\s+\d+ failing/m);
  return {
    passed: count('passing'),
    failed: status !== 0 && !failed ? 1 : failed,
    skipped: count('pending'),
    failures: listed >= 0 ? output.slice(listed) : `mocha ended with status ${status}`,
  };
}

/** The program's output is shown as it comes, and handed back when it ends. */
function run(program: string, args: string[]): Promise<{ status: number; output: string }> {
  return new Promise((resolve) => {
    // What is tested is what a program reads through a pipe, also where whoever calls this wishes for colours.
    const { FORCE_COLOR: _, ...env } = process.env;
    // Tests start the same programs hundreds of times.
    env.NODE_COMPILE_CACHE ??= path.join(root, 'node_modules', '.cache', 'compiled');
    const child = spawn(process.execPath, [program, ...args], { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const onOutput = (chunk: string): void => {
      output += chunk;
      process.stdout.write(chunk);
    };
    child.stdout.setEncoding('utf8').on('data', onOutput);
    child.stderr.setEncoding('utf8').on('data', onOutput);
    child.on('close', (code) => resolve({ status: code ?? 1, output }));
  });
}
