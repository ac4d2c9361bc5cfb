// What machines have said of a network, held against what it should be: states of machines, and Problems that name the one at fault where one is.

import type { Node } from '../../model/node.ts';
import { problem, type Problem, warning } from '../../model/problem.ts';
import type { CheckResult, MachineFinding } from '../../model/verification.ts';
import { readDnsAnswer } from './dns-message.ts';
import { pairOf, type Report, reasons } from './report.ts';

/** A machine in a network, through one of its interfaces (`label`). */
export type Point = {
  node: Pick<Node, 'id' | 'name' | 'inventory' | 'addresses'>;
  label: string;
  /** Why it could not be asked. */
  why?: string;
  /** What carries the network there: made for the moment, or there before. */
  device?: string;
  how?: 'own' | 'nic' | 'made';
  mtu?: number;
  address?: string;
};
/** `to` 0 is the admin node. `most`: bytes of the largest packet that still passed. */
export type Sight = { from: number; to: number; seen: boolean; carries?: boolean; most?: number };
type Judged = { id: string; name: string; mtu: number; vlan?: number; site?: unknown };

const ADMIN = 0;
/** Of one kind; what is more is counted. */
const MOST_PROBLEMS = 10;

export function judgeNetwork(network: Judged, points: ReadonlyMap<number, Point>, sights: readonly Sight[]): CheckResult[] {
  const groups = groupsOf(points, sights);
  return [judgeReach(network, points, sights, groups), judgeSizes(network, points, sights)];
}

/** Points that see one another, over others too; the one that counts as the network comes first: that of the admin node, else the largest. */
function groupsOf(points: ReadonlyMap<number, Point>, sights: readonly Sight[]): number[][] {
  const head = new Map<number, number>();
  const headOf = (one: number): number => {
    let at = one;
    for (let up = head.get(at); up !== undefined && up !== at; up = head.get(at)) {
      // Long ways are halved as they are gone.
      head.set(at, head.get(up) ?? up);
      at = up;
    }
    return at;
  };
  const asked = new Set(sights.flatMap(({ from, to }) => [from, to]));
  for (const { from, to, seen } of sights) if (seen) head.set(headOf(from), headOf(to));
  const groups = new Map<number, number[]>();
  for (const one of [...asked].toSorted((a, b) => a - b)) groups.set(headOf(one), [...(groups.get(headOf(one)) ?? []), one]);
  const weight = (group: readonly number[]) => (group.includes(ADMIN) ? Number.POSITIVE_INFINITY : machinesOf(group, points).length);
  return [...groups.values()].toSorted((a, b) => (weight(b) === weight(a) ? a[0]! - b[0]! : weight(b) - weight(a)));
}

function judgeReach(network: Judged, points: ReadonlyMap<number, Point>, sights: readonly Sight[], groups: readonly number[][]): CheckResult {
  const called = calledOf(network);
  const where = { pointer: `/networks/${network.id}` };
  const [main = [], ...others] = groups;
  const alone = groups.length > 0 && sights.every(({ seen }) => !seen);
  const within = new Set(alone ? [] : main);
  const problems: Problem[] = [];
  if (alone && !main.includes(ADMIN))
    problems.push(problem(`None of ${list(namesOf(groups.flat(), points))} sees another in ${called}.`, where, cablesToLookAt(network, groups.flat(), points)));
  else if (alone)
    problems.push(
      problem(`None of ${list(namesOf(groups.flat(), points))} sees the admin node in ${called}.`, where, cablesToLookAt(network, groups.flat(), points)),
    );
  else
    for (const group of others) {
      const names = namesOf(group, points);
      const lost = names.filter((name) => !namesOf(main, points).includes(name));
      if (lost.length === 0)
        problems.push(
          warning(
            `${throughOf(group, points)} sees nobody in ${called}, while another interface of ${list(names)} does.`,
            where,
            cablesToLookAt(network, group, points),
          ),
        );
      else
        problems.push(
          problem(
            lost.length === 1
              ? `${lost[0]} sees nobody in ${called}${throughWords(group, points)}, while ${list(namesOf(main, points))} see one another.`
              : `${list(lost)} see one another in ${called}, and none of ${list(namesOf(main, points))}.`,
            { ...where, node: lost[0]! },
            cablesToLookAt(network, group, points),
          ),
        );
    }
  const saw = new Set(sights.flatMap(({ from, to, seen }) => (seen ? [pairOf(from, to)] : [])));
  const deaf = sights.filter(({ from, to, seen }) => !seen && within.has(from) && within.has(to) && !saw.has(pairOf(to, from)));
  const pairs = [...new Set(deaf.map(({ from, to }) => [nameOf(from, points), nameOf(to, points)].toSorted().join(' and ')))];
  if (pairs.length)
    problems.push(
      warning(
        `Not all see each other in ${called}, though others see both: ${list(pairs)}.`,
        where,
        'Does a firewall of one of them drop pings, or does the switch keep these ports apart (private VLAN, port isolation)?',
      ),
    );
  const tried = new Set(groups.flat());
  const machines = findings(points, (numbers, whys) => {
    const asked = numbers.filter((number) => tried.has(number));
    if (asked.some((number) => within.has(number))) return { state: 'well' };
    if (asked.length) return { state: 'fault', why: `it sees nobody${throughWords(asked, points)}` };
    return { state: 'unasked', why: whys[0] ?? 'no other machine could be asked there' };
  });
  return { check: 'reach', machines, problems: few(problems, where) };
}

function judgeSizes(network: Judged, points: ReadonlyMap<number, Point>, sights: readonly Sight[]): CheckResult {
  const called = calledOf(network);
  const where = { pointer: `/networks/${network.id}` };
  const problems: Problem[] = [];
  const narrow = new Map<number, string>();
  const later = new Map<number, string>();
  for (const [number, { node, device, how, mtu, why }] of points) {
    if (why !== undefined || device === undefined || mtu === undefined || mtu >= network.mtu) continue;
    if (how === 'own') {
      narrow.set(number, `its ${device} lets ${mtu} bytes through`);
      problems.push(
        problem(
          `${device} of ${node.name} lets packets of ${mtu} bytes through, and ${called} promises ${network.mtu}.`,
          { ...where, node: node.name },
          `Apply the role network there again, or lower mtu of ${network.name} in the settings of network.`,
        ),
      );
    } else later.set(number, `its interface lets ${mtu} bytes through until the role network has been applied there`);
  }
  const tried = sights.filter(({ carries }) => carries !== undefined);
  const cut = tried.filter(({ carries }) => !carries);
  const culprits = culpritsOf(tried);
  const most = (some: readonly Sight[]) => Math.max(0, ...some.map(({ most: bytes = 0 }) => bytes));
  const say = (text: string, some: readonly Sight[], numbers: readonly number[]) =>
    problems.push(
      problem(
        `${text}; up to ${most(some)} bytes do.`,
        { ...where, ...(numbers.length === 1 && { node: nameOf(numbers[0]!, points) }) },
        `Raise the MTU on the way (${cablesOf(numbers, points)}), or lower mtu of ${network.name} in the settings of network.`,
      ),
    );
  const size = `Packets of ${network.mtu} bytes`;
  const none = cut.length > 0 && cut.length === tried.length;
  const left = cut.filter(({ from, to }) => !culprits.includes(from) && !culprits.includes(to));
  if (none)
    say(
      `${size} pass between none of ${list(
        namesOf(
          cut.flatMap(({ from, to }) => [from, to]),
          points,
        ),
      )} in ${called}`,
      cut,
      uniqueOf(cut),
    );
  else {
    for (const culprit of culprits)
      say(
        `${size} do not get to ${nameOf(culprit, points)} or from it in ${called}`,
        cut.filter(({ from, to }) => from === culprit || to === culprit),
        [culprit],
      );
    // One problem for both ways between two.
    const told = new Set<string>();
    for (const one of left) {
      told.add(pairOf(one.from, one.to));
      if (told.has(pairOf(one.to, one.from))) continue;
      say(`${size} do not pass between ${nameOf(one.from, points)} and ${nameOf(one.to, points)} in ${called}`, [one], [one.from, one.to]);
    }
  }
  const blamed = new Set(none ? uniqueOf(cut) : [...culprits, ...uniqueOf(left)]);
  const reached = new Set(uniqueOf(tried));
  const machines = findings(points, (numbers, whys) => {
    const tight = numbers.find((number) => narrow.has(number));
    if (tight !== undefined) return { state: 'fault', why: narrow.get(tight)! };
    if (numbers.some((number) => blamed.has(number))) return { state: 'fault', why: `packets of ${network.mtu} bytes do not pass` };
    if (numbers.some((number) => reached.has(number))) return { state: 'well' };
    const waits = numbers.find((number) => later.has(number));
    return { state: 'unasked', why: whys[0] ?? (waits === undefined ? 'it sees nobody there whom it could send them to' : later.get(waits)!) };
  });
  return { check: 'mtu', machines, problems: few(problems, where) };
}

/** Those with whom nothing works, while it does among others. */
function culpritsOf(tried: readonly Sight[]): number[] {
  const able = new Set(uniqueOf(tried.filter(({ carries }) => carries)));
  return able.size ? uniqueOf(tried).filter((one) => one !== ADMIN && !able.has(one)) : [];
}

type Heard = { node: Pick<Node, 'id' | 'name'>; why?: string; report: Report; names: readonly { name: string; type: 'A' | 'NS'; address?: string }[] };

/** RFC 1035, 4.1.1. */
const refusals: Record<number, string> = { 1: 'does not understand the question', 2: 'fails', 3: 'knows no such name', 5: 'refuses' };

export function judgeNames(heard: readonly Heard[], ids: number): CheckResult {
  // One Problem for each thing that is wrong, with everybody who found it so.
  const wrong = new Map<string, { severity: 'error' | 'warning'; next: string; who: string[] }>();
  const machines = heard.map(({ node, why, report, names }): MachineFinding => {
    const as = { node: node.id, name: node.name };
    if (why !== undefined) return { ...as, state: 'unasked', why };
    const refused = report.refused.get('dns');
    if (refused !== undefined) return { ...as, state: 'unasked', why: reasons[refused] };
    if (!report.names.length) return { ...as, state: 'unasked', why: 'it did not say what name servers answered' };
    const servers = new Set(report.names.map(({ server }) => server));
    const dumb = [...servers].filter((server) => report.names.every((said) => said.server !== server || said.answer === undefined));
    const faults: string[] = [];
    const note = (severity: 'error' | 'warning', text: string, next: string) => {
      wrong.set(text, { severity, next, who: [...(wrong.get(text)?.who ?? []), node.name] });
      if (severity === 'error') faults.push(text);
    };
    for (const server of dumb)
      note(
        dumb.length === servers.size ? 'error' : 'warning',
        `the name server ${server} does not answer`,
        'Is that server up, does it serve this network, and is UDP port 53 open on the way? Which servers machines are given: nameServers of provisioner, and dns.',
      );
    for (const { server, question, answer } of report.names) {
      const asked = names[question];
      if (answer === undefined || !asked) continue;
      const read = readDnsAnswer(Buffer.from(answer, 'hex'), ids + question, asked);
      const said = !read
        ? 'gives an answer to something else'
        : asked.address === undefined
          ? undefined
          : read.code
            ? (refusals[read.code] ?? `refuses (${read.code})`)
            : !read.addresses.includes(asked.address)
              ? `has ${read.addresses.length ? list(read.addresses.slice(0, 4)) : 'no address'} for it, not ${asked.address}`
              : undefined;
      if (said !== undefined)
        note(
          'error',
          `the name server ${server}, asked for ${asked.name || 'the root of all names'}, ${said}`,
          'Is dns-server done on the machine with that address? It is told of every machine; another server there does not know them.',
        );
    }
    return faults.length ? { ...as, state: 'fault', why: faults[0]! } : { ...as, state: 'well' };
  });
  const problems = [...wrong].map(([text, { severity, next, who }]) => ({ ...problem(`From ${list(who)}: ${text}.`, { node: who[0]! }, next), severity }));
  return { check: 'dns', machines: machines.toSorted(byName), problems: few(problems, {}) };
}

export function judgeClocks(heard: readonly Heard[], clockMs: number): CheckResult {
  const asked = heard.filter(({ why, report }) => why === undefined && report.clockMs !== undefined);
  const off = asked.filter(({ report }) => Math.abs(report.clockMs!) > clockMs);
  // Many that agree are right against one.
  const ours = off.length > 2 && off.length === asked.length && spread(off.map(({ report }) => report.clockMs!)) <= 2 * clockMs;
  const words = (ms: number) => `${durationOf(Math.abs(ms))} ${ms > 0 ? 'ahead of' : 'behind'}`;
  const problems = ours
    ? [
        problem(
          `The clock of the admin node is ${durationOf(Math.abs(off[0]!.report.clockMs!))} ${off[0]!.report.clockMs! > 0 ? 'behind' : 'ahead of'} those of all ${off.length} machines that were asked.`,
          { node: 'admin' },
          'Set it, and have it kept: timedatectl set-ntp true.',
        ),
      ]
    : off.map(({ node, report }) =>
        problem(
          `The clock of ${node.name} is ${words(report.clockMs!)} that of the admin node.`,
          { node: node.name },
          'Give it ntp-client (the barclamp ntp), or set the clock in its firmware: certificates and clusters do not bear it.',
        ),
      );
  const machines = heard.map(({ node, why, report }): MachineFinding => {
    const as = { node: node.id, name: node.name };
    if (why !== undefined || report.clockMs === undefined) return { ...as, state: 'unasked', why: why ?? 'it did not say what time it is' };
    return Math.abs(report.clockMs) > clockMs
      ? { ...as, state: 'fault', why: `its clock is ${words(report.clockMs)} the admin node's` }
      : { ...as, state: 'well' };
  });
  return { check: 'time', machines: machines.toSorted(byName), problems: few(problems, {}) };
}

const spread = (numbers: readonly number[]): number => Math.max(...numbers) - Math.min(...numbers);

function durationOf(ms: number): string {
  if (ms < 120_000) return `${(ms / 1000).toFixed(1)} s`;
  const minutes = Math.round(ms / 60_000);
  if (minutes < 120) return `${minutes} minutes`;
  const hours = Math.round(minutes / 60);
  return hours < 72 ? `${hours} hours` : `${Math.round(hours / 24)} days`;
}

/** Each machine once, by its points that could be asked and why the others could not. */
function findings(
  points: ReadonlyMap<number, Point>,
  judge: (numbers: number[], whys: string[]) => { state: 'well' } | { state: 'fault' | 'unasked'; why: string },
): MachineFinding[] {
  const byNode = new Map<string, { name: string; numbers: number[]; whys: string[] }>();
  for (const [number, { node, why }] of points) {
    const one = byNode.get(node.id) ?? { name: node.name, numbers: [], whys: [] };
    byNode.set(node.id, one);
    if (why === undefined) one.numbers.push(number);
    else one.whys.push(why);
  }
  return [...byNode].map(([node, { name, numbers, whys }]) => ({ node, name, ...judge(numbers, whys) })).toSorted(byName);
}

const byName = (a: MachineFinding, b: MachineFinding): number => a.name.localeCompare(b.name, 'en', { numeric: true });
const calledOf = ({ name, vlan }: Judged): string => (vlan === undefined ? name : `${name} (VLAN ${vlan})`);
const nameOf = (number: number, points: ReadonlyMap<number, Point>): string => (number === ADMIN ? 'the admin node' : (points.get(number)?.node.name ?? '?'));
const machinesOf = (numbers: readonly number[], points: ReadonlyMap<number, Point>): string[] => [...new Set(numbers.map((one) => nameOf(one, points)))];
const namesOf = (numbers: readonly number[], points: ReadonlyMap<number, Point>): string[] =>
  machinesOf(
    numbers.filter((one) => one !== ADMIN),
    points,
  ).toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true }));
const uniqueOf = (sights: readonly Sight[]): number[] => [...new Set(sights.flatMap(({ from, to }) => [from, to]))];

const throughOf = (numbers: readonly number[], points: ReadonlyMap<number, Point>): string =>
  list(numbers.flatMap((one) => (points.has(one) ? [`${points.get(one)!.label} of ${points.get(one)!.node.name}`] : [])));
function throughWords(numbers: readonly number[], points: ReadonlyMap<number, Point>): string {
  const labels = [...new Set(numbers.flatMap((one) => points.get(one)?.label ?? []))].filter((label) => label && !/[.:]/.test(label));
  return labels.length ? ` through ${list(labels)}` : '';
}

/** Where each is plugged in, as it heard it (LLDP), else by its own interface. */
function cablesOf(numbers: readonly number[], points: ReadonlyMap<number, Point>): string {
  const places = numbers.flatMap((one) => {
    const point = points.get(one);
    if (!point) return [];
    const lldp = point.node.inventory?.nics.find(({ name }) => name === point.label)?.lldp;
    const own = /[.:]/.test(point.label) || !point.label ? point.node.name : `${point.label} of ${point.node.name}`;
    return [lldp ? `${own} at ${lldp.port} of ${lldp.system}` : own];
  });
  return list(places);
}

function cablesToLookAt(network: Judged, numbers: readonly number[], points: ReadonlyMap<number, Point>): string {
  const cables = cablesOf(numbers, points);
  return network.vlan === undefined
    ? `See the cables and the VLAN that these ports of the switch put untagged packets into: ${cables}.`
    : `Is VLAN ${network.vlan} let through, tagged, by these ports of the switch and on the way between them: ${cables}?`;
}

function list(words: readonly string[]): string {
  const shown = words.length > 8 ? [...words.slice(0, 7), `${words.length - 7} others`] : words;
  return shown.length < 2 ? (shown[0] ?? '') : `${shown.slice(0, -1).join(', ')} and ${shown.at(-1)}`;
}

function few(problems: readonly Problem[], where: Problem['where']): Problem[] {
  if (problems.length <= MOST_PROBLEMS) return [...problems];
  const rest = problems.length - MOST_PROBLEMS;
  return [...problems.slice(0, MOST_PROBLEMS), problem(`There are ${rest} more of these.`, where, 'They are marked in the list of machines.')];
}
