// What the palette finds for what was typed: each word must be somewhere in an entry, those whose name begins so stand first. Pure, and quick
// enough to be asked at every letter with ten thousand machines: node-roles are looked for by the placements that machines have in common.

import type { BarclampView, ProposalView } from '../../../core/api/contract.ts';
import type { Deployment } from '../../../core/model/proposal.ts';
import type { Run } from '../../../core/model/run.ts';
import type { Machine } from '../rack/machines.ts';

/** Leads to a page. */
export type Entry = { id: string; word: string; about?: string; to: string };
export type Kind = 'view' | 'machine' | 'deployment' | 'barclamp' | 'node-role' | 'run';
export type Group = { kind: Kind; title: string; entries: Entry[] /** As many more fit. */; more: number };
export type View = { path: string; word: string; also: string };

export type Known = {
  views: readonly View[];
  machines: readonly Machine[];
  deployments: readonly Pick<Deployment, 'name' | 'summary'>[];
  proposals: readonly Pick<ProposalView, 'deployment' | 'barclamp'>[];
  barclamps: readonly Pick<BarclampView, 'name' | 'summary'>[];
  runs: readonly Pick<Run, 'id' | 'role' | 'nodeName' | 'deployment' | 'outcome'>[];
};

const titles: Record<Kind, string> = {
  view: 'Pages',
  machine: 'Machines',
  deployment: 'Deployments',
  barclamp: 'Barclamps',
  'node-role': 'Roles on machines',
  run: 'Latest runs',
};
/** Of a kind; more than fit on a screen are not read but typed further. */
const MOST = 7;

export const wordsOf = (typed: string): string[] => typed.toLowerCase().split(/\s+/).filter(Boolean);

/** The kind with the best find first. Without words: where one goes most. */
export function find(typed: string, known: Known): Group[] {
  const words = wordsOf(typed);
  if (!words.length) return [group('view', known.views.map(viewEntry)), group('run', known.runs.map(runEntry), 3)].filter(({ entries }) => entries.length);
  const ranked: [Group, number][] = [
    ranking('view', known.views, words, ({ word, also }) => `${word} ${also}`.toLowerCase(), viewEntry),
    ranking('machine', known.machines, words, ({ text }) => text, machineEntry),
    ranking(
      'deployment',
      placesIn(known),
      words,
      ({ word, about }) => `${word} ${about ?? ''}`.toLowerCase(),
      (entry) => entry,
    ),
    ranking('barclamp', known.barclamps, words, ({ name, summary }) => `${name} ${summary}`.toLowerCase(), barclampEntry),
    nodeRoles(known.machines, words),
    ranking('run', known.runs, words, (run) => `run ${run.id} ${run.role} ${run.nodeName} ${run.deployment} ${run.outcome ?? 'running'}`, runEntry),
  ];
  return ranked
    .filter(([{ entries }]) => entries.length > 0)
    .sort(([, a], [, b]) => a - b)
    .map(([found]) => found);
}

/** Whole name, beginning of the name, beginning of a word of it, anywhere else. */
function rankOf(name: string, words: readonly string[]): number {
  const whole = words.join(' ');
  if (name === whole) return 0;
  if (name.startsWith(whole)) return 1;
  return words.every((word) => name.startsWith(word) || name.includes(`-${word}`) || name.includes(` ${word}`)) ? 2 : 3;
}

function ranking<T>(kind: Kind, all: readonly T[], words: readonly string[], text: (one: T) => string, entry: (one: T) => Entry): [Group, number] {
  const ranks: T[][] = [[], [], [], []];
  for (const one of all) {
    const said = text(one);
    if (words.every((word) => said.includes(word))) ranks[rankOf(entry(one).word.toLowerCase(), words)]!.push(one);
  }
  return [group(kind, ranks.flat(), MOST, entry), ranks.findIndex((some) => some.length > 0)];
}

function group(kind: Kind, entries: readonly Entry[], most?: number): Group;
function group<T>(kind: Kind, all: readonly T[], most: number, entry: (one: T) => Entry): Group;
function group<T>(kind: Kind, all: readonly T[], most = all.length, entry: (one: T) => Entry = (one) => one as Entry): Group {
  return { kind, title: titles[kind], entries: all.slice(0, most).map(entry), more: Math.max(0, all.length - most) };
}

const viewEntry = ({ path, word }: View): Entry => ({ id: `view ${path}`, word, to: path });
const barclampEntry = ({ name, summary }: Known['barclamps'][number]): Entry => ({
  id: `barclamp ${name}`,
  word: name,
  about: summary,
  to: `/barclamps/${encodeURIComponent(name)}`,
});
const runEntry = ({ id, role, nodeName, outcome }: Known['runs'][number]): Entry => ({
  id: `run ${id}`,
  word: `${role} on ${nodeName}`,
  about: `run ${id}, ${outcome === 'notYet' ? 'not yet' : (outcome ?? 'running')}`,
  to: `/runs/${id}`,
});
export const machineEntry = (machine: Machine): Entry => ({
  id: `machine ${machine.id}`,
  word: machine.name,
  about: [machine.condition, machine.serial, machine.addresses?.admin, machine.rack].filter(Boolean).join(' · '),
  to: `/nodes/${encodeURIComponent(machine.name)}`,
});

/** Deployments, and behind each what is in it. */
const placesIn = ({ deployments, proposals }: Known): Entry[] => [
  ...deployments.map(({ name, summary }) => ({ id: `deployment ${name}`, word: name, about: summary, to: `/deployments/${encodeURIComponent(name)}` })),
  ...proposals.map(({ deployment, barclamp }) => ({
    id: `proposal ${deployment}.${barclamp}`,
    word: `${deployment} ${barclamp}`,
    about: `settings and machines of ${barclamp}`,
    to: `/deployments/${encodeURIComponent(deployment)}/${encodeURIComponent(barclamp)}`,
  })),
];

/** At least one word must be in the name of the role, so that a machine's name alone does not list all it does. */
function nodeRoles(machines: readonly Machine[], words: readonly string[]): [Group, number] {
  const asked = new Map<Machine['roles'], { deployment: string; role: string; rest: readonly string[] }[]>();
  const askedOf = (roles: Machine['roles']) => {
    const known = asked.get(roles);
    if (known) return known;
    const found = roles.flatMap(({ deployment, role }) => {
      const rest = words.filter((word) => !role.includes(word));
      return rest.length === words.length ? [] : [{ deployment, role, rest: rest.filter((word) => !deployment.includes(word)) }];
    });
    asked.set(roles, found);
    return found;
  };
  const found: { machine: Machine; deployment: string; role: string }[] = [];
  let more = 0;
  let best = 4;
  for (const machine of machines) {
    for (const { deployment, role, rest } of askedOf(machine.roles)) {
      if (!rest.every((word) => machine.text.includes(word))) continue;
      best = Math.min(best, rest.includes(machine.name) ? 1 : 3);
      if (found.length < MOST) found.push({ machine, deployment, role });
      else more++;
    }
  }
  const entries = found.map(({ machine, deployment, role }) => ({
    id: `node-role ${deployment}/${role}@${machine.id}`,
    word: `${role} on ${machine.name}`,
    about: deployment,
    to: `/nodes/${encodeURIComponent(machine.name)}?${new URLSearchParams({ show: `${deployment}/${role}@${machine.id}` }).toString()}`,
  }));
  return [{ kind: 'node-role', title: titles['node-role'], entries, more }, best];
}

// What can be said to be done; longer words begin with it.
const actWords = ['approve', 'switch', 'off', 'power-cycle', 'maintenance', 'name', 'rename', 'install', 'rescue', 'replace', 'retire', 'forget'];
const saysAct = (word: string): boolean => word === 'on' || (word.length > 2 && actWords.some((act) => act.startsWith(word)));

/**
 * Which machine could be meant to have something done to it: the one whose page is open, unless words name another; the only one that they fit, or,
 * where they also name an act, the one that they fit best.
 */
export function machineMeant(typed: string, machines: readonly Machine[], open: string | undefined): Machine | undefined {
  const words = wordsOf(typed);
  const rest = words.filter((word) => !saysAct(word));
  if (!rest.length) return open === undefined ? undefined : machines.find(({ name, id }) => name === open || id === open);
  const named = machines.find(({ name }) => name === rest.join(' '));
  if (named) return named;
  const fitting = machines.filter(({ text }) => rest.every((word) => text.includes(word)));
  return fitting.length === 1 || rest.length < words.length ? fitting[0] : undefined;
}

/** Those that all the words fit, else those that one of them fits; all when they name no act. */
export function offersFor<T extends { kind: string; word: string }>(typed: string, offers: readonly T[]): T[] {
  const said = wordsOf(typed).filter(saysAct);
  if (!said.length) return [...offers];
  const fits = ({ kind, word }: T) => {
    const text = `${kind} ${word} ${kind === 'on' || kind === 'off' ? 'power' : ''}`.toLowerCase();
    return (one: string): boolean => text.includes(one);
  };
  const byAll = offers.filter((offer) => said.every(fits(offer)));
  return byAll.length ? byAll : offers.filter((offer) => said.some(fits(offer)));
}
