// The way to a machine's BMC is whichever answers: of the accounts that may work there, by Redfish or by IPMI. It is found once and kept
// as a fact; when the BMC falls silent it is looked for again, with its certificate still pinned.

import type { BmcContact, BmcProtocol } from '../model/bmc.ts';
import type { Node, Revised } from '../model/node.ts';
import { bad, type Checked, ok, problem, type Problem } from '../model/problem.ts';
import type { Namespace } from '../network/namespace.ts';
import type { Store } from '../store/store.ts';
import { accountsEntered, type BmcAccount } from './bmc-access.ts';
import { CIPHER_SUITES, ipmiBmc } from './ipmi.ts';
import { type Answer, type Bmc, isSilent } from './power.ts';
import { quirksOf } from './quirks.ts';
import { redfishBmc } from './redfish.ts';

export type ToBmcs = {
  store: Store;
  secrets: { get(name: string): Promise<string | undefined> };
  /** What roles have made; tried before what people entered. */
  madeAccounts(node: Node): BmcAccount[];
  /** As it is now: the rack's may come and go. */
  namespace(): Pick<Namespace, 'command' | 'connect'>;
  now(): number;
};

/** Those that may work at the BMC of a machine, first the best. What it stands on is read once, for many machines. */
export async function readAccounts({ store, secrets, madeAccounts }: ToBmcs): Promise<(node: Node) => BmcAccount[]> {
  const accesses = await store.list('bmcAccess');
  return (node) => [...madeAccounts(node), ...accountsEntered(node, accesses, secrets.get)];
}
export const accountsFor = async (node: Node, to: ToBmcs): Promise<BmcAccount[]> => (await readAccounts(to))(node);

/** Problems: no way is known, nobody answers, the user or the certificate is not the right one. */
export async function bmcFor(node: Node, to: ToBmcs): Promise<Checked<Bmc>> {
  const accounts = await accountsFor(node, to);
  if (accounts.length === 0) return bad(noWay(node));
  const last = await to.store.get('bmcContact', node.id);
  const account = accounts.find(({ id }) => id === last?.account);
  const kept =
    last?.protocol && account && !betterThan(account, accounts, last, to.now()) && (await wayTo(node, account, { ...last, protocol: last.protocol }, to));
  if (kept) return ok(lookingAgainWhenSilent(kept, node, to));
  return find(node, accounts, last, to);
}

const REFUSED_MS = 10 * 60_000;

/** One that a role has made since is better than the one that worked before. */
function betterThan(account: BmcAccount, accounts: BmcAccount[], { refused, at }: BmcContact, now: number): boolean {
  const better = accounts.slice(0, accounts.indexOf(account));
  return better.some(({ id }) => !refused.includes(id) || now - at > REFUSED_MS);
}

type Way = Pick<BmcContact, 'cipherSuite' | 'certificate'> & { protocol: BmcProtocol };

/** In this order: Redfish tells more, and IPMI 2.0 is on its way out. */
function waysToTry(node: Node, forced: BmcProtocol | undefined): Way[] {
  const suites = quirksOf(node.inventory).ipmiCipherSuites ?? CIPHER_SUITES;
  const all: Way[] = [{ protocol: 'redfish' }, ...suites.map((cipherSuite) => ({ protocol: 'ipmi' as const, cipherSuite }))];
  return all.filter(({ protocol }) => !forced || protocol === forced);
}

async function find(node: Node, accounts: BmcAccount[], last: Revised<BmcContact> | undefined, to: ToBmcs): Promise<Checked<Bmc>> {
  const refusals: Problem[] = [];
  const silences: Problem[] = [];
  for (const account of accounts) {
    // Whoever refused a password is not given it again by another suite: a BMC locks out who errs too often.
    const over = new Set<BmcProtocol>();
    for (const way of waysToTry(node, account.protocol)) {
      if (over.has(way.protocol)) continue;
      let { certificate } = last ?? {};
      const bmc = await wayTo(node, account, { ...way, ...(certificate && { certificate }) }, to, (shown) => (certificate = shown));
      const answer = bmc && (await bmc.status());
      if (bmc && answer?.ok) {
        const refused = accounts.slice(0, accounts.indexOf(account)).map(({ id }) => id);
        const contact = { nodeId: node.id, account: account.id, ...way, ...(certificate && { certificate }), refused, at: to.now() };
        await to.store.put('bmcContact', node.id, contact, 'any');
        return ok(lookingAgainWhenSilent(bmc, node, to));
      }
      if (!answer) refusals.push(problem(`The passphrase of the BMC of ${node.name} is not in the store.`, { node: node.name }, 'Enter it again.'));
      else if (!answer.ok) {
        if (!('otherSuite' in answer)) over.add(way.protocol);
        (isSilent(answer) ? silences : refusals).push(...answer.problems);
      }
      if (!answer) break;
    }
  }
  // Silence tells nothing where somebody else has answered.
  const found = refusals.length ? refusals : silences;
  return { ok: false, problems: found.map((one) => ({ ...one, where: { ...one.where, node: node.name } })) };
}

/** Undefined where the password is gone. */
async function wayTo(node: Node, account: BmcAccount, way: Way, to: ToBmcs, onCertificate?: (shown: string) => void): Promise<Bmc | undefined> {
  const { address, port, user } = account;
  const password = await account.password();
  if (password === undefined) return undefined;
  const { inventory, serial } = node;
  const namespace = to.namespace();
  const access = { address, user, password };
  const ipmi = (ipmiPort: number | undefined, cipherSuite: number | undefined): Bmc =>
    ipmiBmc(
      { ...access, ...(ipmiPort && { port: ipmiPort }), ...(cipherSuite && { cipherSuite }) },
      { namespace, uefi: inventory?.firmware.kind === 'uefi', quirks: quirksOf(inventory) },
    );
  if (way.protocol === 'ipmi') return ipmi(port, way.cipherSuite);
  return redfishBmc(
    { ...access, ...(port && { port }), ...(way.certificate && { certificate: way.certificate }) },
    {
      namespace,
      machine: { ...(inventory?.uuid && { uuid: inventory.uuid }), ...(serial && { serial }) },
      ...(onCertificate && { onCertificate }),
      // The same account, with the suite that every controller has: which others it takes is not known here.
      ipmiConsole: () => ipmi(undefined, undefined).console(),
    },
  );
}

function lookingAgainWhenSilent(bmc: Bmc, node: Node, { store }: ToBmcs): Bmc {
  const watched = async <T>(asked: Promise<Answer<T>>): Promise<Answer<T>> => {
    const answer = await asked;
    if (!isSilent(answer)) return answer;
    const last = await store.get('bmcContact', node.id);
    if (last) {
      const { protocol: _protocol, cipherSuite: _cipherSuite, ...rest } = last;
      await store.put('bmcContact', node.id, rest, last.revision);
    }
    return answer;
  };
  return {
    status: () => watched(bmc.status()),
    on: () => watched(bmc.on()),
    off: () => watched(bmc.off()),
    cycle: () => watched(bmc.cycle()),
    setNextBoot: (device) => watched(bmc.setNextBoot(device)),
    identity: () => watched(bmc.identity()),
    sensors: () => watched(bmc.sensors()),
    events: (limit) => watched(bmc.events(limit)),
    console: () => watched(bmc.console()),
    ...(bmc.redfish && { redfish: (work, limitMs) => watched(bmc.redfish!(work, limitMs)) }),
  };
}

const noWay = (node: Node): Problem => problem(`No way to a BMC of ${node.name} is known.`, { node: node.name }, 'Give it the role bmc, or switch it by hand.');
