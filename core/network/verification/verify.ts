// The networks of the site, tried between the machines that are up: who sees whom in each, whether packets pass as large as was promised, whether
// names are known and clocks agree. Everything is made first, so that all are there when the first one asks; then everybody asks a few others; then
// what was made is taken away, whatever came of it.

import { randomBytes, randomInt } from 'node:crypto';
import type { Network } from '../../model/network.ts';
import type { Node } from '../../model/node.ts';
import type { Problem } from '../../model/problem.ts';
import type { CheckResult } from '../../model/verification.ts';
import type { Carried } from './carried.ts';
import { dnsQuestion } from './dns-message.ts';
import { judgeClocks, judgeNames, judgeNetwork, type Point, type Sight } from './judge.ts';
import { askProgram, clearProgram, type Endpoint, prepareProgram, type Target } from './programs.ts';
import { emptyReport, pairOf, readLine, type Report, reasons } from './report.ts';

/** One that is to be tried, and between whom. */
export type WantedNetwork = {
  /** As kept, and as people call it. */
  id: string;
  name: string;
  mtu: number;
  vlan?: number;
  /** The site's own: machines have addresses in it, the admin node is in it, and names and clocks are asked about with it. */
  site?: Pick<Network, 'name' | 'adminAddress'>;
  machines: { node: Node; carried: Carried }[];
};

/** A name that a machine should be told of, with the address that it stands for where that is known. */
export type WantedName = { name: string; type: 'A' | 'NS'; address?: string };

export type VerifyOptions = {
  /** Runs sh code as root on a machine; as Remote has it. */
  run(
    node: Node,
    program: string,
    options: { signal: AbortSignal; timeoutMs: number; onOutput(chunk: Buffer): void; onError(chunk: Buffer): void },
  ): Promise<{ kind: 'exited'; code: number } | { kind: 'lost'; problem: Problem }>;
  names(node: Node): WantedName[];
  /** More than so much between two clocks is wrong. */
  clockMs: number;
  now(): number;
  signal: AbortSignal;
  onProgress(step: { phase: string; fraction: number }): void;
};

const AT_ONCE = 32;
/** For one program on one machine. The second may look for the largest packet that still passes, a second a try. */
const PATIENCE_MS = { prepare: 30_000, ask: 45_000, clear: 15_000 };
/** For all of it; who was not asked by then is not asked. */
const MOST_MS = 240_000;
/** Others that each one asks. Over so few ways everybody is connected with everybody who can be. */
const PEERS = 8;
/** A machine may say so much. */
const MOST_SAID = 256 * 1024;

type Asked = {
  node: Node;
  why?: string;
  report: Report;
  points: { network: number; endpoint?: Endpoint; number: number; point: Point }[];
  names: WantedName[];
};

/** What was found of each network, by its id. */
export async function verifyNetworks(networks: readonly WantedNetwork[], options: VerifyOptions): Promise<Map<string, CheckResult[]>> {
  const nonce = randomBytes(3).toString('hex').slice(0, 5);
  const ids = randomInt(1, 60_000);
  const asked = whoIsAsked(networks, nonce, options.names);
  const able = asked.filter(({ why }) => why === undefined);
  const begun = options.now();
  const late = () => options.now() - begun > MOST_MS;

  const step = async (phase: string, from: number, to: number, of: readonly Asked[], patience: number, program: (machine: Asked) => string | undefined) => {
    let done = 0;
    options.onProgress({ phase, fraction: from });
    await inTurns(of, AT_ONCE, async (machine) => {
      const text = program(machine);
      if (text !== undefined) {
        const why = late() ? 'there was no time left for it' : await runOn(machine, text, nonce, patience, options);
        if (why !== undefined) machine.why ??= why;
      }
      options.onProgress({ phase, fraction: from + ((to - from) * ++done) / of.length });
    });
  };

  try {
    await step('preparing the machines', 0.05, 0.4, able, PATIENCE_MS.prepare, ({ points, names, node }) =>
      prepareProgram(
        nonce,
        points.flatMap(({ endpoint }) => endpoint ?? []),
        siteAddressOf(networks, points, node),
        names.map((question, number) => ({ number, packet: dnsQuestion(ids + number, question).toString('hex') })),
      ),
    );
    for (const machine of able) takeStock(networks, machine);
    const sightsOf = peersOf(networks, able);
    await step('asking one another', 0.4, 0.9, able, PATIENCE_MS.ask, (machine) => {
      const targets = targetsOf(networks, machine, sightsOf);
      return targets.length && machine.why === undefined ? askProgram(nonce, targets) : undefined;
    });
    return judged(networks, asked, sightsOf, ids, options);
  } finally {
    options.onProgress({ phase: 'taking away what was made', fraction: 0.9 });
    // Also where the time is up, or somebody has ended it. A machine that does not answer does it by itself.
    const signal = AbortSignal.timeout(PATIENCE_MS.clear);
    await inTurns(
      able.filter(({ report }) => [...report.standing.values()].some(({ how }) => how === 'made') || !report.whole),
      AT_ONCE,
      (machine) => runOn({ ...machine, report: emptyReport() }, clearProgram(nonce), nonce, PATIENCE_MS.clear, { ...options, signal }),
    );
  }
}

function whoIsAsked(networks: readonly WantedNetwork[], nonce: string, names: VerifyOptions['names']): Asked[] {
  const byId = new Map<string, Asked>();
  let number = 0;
  for (const [index, { site, vlan, machines }] of networks.entries()) {
    for (const { node, carried } of machines) {
      const machine = byId.get(node.id) ?? { node, ...cannotBeAsked(node), report: emptyReport(), points: [], names: [] };
      byId.set(node.id, machine);
      if (site) {
        machine.names = names(node);
        machine.points.push({ network: index, number: ++number, point: { node, label: node.addresses[site.name] ?? '' } });
        continue;
      }
      if (!carried.nics.length)
        machine.points.push({ network: index, number: ++number, point: { node, label: '', why: 'it has no interface that its conduit asks for' } });
      for (const nic of carried.nics) {
        number++;
        const address = `fe80::50:${Number.parseInt(nonce.slice(1), 16).toString(16)}:${(number >> 16).toString(16)}:${(number & 0xffff).toString(16)}`;
        const endpoint = { number, nic, tops: carried.tops, address, ...(vlan !== undefined && { vlan }) };
        machine.points.push({ network: index, number, endpoint, point: { node, label: nic } });
      }
    }
  }
  return [...byId.values()];
}

function cannotBeAsked({ contact, contactAt, system, remote }: Node): { why?: string } {
  if (contact === 'off') return { why: 'it is switched off' };
  if (contact === 'silent') return { why: `it has not been heard of since ${new Date(contactAt).toISOString().slice(0, 16).replace('T', ' ')} UTC` };
  return system || remote !== 'ssh' ? {} : { why: 'no system runs on it that is known here' };
}

const siteAddressOf = (networks: readonly WantedNetwork[], points: Asked['points'], node: Node): string | undefined => {
  const site = points.map(({ network }) => networks[network]!.site).find(Boolean);
  return site && node.addresses[site.name];
};

/** What each of its points has turned out to be. */
function takeStock(networks: readonly WantedNetwork[], { points, report }: Asked): void {
  for (const { network, number, point } of points) {
    const { site } = networks[network]!;
    const refused = report.refused.get(site ? 'site' : number);
    if (refused !== undefined) point.why = site ? reasons[refused] : `${point.label}: ${reasons[refused]}`;
    else if (site) Object.assign(point, report.site ? { device: report.site.device, mtu: report.site.mtu, how: 'own' } : {});
    else {
      const standing = report.standing.get(number);
      if (standing) Object.assign(point, { device: standing.device, mtu: standing.mtu, how: standing.how, address: standing.address });
    }
    if (point.device === undefined && point.why === undefined) point.why = 'it did not say what it has there';
  }
}

type Peers = Map<number, { machine: Asked; number: number; point: Point }[]>;

/** Whom each point asks: all others where they are few, else the next ones and some from further round. */
function peersOf(networks: readonly WantedNetwork[], able: readonly Asked[]): Peers {
  const peers: Peers = new Map();
  for (const index of networks.keys()) {
    const there = able
      .filter(({ why }) => why === undefined)
      .flatMap((machine) =>
        machine.points.filter(({ network, point }) => network === index && point.why === undefined).map(({ number, point }) => ({ machine, number, point })),
      );
    // Points of one machine stand beside one another: all others are those behind the last of them, around to the first.
    const ends = new Map(there.map(({ machine }, at) => [machine, at + 1]));
    const counts = new Map<Asked, number>();
    for (const { machine } of there) counts.set(machine, (counts.get(machine) ?? 0) + 1);
    for (const { machine, number } of there) {
      const others = there.length - counts.get(machine)!;
      const near = Math.min(others, PEERS / 2);
      const stride = Math.max(1, Math.floor((others - near) / (PEERS / 2)));
      const chosen = Array.from({ length: PEERS }, (_, nth) => (nth < PEERS / 2 ? nth : PEERS / 2 + (nth - PEERS / 2) * stride));
      peers.set(
        number,
        chosen.filter((nth) => nth < others).map((nth) => there[(ends.get(machine)! + nth) % there.length]!),
      );
    }
  }
  return peers;
}

// The admin node is target 0 of every point in the site's own network.
function targetsOf(networks: readonly WantedNetwork[], { points }: Asked, peers: Peers): Target[] {
  return points.flatMap(({ network, number, point }): Target[] => {
    const { mtu, site } = networks[network]!;
    if (point.why !== undefined) return [];
    const payload = (other?: Point) => ((point.mtu ?? 0) >= mtu && (other?.mtu ?? mtu) >= mtu ? payloadOf(mtu, site !== undefined) : 0);
    const others = peers.get(number) ?? [];
    return [
      ...(site ? [{ endpoint: number, number: 0, address: site.adminAddress, payload: payload() }] : []),
      ...others.flatMap(({ number: other, point: its }) => {
        const address = site ? its.node.addresses[site.name] : its.address;
        return address === undefined ? [] : [{ endpoint: number, number: other, address, payload: payload(its), ...(!site && { device: point.device! }) }];
      }),
    ];
  });
}

/** Of ICMP (RFC 792) and ICMPv6 (RFC 4443), with the headers of IP before them; a link of IPv6 carries 1280 bytes at least (RFC 8200, 5). */
const HEADERS = { 4: 28, 6: 48 };
const payloadOf = (mtu: number, v4: boolean): number => (v4 ? mtu - HEADERS[4] : mtu < 1280 ? 0 : mtu - HEADERS[6]);

function judged(
  networks: readonly WantedNetwork[],
  asked: readonly Asked[],
  peers: Peers,
  ids: number,
  { clockMs }: VerifyOptions,
): Map<string, CheckResult[]> {
  const found = new Map<string, CheckResult[]>();
  for (const [index, network] of networks.entries()) {
    const here = asked.filter(({ points }) => points.some((one) => one.network === index));
    const points = new Map<number, Point>();
    const sights: Sight[] = [];
    for (const { points: its, why, report } of here) {
      for (const { network: of, number, point } of its) {
        if (of !== index) continue;
        const silent = why ?? (report.refused.has('ping') ? reasons.ping : undefined);
        points.set(number, silent === undefined ? point : { ...point, why: silent });
        for (const to of [...(network.site ? [0] : []), ...(peers.get(number) ?? []).map((peer) => peer.number)]) {
          const seen = report.saw.get(pairOf(number, to));
          if (!seen) continue;
          const most = seen.most === undefined ? {} : { most: seen.most + HEADERS[network.site ? 4 : 6] };
          sights.push({ from: number, to, ...seen, ...most });
        }
      }
    }
    const results = judgeNetwork(network, points, sights);
    if (network.site) {
      const heard = here.map(({ node, why, report, names }) => ({ node, report, names, ...(why !== undefined && { why }) }));
      results.push(judgeNames(heard, ids), judgeClocks(heard, clockMs));
    }
    found.set(network.id, results);
  }
  return found;
}

/** Why not all of it ran there; undefined when it did. */
async function runOn(
  { node, report }: Asked,
  program: string,
  nonce: string,
  timeoutMs: number,
  { run, signal, now }: VerifyOptions,
): Promise<string | undefined> {
  report.whole = false;
  let rest = '';
  let said = 0;
  const onOutput = (chunk: Buffer): void => {
    const at = now();
    said += chunk.length;
    if (said > MOST_SAID) return;
    const lines = (rest + chunk.toString('latin1')).split('\n');
    rest = lines.pop()!;
    for (const text of lines) readLine(report, nonce, text, at);
  };
  const end = await run(node, program, { signal, timeoutMs, onOutput, onError: () => {} });
  if (end.kind === 'lost') return end.problem.summary.replace(/\.$/, '');
  return report.whole || report.refused.has('ping') ? undefined : `what was to run there ended early (status ${end.code})`;
}

async function inTurns<T>(items: readonly T[], limit: number, work: (item: T) => Promise<unknown>): Promise<void> {
  const left = [...items];
  const worker = async () => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker));
}
