// A barclamp tried for real: its test cases on fresh machines. Applied, applied again (nothing may change), looked at by its health probes
// and from outside by smoke.yml, taken away again, and each machine compared with what it was before. Shown by cli/trial.ts.

import { secretValues } from '../access/role-secrets.ts';
import { compileFor, runProgram } from '../annealer/apply-role.ts';
import { reveal, type SecretsOf } from '../annealer/reveal.ts';
import type { Folders } from '../catalog/catalog.ts';
import type { Containers, Entry } from '../containers.ts';
import type { Role } from '../model/catalog.ts';
import type { Node } from '../model/node.ts';
import { bad, type Checked, errorsIn, ok, problem, type Problem } from '../model/problem.ts';
import type { RecipeSource } from '../model/recipe.ts';
import { nodeRoleKey, type Outcome, type RunEvent } from '../model/run.ts';
import { inputsFor } from '../plan/inputs.ts';
import { type Group, groupAt, keyOf, makePlan, nodeAt, type Plan, vertexCount } from '../plan/plan.ts';
import { wrongSystem } from '../plan/states.ts';
import { generateKeyPair } from '../remote/keys.ts';
import type { Remote } from '../remote/remote.ts';
import { type Case, readCases } from './cases.ts';
import { type Attempt, converge, type Converged, type Converging, problemOf, recorded } from './converge.ts';
import { lint } from './lint.ts';
import { type Difference, differenceText, type Machine, packageUsers, takeRecord, whatIsLeft } from './machine-record.ts';
import { machineIn } from './machine-in.ts';
import { openSubject, type Subject } from './subject.ts';
import { trialSite } from './trial-site.ts';

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
export type StepName = 'machines' | 'apply' | 'apply again' | 'health' | 'smoke' | 'remove' | 'compare';

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
  const skipped = whyUntried(subject, test);
  if (skipped !== undefined) return { ...report, skipped };
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
    await tryOn(boxes, { subject, test, containers, report, step, options });
    await options.keep?.(machinesOf(test, boxes));
  } finally {
    for (const box of boxes) await containers.remove(box.name);
  }
  return report;
}

/** Why the case renders only. */
function whyUntried(subject: Subject, test: Case): string | undefined {
  if (test.trial !== undefined) return test.trial === false ? 'the case only renders (trial: false)' : test.trial;
  const { facts } = trialSite(subject, test);
  const plan = makePlan(facts, subject.catalog);
  const vertices = Array.from({ length: vertexCount(plan) }, (_, vertex) => vertex);
  return vertices.map((vertex) => wrongSystem(nodeAt(plan, vertex), groupAt(plan, vertex).role)).find((why) => why !== undefined);
}

type Bench = {
  subject: Subject;
  test: Case;
  containers: Containers;
  report: CaseReport;
  step<T>(name: StepName, work: () => Promise<T>): Promise<T>;
  options: TrialOptions;
};

/** The steps of a trial. What went wrong goes to the report; after a failure come only the steps that still say something. */
async function tryOn(boxes: Entry[], bench: Bench): Promise<void> {
  const { subject, test, containers, report, step, options } = bench;
  const { facts, boxOf, outside, emptied } = trialSite(subject, test, boxes);
  const machineOf = (node: Node): Machine => machineIn(containers, boxOf(node).name);
  const remoteFor = (node: Node): Remote => boxOf(node).remote;
  const nodes = facts.nodes;
  const converging: Converging = {
    catalog: subject.catalog,
    facts,
    remoteFor,
    secretsOf: trialSecrets(),
    signal: options.signal ?? new AbortController().signal,
    onAttempt: options.onAttempt ?? (() => {}),
  };
  const settle = async (): Promise<Converged & { fine: boolean }> => {
    const result = await converge(converging);
    for (const found of result.problems) report.failures.push({ problem: found, log: result.failed?.log ?? [] });
    return { ...result, fine: !result.problems.length };
  };

  const before = await step('machines', async () => {
    await Promise.all([...nodes, outside].map((node) => machineOf(node).run(nameIt, { NAME: node.name })));
    return new Map(await Promise.all(nodes.map(async (node) => [node.id, await takeRecord(machineOf(node))] as const)));
  });

  const begun = Date.now();
  const first = await step('apply', settle);
  report.applySeconds = secondsSince(begun);
  if (!first.fine) return;

  // Everything is asked for again, which runs it in the same order. What destroys is never run for the sake of a test.
  const published = outputsOf(facts);
  for (const [, runs] of facts.latest)
    for (const run of runs.values())
      if (!subject.catalog.roles.get(run.role)!.declaration.destructive) facts.retries.set(run.key, { key: run.key, afterRun: run.id, at: 0 });
  const second = await step('apply again', settle);
  report.changedAgain = second.attempts.flatMap(({ changed, role, node }) => changed.map((what) => `${role} on ${node}: ${what.split('\n')[0]}`));
  for (const attempt of second.attempts) if (attempt.changed.length) report.failures.push(changedAgain(attempt));
  report.failures.push(...publishedOtherwise(published, outputsOf(facts)));
  if (!second.fine) return;

  if (second.plan.groups.some((group) => group.role.health)) {
    const probes = await step('health', () => healthOf(second.plan, converging));
    report.failures.push(...probes.flatMap(({ failure }) => failure ?? []));
    const failed = probes.filter(({ failure }) => failure).length;
    report.health = { passed: probes.length - failed, failed };
  } else report.health = { passed: 0, failed: 0 };

  const { smoke } = subject.barclamp;
  if (smoke) {
    const { failure } = await step('smoke', () => smokeOn(outside, smoke, subject, second.plan, converging));
    if (failure) report.failures.push(failure);
    report.smoke = failure ? 'failed' : 'passed';
  } else report.smoke = 'none';
  if (options.keep && report.failures.length) return;

  const users = new Map<string, ReadonlySet<string>>();
  for (const node of nodes) users.set(node.id, await packageUsers(machineOf(node)));
  const forGood = irreversibleOn(second.plan, first.attempts);
  facts.proposals = emptied;
  const removed = await step('remove', settle);
  if (!removed.fine) return;
  await step('compare', () =>
    Promise.all(
      nodes.map(async (node) => {
        const { faults, notes } = await whatIsLeft(before.get(node.id)!, machineOf(node), users.get(node.id)!);
        report.notes.push(...notes.map((note) => `${node.name}: ${note}`));
        const why = forGood.get(node.id);
        for (const fault of faults) judge(fault, node.name, why ?? leftOnPurpose(test, fault), report);
      }),
    ),
  );
  report.left ??= [];
}

/** A difference is a fault unless something says why it may be. */
function judge(difference: Difference, node: string, why: string | undefined, report: CaseReport): void {
  const text = `${node}: ${differenceText(difference)}`;
  if (why !== undefined) return void report.notes.push(`${text} (${why})`);
  (report.left ??= []).push(text);
  report.failures.push({
    problem: problem(
      `After the roles were removed, ${differenceText(difference)}.`,
      { node },
      'Undo it in remove.yml. If it is left on purpose, say so in the case, with the reason: `leaves: { PATH: why }`.',
    ),
    log: [],
  });
}

function leftOnPurpose({ leaves }: Case, { what }: Difference): string | undefined {
  const name = what.replace(/^file /, '');
  return Object.entries(leaves).find(([left]) => name === left || (left.startsWith('/') && name.startsWith(`${left.replace(/\/$/, '')}/`)))?.[1];
}

/** Node id → why what is left on it cannot be undone: a role that says so has changed it. */
function irreversibleOn(plan: Plan, attempts: Attempt[]): Map<string, string> {
  const found = new Map<string, string>();
  for (const group of plan.groups) {
    const { irreversible, name } = group.role.declaration;
    if (!irreversible) continue;
    for (let vertex = group.start; vertex < group.end; vertex++) {
      const node = nodeAt(plan, vertex);
      const changed = attempts.some((attempt) => attempt.key === keyOf(plan, vertex) && attempt.changed.length);
      if (changed) found.set(node.id, `${name}: ${irreversible}`);
    }
  }
  return found;
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
function trialSecrets(): SecretsOf {
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
