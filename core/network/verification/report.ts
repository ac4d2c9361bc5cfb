// What a machine said while networks were tried, line by line. It is not trusted: a line that is not exactly as it should be, or speaks of what was
// not asked, was never said.

/** Why something was not tried there; in words: `reasons`. */
export type Reason = keyof typeof reasons;

export const reasons = {
  absent: 'it has no such interface',
  taken: 'that interface is a part of another one there, and is left alone',
  down: 'no cable is heard there',
  novlan: 'its kernel knows no VLANs (8021q)',
  nomacvlan: 'no interface can be made beside that one (macvlan)',
  noipv6: 'its kernel has IPv6 switched off',
  unaddressed: 'it has not the address that it was given',
  ping: 'it has no ping',
  unserved: 'it was given no name server',
  nobash: 'it has no bash to ask name servers with',
} as const;

/** `own`: carries the network already; `nic`: carries it untagged; `made`: was made for the moment. */
export type Standing = { how: 'own' | 'nic' | 'made'; device: string; address: string; mtu: number };

export type Report = {
  /** Ended as it should. */
  whole: boolean;
  site?: { device: string; mtu: number };
  standing: Map<number, Standing>;
  refused: Map<number | 'site' | 'dns' | 'ping', Reason>;
  /** Ms by which its clock is ahead of ours, at most: what its line was on its way counts against it. */
  clockMs?: number;
  /** In hex, absent where nothing came. */
  names: { server: string; question: number; answer?: string }[];
  /** By endpoint and target. */
  saw: Map<string, { seen: boolean; carries?: boolean /** Bytes of data. */; most?: number }>;
};

export const emptyReport = (): Report => ({ whole: false, standing: new Map(), refused: new Map(), names: [], saw: new Map() });
export const pairOf = (endpoint: number, target: number): string => `${endpoint} ${target}`;

const DEVICE = '([A-Za-z0-9][A-Za-z0-9._-]{0,14})';
const NUMBER = '([0-9]{1,6})';
const LINK_LOCAL = '(fe80:[0-9a-f:]{2,34})';
const SERVER = '([0-9a-fA-F.:]{2,45})';

type Reader = [form: RegExp, read: (words: string[], report: Report, at: number) => void];
const line = (form: string, read: Reader[1]): Reader => [new RegExp(`^${form}$`), read];

const readers: readonly Reader[] = [
  line('end', (_, report) => void (report.whole = true)),
  line(`site ${DEVICE} ${NUMBER}`, ([device, mtu], report) => void (report.site = { device: device!, mtu: Number(mtu) })),
  line(`at ${NUMBER} (own|nic|made) ${DEVICE} ${LINK_LOCAL} ${NUMBER}`, ([number, how, device, address, mtu], report) => {
    report.standing.set(Number(number), { how: how as Standing['how'], device: device!, address: address!, mtu: Number(mtu) });
  }),
  line(`no (?:(site|dns)|${NUMBER}) ([a-z0-9]{1,12})`, ([what, number, reason], report) => {
    if (Object.hasOwn(reasons, reason!)) report.refused.set((what as 'site' | 'dns') ?? Number(number), reason as Reason);
  }),
  line('no ping', (_, report) => void report.refused.set('ping', 'ping')),
  line('clock ([0-9]{1,11})\\.([0-9]{3})[0-9]{0,6}', ([seconds, millis], report, at) => {
    const ahead = Number(seconds) * 1000 + Number(millis) - at;
    report.clockMs = Math.max(report.clockMs ?? Number.NEGATIVE_INFINITY, ahead);
  }),
  line(`dns ${SERVER} ${NUMBER} (none|(?:[0-9a-f]{2}){1,1400})`, ([server, question, answer], report) => {
    if (report.names.length < 100) report.names.push({ server: server!, question: Number(question), ...(answer !== 'none' && { answer: answer! }) });
  }),
  line(`(saw|lost|carries) ${NUMBER} ${NUMBER}`, ([word, endpoint, target], report) => {
    const pair = pairOf(Number(endpoint), Number(target));
    const known = report.saw.get(pair);
    if (word === 'carries') {
      if (known?.seen) known.carries = true;
    } else if (report.saw.size < 10_000) report.saw.set(pair, { seen: word === 'saw' });
  }),
  line(`most ${NUMBER} ${NUMBER} ${NUMBER}`, ([endpoint, target, most], report) => {
    const known = report.saw.get(pairOf(Number(endpoint), Number(target)));
    if (known?.seen) Object.assign(known, { carries: false, most: Number(most) });
  }),
];

/** `at`: when the line came, Unix ms. */
export function readLine(report: Report, nonce: string, text: string, at: number): void {
  const start = `prybar-${nonce} `;
  if (!text.startsWith(start)) return;
  const said = text.slice(start.length);
  for (const [form, read] of readers) {
    const found = form.exec(said);
    if (found) return read(found.slice(1), report, at);
  }
}
