// A barclamp tried for real: its test cases on fresh machines. Applied, applied again (nothing may change), looked at by its health probes
// and from outside by smoke.yml, taken away again, and each machine compared with what it was before. Shown by cli/trial.ts.

import { secretValues } from '../access/role-secrets.ts';
import { compileFor, runProgram } from '../annealer/apply-role.ts';
import { reveal, type SecretsOf } from '../annealer/reveal.ts';
import type { Folders } from '../catalog/catalog.ts';
import type { Containers, Entry } from '../containers.ts';
import type { Role } from '../model/catalog.ts';
import type { Node } from '../model/node.ts';
import { bad, type Checked, errorsIn, ok, problem, type Problem, ProblemError } from '../model/problem.ts';
import type { RecipeSource } from '../model/recipe.ts';
import { nodeRoleKey, type Outcome, type RunEvent } from '../model/run.ts';
import { inputsFor } from '../plan/inputs.ts';
import { type Group, groupAt, makePlan, nodeAt, type Plan, vertexCount } from '../plan/plan.ts';
import { wrongSystem } from '../plan/states.ts';
import { generateKeyPair } from '../remote/keys.ts';
import { type Case, readCases } from './cases.ts';
import { type Attempt, converge, type Converged, type Converging, problemOf, recorded } from './converge.ts';
import { lint } from './lint.ts';
import { type Difference, differenceAdvice, differenceText, type Machine, nameOf, packageUsers, takeRecord, whatIsLeft } from './machine-record.ts';
import { machineIn } from './machine-in.ts';
import { openSubject, type Subject } from './subject.ts';
import { type TrialSite, trialSite } from './trial-site.ts';

export type TrialOptions = {
  folder: string;
  /** The barclamps it may build on. */
  others: Folders;
  /** Called when there is something to try; the caller stops them. Problems: no engine can run. */
  containers(): Promise<Checked<Containers>>;
  /** Only the case of this name. */
  only?: string;
  /** Called before the machines of a case are removed: what it waits for, they wait for. */
  keep?(machines: KeptMachine[]): Promise<void>;
  onStep?(step: Step): void;
  onAttempt?(attempt: Attempt): void;
  signal?: AbortSignal;
};

export type KeptMachine = { node: string; address: string; privateKey: string };
export type Step = {
  barclamp: string;
  case: string;
  name: StepName;
  /** Absent at its beginning. */
  seconds?: number;
};
export type StepName = 'machines' | 'record' | 'apply' | 'apply again' | 'health' | 'smoke' | 'remove' | 'compare';

export type CaseReport = {
  case: string;
  nodes: number;
  /** Why it was not tried. */
  skipped?: string;
  /** Of all its roles on all nodes. */
  applySeconds?: number;
  /** Resources that changed something the second time, `ntp-server on n1: service chrony`. */
  changedAgain?: string[];
  health?: { passed: number; failed: number };
  smoke?: 'passed' | 'failed' | 'none';
  /** What is on a machine after the roles were removed, or gone, `n1: /etc/motd is left`. */
  left?: string[];
  /** What is left on purpose, or may be. */
  notes: string[];
  failures: { problem: Problem /** The last lines of the run. */; log: string[] }[];
};

export type Trial = { barclamp: string; cases: CaseReport[] };

export const verdictOf = ({ skipped, failures }: CaseReport): 'passed' | 'failed' | 'skipped' =>
  failures.length ? 'failed' : skipped === undefined ? 'passed' : 'skipped';

/** Problems: lint finds errors, or there is no such case. A machine that fails is in the reports. */
export async function trial(options: TrialOptions): Promise<Checked<Trial>> {
  const { folder, others, only } = options;
  const faults = errorsIn(lint(folder, others));
  const { subject } = openSubject(folder, others);
  if (faults.length || !subject) return bad(...faults);
  const { cases } = readCases(subject);
  const chosen = cases.filter((test) => only === undefined || test.name === only);
  if (only !== undefined && !chosen.length)
    return bad(
      problem(
        `${subject.name} has no case ${only}.`,
        { file: `${subject.name}/test` },
        cases.length ? `Its cases are ${cases.map((test) => test.name).join(', ')}.` : 'Add test/<case>/proposal.yml.',
      ),
    );
  const reports: CaseReport[] = [];
  for (const test of chosen) reports.push(await tryCase(subject, test, options));
  return ok({ barclamp: subject.name, cases: reports });
}

async function tryCase(subject: Subject, test: Case, options: TrialOptions): Promise<CaseReport> {
  const report: CaseReport = { case: test.name, nodes: Object.keys(test.nodes).length, notes: [], failures: [] };
  const plan = makePlan(trialSite(subject, test).facts, subject.catalog);
  const skipped = whyUntried(test, plan);
  if (skipped !== undefined) return { ...report, skipped };
  if (!plan.groups.some((group) => group.role.declaration.barclamp === subject.name)) return { ...report, failures: [emptyCase(subject, test)] };
  const opened = await options.containers();
  if (!opened.ok) return { ...report, skipped: opened.problems.map((p) => [p.summary, p.next].filter(Boolean).join(' ')).join(' ') };
  const containers = opened.value;
  const { onStep = () => {} } = options;
  const step = async <T>(name: StepName, work: () => Promise<T>): Promise<T> => {
    const begun = Date.now();
    const what = { barclamp: subject.name, case: test.name };
    onStep({ ...what, name });
    const result = await work();
    onStep({ ...what, name, seconds: secondsSince(begun) });
    return result;
  };
  const boxes = await step('machines', () => containers.add(report.nodes + 1));
  try {
    await goThrough(benchFor(boxes, subject, test, containers, { report, step }, options));
    await options.keep?.(machinesOf(test, boxes));
  } catch (error) {
    // A machine that no longer answers is this case's trouble; the others have their own.
    if (!(error instanceof ProblemError)) throw error;
    report.failures.push(...error.problems.map((found) => ({ problem: found, log: [] })));
  } finally {
    for (const box of boxes) await containers.remove(box.name);
  }
  return report;
}

/** Why the case renders only. */
function whyUntried({ trial }: Case, plan: Plan): string | undefined {
  if (trial !== undefined) return trial === false ? 'the case only renders (trial: false)' : trial;
  const vertices = Array.from({ length: vertexCount(plan) }, (_, vertex) => vertex);
  return vertices.map((vertex) => wrongSystem(nodeAt(plan, vertex), groupAt(plan, vertex).role)).find((why) => why !== undefined);
}

/** A case on its machines. */
type Bench = {
  subject: Subject;
  test: Case;
  site: TrialSite;
  converging: Converging;
  report: CaseReport;
  /** Faults that were found on the way stop it: a person wants to look at them. */
  stopAtFault: boolean;
  step<T>(name: StepName, work: () => Promise<T>): Promise<T>;
  machineOf(node: Node): Machine;
};

function benchFor(boxes: Entry[], subject: Subject, test: Case, containers: Containers, rest: Pick<Bench, 'report' | 'step'>, options: TrialOptions): Bench {
  const site = trialSite(subject, test, boxes);
  const converging: Converging = {
    catalog: subject.catalog,
    facts: site.facts,
    remoteFor: (node) => site.boxOf(node).remote,
    secretsOf: trialSecrets(),
    signal: options.signal ?? new AbortController().signal,
    onAttempt: options.onAttempt ?? (() => {}),
  };
  const machineOf = (node: Node): Machine => machineIn(containers, site.boxOf(node).name);
  return { subject, test, site, converging, machineOf, stopAtFault: options.keep !== undefined, ...rest };
}

/** The steps in their order. What goes wrong is in the report; after a failure come only the steps that still say something. */
async function goThrough(bench: Bench): Promise<void> {
  const { site, report, step, machineOf } = bench;
  const { nodes } = site.facts;
  const before = await step('record', async () => {
    await Promise.all([...nodes, site.outside].map((node) => machineOf(node).run(nameIt, { NAME: node.name })));
    return recordsOf(nodes, takeRecord, machineOf);
  });
  const applied = await applyTwice(bench);
  if (!applied) return;
  await lookAt(bench, applied.plan);
  if (bench.stopAtFault && report.failures.length) return;
  // Packages are asked who their users are while they are there.
  const usersOfPackages = await recordsOf(nodes, packageUsers, machineOf);
  site.facts.proposals = site.emptied;
  if (!(await step('remove', () => settle(bench))).fine) return;
  await step('compare', () =>
    Promise.all(
      nodes.map(async (node) => {
        const { faults, notes } = await whatIsLeft(before.get(node.id)!, machineOf(node), usersOfPackages.get(node.id)!);
        report.notes.push(...notes.map((note) => `${node.name}: ${note}`));
        for (const fault of faults) judge(fault, node, bench, applied);
      }),
    ),
  );
  report.left ??= [];
}

const recordsOf = async <T>(nodes: readonly Node[], ask: (machine: Machine) => Promise<T>, machineOf: Bench['machineOf']): Promise<Map<string, T>> =>
  new Map(await Promise.all(nodes.map(async (node) => [node.id, await ask(machineOf(node))] as const)));

async function settle({ converging, report }: Bench): Promise<Converged & { fine: boolean }> {
  const result = await converge(converging);
  for (const found of result.problems) report.failures.push({ problem: found, log: result.failed?.log ?? [] });
  return { ...result, fine: !result.problems.length };
}

type Applied = { plan: Plan /** Of the first time. */; attempts: Attempt[] };

async function applyTwice(bench: Bench): Promise<Applied | undefined> {
  const { subject, site, report, step } = bench;
  const begun = Date.now();
  const first = await step('apply', () => settle(bench));
  report.applySeconds = secondsSince(begun);
  if (!first.fine) return undefined;

  // Everything is asked for again, which runs it in the same order. What destroys is never run for the sake of a test.
  const { facts } = site;
  const published = outputsOf(facts);
  for (const run of [...facts.latest.values()].flatMap((runs) => [...runs.values()]))
    if (!subject.catalog.roles.get(run.role)!.declaration.destructive) facts.retries.set(run.key, { key: run.key, afterRun: run.id, at: 0 });
  const second = await step('apply again', () => settle(bench));
  const restless = second.attempts.filter(({ changed }) => changed.length);
  report.changedAgain = restless.flatMap(({ changed, role, node }) => changed.map((what) => `${role} on ${node}: ${what.split('\n')[0]}`));
  report.failures.push(...restless.map(changedAgain), ...publishedOtherwise(published, outputsOf(facts)));
  return second.fine ? { plan: second.plan, attempts: first.attempts } : undefined;
}

async function lookAt({ subject, site, converging, report, step }: Bench, plan: Plan): Promise<void> {
  const probes = await step('health', () => healthOf(plan, converging));
  const sick = probes.flatMap(({ failure }) => failure ?? []);
  report.health = { passed: probes.length - sick.length, failed: sick.length };
  report.failures.push(...sick);
  report.smoke = 'none';
  const { smoke } = subject.barclamp;
  if (!smoke) return;
  const { failure } = await step('smoke', () => smokeOn(site.outside, smoke, subject, plan, converging));
  report.smoke = failure ? 'failed' : 'passed';
  if (failure) report.failures.push(failure);
}

const emptyCase = (subject: Subject, test: Case): CaseReport['failures'][number] => ({
  problem: problem(
    `The case places no role of ${subject.name} on any machine, so there is nothing to try.`,
    { file: `${subject.name}/test/${test.name}/proposal.yml` },
    'Name roles and machines under roles:, and check the `when` of the roles.',
  ),
  log: [],
});

/** A difference is a fault unless something says why it may be. */
function judge(difference: Difference, node: Node, { test, report }: Bench, applied: Applied): void {
  const text = differenceText(difference);
  const why = irreversibleOn(node, applied) ?? leftOnPurpose(test, difference);
  if (why !== undefined) return void report.notes.push(`${node.name}: ${text} (${why})`);
  (report.left ??= []).push(`${node.name}: ${text}`);
  report.failures.push({
    problem: problem(`After the roles were removed, ${text}.`, { node: node.name }, differenceAdvice(difference)),
    log: [],
  });
}

function leftOnPurpose({ leaves }: Case, { what }: Difference): string | undefined {
  const name = nameOf(what);
  return Object.entries(leaves).find(([left]) => name === left || (left.startsWith('/') && name.startsWith(`${left.replace(/\/$/, '')}/`)))?.[1];
}

/** Why what is left on the node cannot be undone: a role that says so has changed it. */
function irreversibleOn(node: Node, { plan, attempts }: Applied): string | undefined {
  const changed = new Set(attempts.filter((attempt) => attempt.changed.length && attempt.node === node.name).map(({ role }) => role));
  const group = plan.groups.find(({ role: { declaration } }) => declaration.irreversible && changed.has(declaration.name));
  return group && `${group.role.declaration.name}: ${group.role.declaration.irreversible}`;
}

const changedAgain = (attempt: Attempt): CaseReport['failures'][number] => ({
  problem: problem(
    `${attempt.role} changes ${attempt.changed.map((what) => what.split('\n')[0]).join(' and ')} when it is applied again.`,
    { role: attempt.role, node: attempt.node },
    'Describe the state that is wanted, or add a guard (`unless`, `creates`): who applies a role twice must find nothing to do.',
  ),
  log: attempt.changed.flatMap((what) => what.split('\n')),
});

/** `role on node` → what it published. */
const outputsOf = ({ lastDone }: Converging['facts']): Map<string, string> =>
  new Map([...lastDone.values()].flatMap((runs) => [...runs.values()].map((run) => [`${run.role} on ${run.nodeName}`, JSON.stringify(run.outputs)] as const)));

const publishedOtherwise = (before: Map<string, string>, after: Map<string, string>): CaseReport['failures'] =>
  [...before]
    .filter(([who, outputs]) => after.get(who) !== outputs)
    .map(([who, outputs]) => ({
      problem: problem(`${who} publishes something else the second time.`, {}, 'Whoever reads it would be done again each time: publish what stays the same.'),
      log: [`first:  ${outputs}`, `second: ${after.get(who)}`],
    }));

type Probe = { failure?: CaseReport['failures'][number] };

/** The health.yml of every role, on every node that holds it; one at a time on a node. */
async function healthOf(plan: Plan, converging: Converging): Promise<Probe[]> {
  const byNode = new Map<string, { group: Group; node: Node; source: RecipeSource }[]>();
  for (let vertex = 0; vertex < vertexCount(plan); vertex++) {
    const [group, node] = [groupAt(plan, vertex), nodeAt(plan, vertex)];
    const source = group.role.health;
    if (source) byNode.set(node.id, [...(byNode.get(node.id) ?? []), { group, node, source }]);
  }
  const probes: Probe[] = [];
  await Promise.all(
    [...byNode.values()].map(async (list) => {
      for (const { group, node, source } of list) {
        const role = group.role.declaration.name;
        const attempt = await recorded(
          { key: nodeRoleKey(group.deployment, role, node.id), role, node: node.name, mode: 'health' },
          converging.onAttempt,
          (onEvent) => look(group, node, source, 'probe', converging, onEvent),
        );
        probes.push(looked(attempt, `The health of ${role} on ${node.name}`));
      }
    }),
  );
  return probes;
}

/** smoke.yml from a machine that holds none of the roles. */
async function smokeOn(outside: Node, source: RecipeSource, subject: Subject, plan: Plan, converging: Converging): Promise<Probe> {
  const group = smokeGroup(subject, plan);
  const attempt = await recorded({ key: `smoke@${outside.id}`, role: 'smoke', node: outside.name, mode: 'smoke' }, converging.onAttempt, (onEvent) =>
    look(group, outside, source, 'apply', converging, onEvent),
  );
  return attempt.outcome.kind === 'done' ? {} : { failure: { problem: problemOf(attempt), log: attempt.log } };
}

/** What smoke.yml sees: the settings, every node list, and all that the barclamp's own roles have published and been given as secrets. */
function smokeGroup(subject: Subject, plan: Plan): Group {
  const own = plan.groups.filter((group) => group.role.declaration.barclamp === subject.name);
  const listed = [...new Set([...subject.roles.map((role) => role.declaration.name), ...plan.groups.map((group) => group.role.declaration.name)])];
  const groupsOf = (role: string): Group[] => plan.groups.filter((group) => group.role.declaration.name === role);
  const declaration = {
    ...subject.roles[0]!.declaration,
    name: 'smoke',
    inputs: own.flatMap(({ role }) => Object.keys(role.declaration.outputs).map((output) => `${role.declaration.name}.${output}`)),
  };
  const role: Role = { declaration, digest: '', reads: listed, files: new Map() };
  const group: Group = {
    ...own[0]!,
    role,
    secrets: [...new Map(own.flatMap(({ secrets }) => secrets.map((secret) => [secret.name, secret] as const))).values()],
    requires: [],
    waitsFor: own.map((g) => ({ role: g.role.declaration.name, groups: [g] })),
    reads: listed.map((name) => ({ role: name, groups: groupsOf(name) })),
  };
  return Object.assign(group, inputsFor(plan, group));
}

/** Looking changes nothing. */
function looked(attempt: Attempt & { outcome: Outcome }, what: string): Probe {
  const where = { role: attempt.role, node: attempt.node };
  if (attempt.outcome.kind !== 'done') {
    const found = problemOf(attempt);
    return { failure: { problem: { ...found, where: { ...found.where, ...where } }, log: attempt.log } };
  }
  if (!attempt.changed.length) return {};
  return {
    failure: { problem: problem(`${what} changes ${attempt.changed.join(', ')}.`, where, 'A probe only looks: give its commands `changes: false`.'), log: [] },
  };
}

const LOOK_LIMIT_MS = 30 * 60_000;

/** `probe` waits and changes nothing; smoke.yml may install what it looks with. */
async function look(
  group: Group,
  node: Node,
  source: RecipeSource,
  mode: 'apply' | 'probe',
  { remoteFor, secretsOf, signal }: Converging,
  onEvent: (event: RunEvent) => void,
): Promise<Outcome> {
  const compiled = compileFor(await reveal(group, node, secretsOf), node, source, mode);
  return runProgram(compiled, remoteFor(node), { signal, onEvent }, LOOK_LIMIT_MS);
}

/** Secrets of a site that ends with the trial. */
export function trialSecrets(): SecretsOf {
  const made = new Map<string, Promise<string>>();
  const getOrMake = (name: string, make: () => string | Promise<string>): Promise<string> => {
    let secret = made.get(name);
    if (!secret) made.set(name, (secret = Promise.resolve(make())));
    return secret;
  };
  return (requests, node) => secretValues(requests, node, { secrets: { getOrMake }, makeKeyPair: generateKeyPair });
}

const secondsSince = (begun: number): number => Math.round((Date.now() - begun) / 100) / 10;

const machinesOf = (test: Case, boxes: Entry[]): KeptMachine[] =>
  [...Object.keys(test.nodes), 'outside'].map((node, index) => ({ node, address: boxes[index]!.address, privateKey: boxes[index]!.privateKey }));

/** As the lab names its machines; and what begins with the system has begun. */
const nameIt = `
hostname "$NAME"
hostname >/etc/hostname
timeout 30 systemctl is-system-running --wait >/dev/null || true
`;
