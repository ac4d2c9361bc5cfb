// What committing a draft would do: to the plan, to each machine's files and services, and how long it would take. Nothing is changed by looking.

import { problem, type Problem } from '../model/problem.ts';
import type { Proposal } from '../model/proposal.ts';
import { fingerprintOf, type Group, groupAt, keyOf, makePlan, nodeAt, type Plan, vertexCount } from '../plan/plan.ts';
import { placeRoles } from '../plan/place.ts';
import { roleOrder } from '../plan/role-graph.ts';
import { forecast } from '../plan/forecast.ts';
import { forecastView } from '../plan/milestones.ts';
import { objections, siteOf } from '../plan/site.ts';
import { compareNames } from '../plan/names.ts';
import { checkAgainst } from '../schema.ts';
import type { Context } from './context.ts';
import type { CheckView, PreviewView, SuggestionView } from './contract.ts';
import { narrowedForecast } from './sight.ts';
import { faultsBefore } from './verified.ts';

type Drafted = {
  /** As it would be. */
  plan: Plan;
  /** Node-roles that would be done, done again, or undone: vertices of that plan. */
  touched: number[];
  view: Pick<PreviewView, 'added' | 'removed' | 'changed' | 'unchanged' | 'choices' | 'problems'>;
};

/** The plan as it would be with the draft of a proposal in it. */
export async function planWith(context: Context, proposal: Proposal): Promise<Plan> {
  return (await draft(context, proposal)).plan;
}

/** `removal`: as if there were no such proposal. */
async function draft(context: Context, proposal: Proposal, removal = false): Promise<Drafted> {
  await context.facts.refresh();
  const facts = context.facts.facts();
  const { deployment, barclamp, draft: body, commit } = proposal;
  const others = facts.proposals.filter((p) => p.deployment !== deployment || p.barclamp !== barclamp);
  const before = verticesOf(context.planner.plan());
  const wanted = removal ? [] : [{ deployment, barclamp, commit: commit + 1, body }];
  const taken = removal && proposal.committed ? [{ deployment, barclamp, commit, body: proposal.committed }] : [];
  const plan = makePlan({ ...facts, proposals: [...others, ...wanted], removed: [...facts.removed, ...taken] }, context.catalog());
  const after = verticesOf(plan);
  const keys = (map: Wanted, wanted: (key: string) => boolean) => [...map.keys()].filter(wanted).sort(compareNames);
  const added = keys(after, (key) => !before.has(key));
  const removed = keys(before, (key) => !after.has(key));
  const changed = keys(after, (key) => before.has(key) && before.get(key)!.print !== after.get(key)!.print);
  const gone = new Set(removed);
  const undone = plan.groups
    .filter((group) => group.orphan)
    .flatMap(membersOf)
    .filter((vertex) => gone.has(keyOf(plan, vertex)));
  return {
    plan,
    touched: [...[...added, ...changed].map((key) => after.get(key)!.vertex), ...undone].filter((vertex) => context.sight.nodeRole(keyOf(plan, vertex))),
    view: {
      added: added.filter(context.sight.nodeRole),
      removed: removed.filter(context.sight.nodeRole),
      changed: changed.filter(context.sight.nodeRole),
      unchanged: [...after.keys()].filter(context.sight.nodeRole).length - [...added, ...changed].filter(context.sight.nodeRole).length,
      choices: plan.choices.filter((choice) => choice.deployment === deployment && context.catalog().roles.get(choice.role)?.declaration.barclamp === barclamp),
      problems: [
        ...(removal ? [] : checkBody(context, proposal, plan)),
        ...plan.problems.filter((p) => context.sight.problem(p) && (!p.where?.deployment || p.where.deployment === deployment)),
      ],
    },
  };
}

/** Everything wrong with a draft, on its own and together with the rest of the site, and what it would do. `removal`: what its going would do. */
export async function preview(context: Context, proposal: Proposal, removal = false): Promise<PreviewView> {
  const { plan, touched, view } = await draft(context, proposal, removal);
  const { deployment } = proposal;
  const durations = await context.history.durations(plan.groups.map((group) => group.role.declaration.name));
  const nodes = [...new Set(touched.map((vertex) => nodeAt(plan, vertex)))];
  const foreseen = forecast(plan, { durations, limit: context.limit, now: context.now(), deployment });
  return {
    ...view,
    problems: [...view.problems, ...(removal ? [] : await faultsBefore(context, proposal, nodes))],
    forecast: narrowedForecast(forecastView(plan, foreseen, deployment), context.sight),
    restarts: restartsIn(context, plan, touched),
    mayFollow: followersOf(plan, touched, context.sight.deployment),
  };
}

/** What the touched node-roles would change on machines that are up, to the line. */
export async function checkDraft(context: Context, proposal: Proposal, limit: number): Promise<{ checked: CheckView[]; left: number; problems: Problem[] }> {
  const { plan, touched, view } = await draft(context, proposal);
  const possible = touched.filter((vertex) => !plan.unready[plan.nodeOf[vertex]!] && !groupAt(plan, vertex).missing.length);
  const checked = await Promise.all(
    possible.slice(0, limit).map(async (vertex): Promise<CheckView> => {
      const group = groupAt(plan, vertex);
      const mode = group.orphan ? 'remove' : 'apply';
      const { resources, problem: found } = await context.foresee.check(group, nodeAt(plan, vertex), mode);
      return { key: keyOf(plan, vertex), mode, resources, ...(found && { problem: found }) };
    }),
  );
  return { checked, left: touched.length - checked.length, problems: view.problems };
}

/** Machines for the roles that the draft gives to none, as its barclamp suggests. */
export async function suggest(context: Context, proposal: Proposal): Promise<SuggestionView> {
  const suggestNodes = context.catalog().barclamps.get(proposal.barclamp)?.extension?.suggestNodes;
  if (!suggestNodes) return { roles: {}, problems: [] };
  const { plan } = await draft(context, proposal);
  const said = suggestNodes(siteOf(plan, proposal.deployment));
  if (!said.ok) return { roles: {}, problems: said.problems };
  return { roles: Object.fromEntries(Object.entries(said.value).filter(([role]) => !Object.hasOwn(proposal.draft.roles, role))), problems: [] };
}

type Wanted = Map<string, { vertex: number; print: string }>;

function verticesOf(plan: Plan): Wanted {
  const found: Wanted = new Map();
  for (let vertex = 0; vertex < vertexCount(plan); vertex++)
    if (!groupAt(plan, vertex).orphan) found.set(keyOf(plan, vertex), { vertex, print: fingerprintOf(plan, vertex) });
  return found;
}

const membersOf = (group: Group): number[] => Array.from({ length: group.end - group.start }, (_, i) => group.start + i);

// A recipe reacts alike on all machines, so one of them speaks for all.
function restartsIn(context: Context, plan: Plan, touched: number[]): PreviewView['restarts'] {
  const byGroup = new Map<Group, number[]>();
  for (const vertex of touched) byGroup.set(groupAt(plan, vertex), [...(byGroup.get(groupAt(plan, vertex)) ?? []), vertex]);
  return [...byGroup].flatMap(([group, vertices]) => {
    // What was never there is started, not restarted.
    const there = vertices.filter((vertex) => group.latest.has(nodeAt(plan, vertex).id));
    if (!there.length || group.missing.length) return [];
    const reactions = context.foresee.reactions(group, nodeAt(plan, there[0]!), group.orphan ? 'remove' : 'apply');
    return reactions.length ? [{ role: group.role.declaration.name, nodeNames: there.map((vertex) => nodeAt(plan, vertex).name), reactions }] : [];
  });
}

function followersOf(plan: Plan, touched: number[], seen: (deployment: string) => boolean): string[] {
  const groups = new Set(touched.map((vertex) => groupAt(plan, vertex)));
  const names = new Set([...groups].map((group) => group.role.declaration.name));
  const readers = plan.groups.filter(
    (group) =>
      !groups.has(group) && seen(group.deployment) && group.end > group.start && group.role.declaration.inputs.some((input) => names.has(input.split('.')[0]!)),
  );
  return [...new Set(readers.map((group) => group.role.declaration.name))].sort();
}

function checkBody(context: Context, { deployment, barclamp, draft }: Proposal, plan: Plan): Problem[] {
  const known = context.catalog().barclamps.get(barclamp);
  if (!known) return [problem(`The barclamp ${barclamp} is not installed.`, undefined, 'Install it, or see its Problems: prybar status')];
  const faults = faultsOfSettings(known.proposalSchema, draft.attributes);
  // The barclamp's own functions may take it that the schema is kept.
  return faults.length ? faults : objections(plan, { deployment, barclamp, body: draft }, context.catalog());
}

const faultsOfSettings = (schema: Parameters<typeof checkAgainst>[0], attributes: Record<string, unknown>): Problem[] => [
  ...checkAgainst(schema, attributes, { pointer: '/attributes' }),
  ...controlCharacters(attributes, '/attributes'),
];

/** What is wrong with a text while it is written: quick enough to be asked at every pause, so without a plan. */
export async function faultsIn(context: Context, proposal: Proposal): Promise<Problem[]> {
  await context.facts.refresh();
  const { deployment, barclamp, draft: body, commit } = proposal;
  const known = context.catalog().barclamps.get(barclamp);
  if (!known) return [];
  const facts = context.facts.facts();
  const others = facts.proposals.filter((p) => p.deployment !== deployment || p.barclamp !== barclamp);
  const order = roleOrder(context.catalog());
  const placed = placeRoles(
    { ...facts, proposals: [...others, { deployment, barclamp, commit: commit + 1, body }] },
    context.catalog(),
    order.ok ? order.value : [],
  ).problems;
  const ours = placed.filter(({ where }) => where?.deployment === deployment && where.role !== undefined && Object.hasOwn(known.roles, where.role));
  const settings = faultsOfSettings(known.proposalSchema, body.attributes);
  return [...settings, ...ours].filter((found) => !found.where?.deployment || context.sight.problem(found));
}

// A line break in a setting would add a line to some configuration file that its author never meant.
function controlCharacters(value: unknown, pointer: string): Problem[] {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  if (typeof value === 'string')
    return /[\u0000-\u001f\u007f]/.test(value)
      ? [problem('This text contains a line break or another control character.', { pointer }, 'Write it on one line.')]
      : [];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => controlCharacters(inner, `${pointer}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`));
}
