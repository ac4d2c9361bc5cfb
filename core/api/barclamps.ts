// What can be deployed, and how it comes and goes while the admin node runs. A package is checked by itself, then with all the others,
// then against every proposal and machine that uses it; only then does one transaction make it count. Nothing is half installed: which
// versions count is a fact, and readers take the catalogue from the same snapshot as the facts.

import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { loadMigrations, migrate } from '../catalog/migrations.ts';
import { type Package, readPackage } from '../catalog/package.ts';
import type { Installed } from '../catalog/shelf.ts';
import { readPublicKey } from '../signing.ts';
import type { Barclamp, InstalledBarclamp } from '../model/barclamp.ts';
import type { Catalog } from '../model/catalog.ts';
import type { Revised } from '../model/node.ts';
import { bad, type Checked, errorsIn, ok, problem, type Problem, ProblemError, problemText } from '../model/problem.ts';
import type { Proposal, ProposalBody } from '../model/proposal.ts';
import { parseNodeRoleKey, type Run } from '../model/run.ts';
import { makePlan, type PlanFacts } from '../plan/plan.ts';
import { roleOrder } from '../plan/role-graph.ts';
import { objections } from '../plan/site.ts';
import { checkAgainst, withDefaults } from '../schema.ts';
import { takeTurns } from '../take-turns.ts';
import { type Context, type Handlers, notFound, orRefuse, proposalsIn } from './context.ts';
import type { BarclampDetailView, BarclampView, InstalledView } from './contract.ts';

type Fact = Omit<InstalledBarclamp, 'at'>;

// Two at once would each be checked without the other.
const inTurn = takeTurns();

function viewOf(context: Context, barclamp: Barclamp, proposals: readonly Proposal[]): BarclampView {
  const { name, version, summary, roles, digest, needs } = barclamp;
  const installed = context.facts.current.barclamps.get(name);
  return {
    name,
    version,
    summary,
    digest,
    needs,
    origin: installed ? 'installed' : 'shipped',
    ...(installed && { installedAt: installed.at }),
    ...(installed?.signedBy && { signedBy: installed.signedBy }),
    ...(installed?.lint && { lint: installed.lint }),
    usedBy: proposals.filter((proposal) => proposal.barclamp === name).map((proposal) => proposal.id),
    roles: Object.values(roles).map((role) => ({ name: role.name, summary: role.summary })),
  };
}

async function detailOf(context: Context, barclamp: Barclamp, proposals: readonly Proposal[]): Promise<BarclampDetailView> {
  const { license, platforms, roles, proposalSchema, folder } = barclamp;
  const file = path.join(folder, 'README.md');
  return {
    ...viewOf(context, barclamp, proposals),
    license,
    platforms,
    roles: Object.values(roles).map(
      ({ name, summary, implicit, runsOn, requires, waitsFor, destructive, once, outputs, secrets, milestone, irreversible }) => ({
        ...{ name, summary, implicit, runsOn, requires, waitsFor, destructive, once },
        outputs: Object.keys(outputs),
        secrets: Object.keys(secrets),
        ...(milestone && { milestone }),
        ...(irreversible && { irreversible }),
      }),
    ),
    schema: proposalSchema,
    ...(existsSync(file) && { readme: await readFile(file, 'utf8') }),
  };
}

// 1. By itself: the bytes are what they say, and somebody who is trusted says so.

async function open(context: Context, base64: string, allowUnsigned: boolean): Promise<Checked<Package>> {
  const bytes = Buffer.from(base64, 'base64');
  const read = readPackage(bytes);
  if (!read.ok) return read;
  const { manifest, signedBy } = read.value;
  const called = `${manifest.name} ${manifest.version}`;
  if (signedBy && (await context.store.get('trustedKey', signedBy))) return read;
  if (allowUnsigned) return ok({ manifest, files: read.value.files });
  if (!signedBy)
    return bad(
      problem(
        `${called} is not signed.`,
        undefined,
        'Sign it: prybar barclamp pack FOLDER --key FILE. If you know where it comes from, let it in with --allow-unsigned.',
      ),
    );
  return bad(
    problem(
      `${called} is signed with the key ${signedBy}, which is not trusted here.`,
      undefined,
      'If you know whose it is: prybar barclamp key trust FILE.pub. Or let it in with --allow-unsigned.',
    ),
  );
}

// 2. With all the others: nothing gets worse than it was.

function checkTogether(context: Context, present: Installed, wanted: Installed, names: readonly string[]): Problem[] {
  const before = context.shelf.with(present);
  const after = context.shelf.with(wanted);
  const known = new Set(before.problems.map(problemText));
  const problems = errorsIn(after.problems).filter((p) => !known.has(problemText(p)) || names.includes(p.where?.file?.split('/')[0] ?? ''));
  if (problems.length) return problems;
  const order = roleOrder(after.catalog);
  return order.ok ? [] : order.problems;
}

// 3. Against what uses it: proposals are brought to the new version, and no role that is on a machine may vanish unsaid.

type Move = { proposal: Revised<Proposal>; draft: ProposalBody; committed?: ProposalBody; by: string[] };

function moveProposals(context: Context, names: readonly string[], before: Catalog, after: Catalog, proposals: readonly Revised<Proposal>[]): Checked<Move[]> {
  const problems: Problem[] = [];
  const moves: Move[] = [];
  for (const name of names) {
    const old = before.barclamps.get(name);
    const barclamp = after.barclamps.get(name)!;
    const migrations = loadMigrations(barclamp.folder, name);
    if (!old || !migrations.ok) continue;
    const known = new Set(migrations.value.flatMap(({ roles }) => roles.map((step) => ('remove' in step ? step.remove : step.rename))));
    problems.push(...vanished(context, old, barclamp, known));
    for (const proposal of proposals.filter((p) => p.barclamp === name)) {
      const moved = [proposal.draft, proposal.committed].map((body) => body && migrate(body, migrations.value, old.version, barclamp.version));
      const [draft, committed] = moved;
      if (draft?.ok === false || committed?.ok === false) {
        problems.push(...(draft?.ok === false ? draft.problems : []), ...(committed?.ok === false ? committed.problems : []));
        continue;
      }
      // A draft may be wrong, as it may have been before; what is committed is in force.
      if (committed) problems.push(...unfit(proposal, committed.value.body, barclamp));
      const by = draft!.value.by.map(({ file }) => file);
      if (by.length) moves.push({ proposal, draft: draft!.value.body, ...(committed && { committed: committed.value.body }), by });
    }
  }
  return problems.length ? bad(...problems) : ok(moves);
}

function unfit(proposal: Proposal, body: ProposalBody, { name, version, proposalSchema, roles }: Barclamp): Problem[] {
  const place = { deployment: proposal.deployment };
  const next = `Change the proposal first, or give ${name} ${version} a migration.`;
  return [
    ...checkAgainst(proposalSchema, withDefaults(proposalSchema, body.attributes), { pointer: '/attributes' }).map((p) =>
      problem(`${name} ${version} refuses the proposal ${proposal.id}: ${p.summary}`, { ...p.where, ...place }, next),
    ),
    ...Object.keys(body.roles)
      .filter((role) => !roles[role])
      .map((role) =>
        problem(`${name} ${version} has no role ${role}, which the proposal ${proposal.id} gives to machines.`, { ...place, pointer: `/roles/${role}` }, next),
      ),
  ];
}

function vanished(context: Context, old: Barclamp, barclamp: Barclamp, known: ReadonlySet<string>): Problem[] {
  return Object.keys(old.roles)
    .filter((role) => !barclamp.roles[role] && !known.has(role))
    .flatMap((role) =>
      holders(context, [role]).map((run) =>
        problem(
          `${barclamp.name} ${barclamp.version} has no role ${role} any more, and it is on ${run.nodeName}.`,
          { role, node: run.nodeName },
          `Take it off the machine first, or say in a migration what becomes of it (roles: [{ remove: ${role} }]); what it did then stays.`,
        ),
      ),
    );
}

/** Latest runs of the machines that hold one of these roles: applied, or begun to be. */
function holders({ facts }: Context, roles: readonly string[]): Run[] {
  const found: Run[] = [];
  for (const runs of facts.current.latest.values()) {
    for (const run of runs.values()) {
      const { role } = parseNodeRoleKey(run.key)!;
      if (roles.includes(role) && !(run.mode === 'remove' && run.outcome === 'done') && facts.current.nodes.has(run.nodeId)) found.push(run);
    }
  }
  return found;
}

function checkPlans(names: readonly string[], facts: PlanFacts, before: Catalog, after: Catalog, moves: readonly Move[]): Problem[] {
  const moved = new Map(moves.map((move) => [move.proposal.id, move]));
  const proposals = facts.proposals.map((p) => ({ ...p, body: moved.get(`${p.deployment}.${p.barclamp}`)?.committed ?? p.body }));
  const faults = (wanted: PlanFacts, catalog: Catalog): Problem[] => {
    const plan = makePlan(wanted, catalog);
    const objected = wanted.proposals
      .filter(({ barclamp }) => names.includes(barclamp))
      .flatMap((proposal) =>
        objections(plan, proposal, catalog).map((p) => ({
          ...p,
          summary: `${proposal.barclamp} refuses its proposal in ${proposal.deployment}: ${p.summary}`,
        })),
      );
    return errorsIn([...plan.problems, ...objected]);
  };
  const known = new Set(faults(facts, before).map(problemText));
  return faults({ ...facts, proposals }, after).filter((p) => !known.has(problemText(p)));
}

async function install(context: Context, packages: readonly Package[], user: string, dryRun: boolean): Promise<InstalledView[]> {
  const { store, facts, shelf } = context;
  await facts.refresh();
  const present: Installed = new Map(facts.current.barclamps);
  const wanted = new Map<string, Fact>(present);
  for (const { manifest, signedBy } of packages) {
    const { name, version, digest, lint } = manifest;
    if (packages.filter((other) => other.manifest.name === name).length > 1)
      throw new ProblemError(problem(`${name} is among the packages twice.`, undefined, 'Send one version of it.'));
    wanted.set(name, { name, version, digest, ...(signedBy && { signedBy }), ...(lint && { lint }) });
  }
  const names = packages.map(({ manifest }) => manifest.name);
  for (const found of packages) shelf.put(found);
  let counts = false;
  try {
    const together = checkTogether(context, present, wanted, names);
    if (together.length) throw new ProblemError(together);
    const [before, after] = [shelf.with(present).catalog, shelf.with(wanted).catalog];
    const moves = orRefuse(moveProposals(context, names, before, after, await store.list('proposal')));
    const planned = checkPlans(names, facts.facts(), before, after, moves);
    if (planned.length) throw new ProblemError(planned);
    if (!dryRun) {
      orRefuse(await commit(context, names, wanted, before, moves, user), 409);
      counts = true;
      await facts.refresh();
    }
    const proposals = await proposalsIn(store);
    return names.map((name) => {
      const from = before.barclamps.get(name)?.version;
      const migrated = moves.filter(({ proposal }) => proposal.barclamp === name).map(({ proposal, by }) => ({ proposal: proposal.id, by }));
      const { version, signedBy, lint } = wanted.get(name)!;
      const usedBy = proposals.filter((proposal) => proposal.barclamp === name).map(({ id }) => id);
      return { name, version, ...(from && { from }), ...(signedBy && { signedBy }), ...(lint && { lint }), usedBy, migrated };
    });
  } finally {
    shelf.tidy(counts ? wanted : present);
  }
}

/** What makes it count, all or nothing. A proposal that somebody changed meanwhile refuses it. */
function commit(
  { store, now }: Context,
  names: readonly string[],
  wanted: ReadonlyMap<string, Fact>,
  before: Catalog,
  moves: readonly Move[],
  user: string,
): Promise<Checked<unknown>> {
  return store.transact(async (tx): Promise<Checked<unknown>> => {
    for (const { proposal, draft, committed } of moves) {
      const number = proposal.commit + (committed ? 1 : 0);
      const put = await tx.put('proposal', proposal.id, { ...proposal, draft, ...(committed && { committed }), commit: number }, proposal.revision);
      if (!put.ok) return put;
      const note = `Brought from ${before.barclamps.get(proposal.barclamp)!.version} to ${wanted.get(proposal.barclamp)!.version} by ${user}`;
      if (committed) await tx.appendCommit({ proposalId: proposal.id, commit: number, body: committed, note, at: now() });
    }
    for (const name of names) {
      const put = await tx.put('barclamp', name, { ...wanted.get(name)!, at: now() }, 'any');
      if (!put.ok) return put;
    }
    return ok(undefined);
  });
}

async function remove(context: Context, name: string): Promise<void> {
  const { store, facts, shelf } = context;
  await facts.refresh();
  const present: Installed = new Map(facts.current.barclamps);
  const barclamp = context.catalog().barclamps.get(name);
  if (!present.has(name)) {
    if (shelf.isShipped(name))
      throw new ProblemError(problem(`${name} comes with Prybar and is not removed.`, undefined, 'Without a proposal it does nothing.'), 409);
    throw notFound(`There is no barclamp ${name}.`, 'See: prybar barclamp list');
  }
  const used = (await proposalsIn(store))
    .filter((proposal) => proposal.barclamp === name)
    .map(({ id, deployment }) => problem(`The proposal ${id} uses ${name}.`, { deployment }, 'Take its roles off all machines, then remove the proposal.'));
  const held = holders(context, Object.keys(barclamp?.roles ?? {})).map(({ role, nodeName, deployment }) =>
    problem(`The role ${role} of ${name} is on ${nodeName}.`, { deployment, role, node: nodeName }, 'Take it off the machine and wait until it is undone.'),
  );
  const rest = new Map([...present].filter(([other]) => other !== name));
  const problems = [...used, ...held, ...checkTogether(context, present, rest, [])];
  if (problems.length) throw new ProblemError(problems, 409);
  await store.remove('barclamp', name);
  await facts.refresh();
  shelf.tidy(rest);
}

export const barclamps = {
  'GET /barclamps': async (context) => {
    await context.facts.refresh();
    const proposals = await proposalsIn(context.store);
    return [...context.catalog().barclamps.values()].map((barclamp) => viewOf(context, barclamp, proposals));
  },

  'GET /barclamps/:name': async (context, { params: { name } }) => {
    await context.facts.refresh();
    const barclamp = context.catalog().barclamps.get(name);
    if (!barclamp) throw notFound(`There is no barclamp ${name}.`, 'See: prybar barclamp list');
    return detailOf(context, barclamp, await proposalsIn(context.store));
  },

  'POST /barclamps': (context, { body, principal }) =>
    inTurn(async () => {
      const opened = await Promise.all(body.packages.map((base64) => open(context, base64, body.allowUnsigned ?? false)));
      // Which of them it is, beside the file in it.
      const refused = opened.flatMap((one, index) => (one.ok ? [] : one.problems.map((p) => ({ ...p, where: { ...p.where, pointer: `/packages/${index}` } }))));
      if (refused.length) throw new ProblemError(refused);
      return install(
        context,
        opened.map((one) => orRefuse(one)),
        principal.user,
        body.dryRun ?? false,
      );
    }),

  'DELETE /barclamps/:name': (context, { params }) =>
    inTurn(async () => {
      await remove(context, params.name);
      return {};
    }),

  'GET /trusted-keys': async ({ store }) => store.list('trustedKey'),
  'POST /trusted-keys': async ({ store, now }, { body }) => {
    const { id, key, comment } = orRefuse(readPublicKey(body.publicKey));
    return orRefuse(await store.put('trustedKey', id, { id, key, comment, at: now() }, 'any'));
  },
  'DELETE /trusted-keys/:id': async ({ store }, { params }) => {
    if (!(await store.get('trustedKey', params.id))) throw notFound(`The key ${params.id} is not among the trusted.`, 'See: prybar barclamp key list');
    await store.remove('trustedKey', params.id);
    return {};
  },
} satisfies Partial<Handlers>;
