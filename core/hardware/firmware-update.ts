// One update of one part, from its file to the version that the part tells afterwards. What was begun is a fact, so that whoever comes after a crash
// follows it to its end instead of beginning a second one.

import { createReadStream } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FirmwareBringing, FirmwareUpdate } from '../model/firmware.ts';
import { bad, type Checked, ok, problem, type Problem } from '../model/problem.ts';
import type { Doing } from './act.ts';
import { cameBack } from './came-back.ts';
import type { Bmc } from './power.ts';
import { quirksOf } from './quirks.ts';
import { type Component, componentsIn } from './redfish-firmware.ts';
import { openTasks, pull, push, type Standing, standingAt, updateWaysIn, waitsForStart, wayFor } from './redfish-update.ts';

export type Updating = Pick<Doing<unknown>, 'site' | 'node' | 'say' | 'signal'> & {
  bmc: Required<Pick<Bmc, 'redfish'>>;
  /** Whether the machine may be started again for it. */
  mayRestart: boolean;
};

export type UpdateEnd = { kind: 'done' } | { kind: 'notYet'; reason: string } | { kind: 'failed'; problem: Problem } | { kind: 'left'; reason: string };

// Firmware of large servers takes long to be written, and the machine long to start afterwards.
const UPDATE_MS = 2 * 3600_000;
const SEND_MS = 30 * 60_000;
/** Controllers tell the new version a while after they have said that they are done, and after the machine is back. */
const LOOKS_BEFORE_RESTART = 3;
const LOOKS_AFTERWARDS = 12;

/** Has the controller take the file; `left` where it would start a machine that must not be. */
export async function beginUpdate(updating: Updating, component: Component, bring: FirmwareBringing): Promise<UpdateEnd | FirmwareUpdate> {
  const { site, node, bmc, say, mayRestart } = updating;
  const opened = await site.firmwareFile(bring.sha256);
  if (!opened.ok) return { kind: 'failed', problem: opened.problems[0]! };
  const file = opened.value;
  const { name: part, version: from, path } = component;
  const update: FirmwareUpdate = { nodeId: node.id, part, from, to: bring.version, sha256: file.digest, stage: 'sending', at: site.now() };
  const targets = quirksOf(node.inventory).firmwareTargets === 'none' ? [] : [path];
  // One visit, and visits to one controller wait for each other: nobody of us begins another between the look and the order.
  const begun = await bmc.redfish(async (service): Promise<UpdateEnd | FirmwareUpdate> => {
    const ways = await updateWaysIn(service);
    if (!ways) return { kind: 'left', reason: `${part}: its controller takes no updates over Redfish` };
    if (ways.busy) return { kind: 'notYet', reason: `its controller is at something else: ${ways.busy}` };
    const way = wayFor(ways, bring.way ?? 'auto', file.bytes);
    const { applyTimes } = ways[way]!;
    if (!mayRestart && !waitsForStart(applyTimes))
      return {
        kind: 'left',
        reason: `${part}: its controller cannot be told to wait for the next start of ${node.name}, which is installed; say restart: always`,
      };
    const url = site.downloadUrl(file);
    if (way === 'pull' && url === undefined)
      return {
        kind: 'failed',
        problem: problem('The admin node serves no machines, so that no controller can fetch a file from it.', {}, 'Start it with --interface.'),
      };
    await site.store.put('firmwareUpdate', node.id, update, 'any');
    say(way === 'push' ? `Sending ${file.name} for ${part}, ${file.bytes} bytes.` : `The controller fetches ${file.name} for ${part} from ${url}.`);
    const { task } =
      way === 'push'
        ? await push(service, ways.push!, {
            name: file.name,
            bytes: file.bytes,
            open: () => createReadStream(file.file),
            targets,
            ...(bring.oem && { oem: bring.oem }),
          })
        : await pull(service, ways.pull!, url!);
    return { ...update, stage: 'taken', ...(task !== undefined && { task }) };
  }, SEND_MS);
  if (!begun.ok) {
    // Refused is refused; where nobody answered any more, it may have been taken.
    if (!('silent' in begun)) await site.store.remove('firmwareUpdate', node.id);
    return { kind: 'failed', problem: begun.problems[0]! };
  }
  if (!('kind' in begun.value)) await site.store.put('firmwareUpdate', node.id, begun.value, 'any');
  return begun.value;
}

/** What goes on at the controller by a fact of before; undefined where nothing does, so that it can be begun anew. */
export async function findAgain({ site, node, bmc, say }: Updating, update: FirmwareUpdate): Promise<Checked<FirmwareUpdate | undefined>> {
  if (update.stage === 'taken') {
    say(`The update of ${update.part} to ${update.to} was begun before; it is followed to its end.`);
    return ok(update);
  }
  const tasks = await bmc.redfish(openTasks);
  if (!tasks.ok) return bad(tasks.problems[0]!);
  const [task] = tasks.value;
  if (!task) {
    await site.store.remove('firmwareUpdate', node.id);
    say(`Whether ${update.part} was sent is not known; its controller is at nothing.`);
    return ok(undefined);
  }
  const found: FirmwareUpdate = { ...update, stage: 'taken', task: task.path };
  await site.store.put('firmwareUpdate', node.id, found, 'any');
  say(`The controller is at something that was begun before: ${task.standing.says}`);
  return ok(found);
}

/** Until the part tells the version that it was to get. The fact stays only where the machine is still to be started. */
export async function followUpdate(updating: Updating, begun: FirmwareUpdate): Promise<UpdateEnd> {
  const { site, node, signal } = updating;
  const end = site.now() + UPDATE_MS;
  const told = teller(updating);
  let update = begun;
  const over = async (kind: UpdateEnd): Promise<UpdateEnd> => {
    await site.store.remove('firmwareUpdate', node.id);
    return kind;
  };
  for (let looks = 0; ; ) {
    await sleep(site.pauseMs, undefined, { signal });
    const look = await lookAt(updating, update);
    if (look.standing) told(look.standing);
    if (look.standing?.state === 'failed') return over({ kind: 'failed', problem: refused(updating, update, look.standing) });
    const now = await site.store.get('node', node.id);
    const isBack = !update.restarted || (now !== undefined && cameBack(before(updating, update), now, update.restarted.at));
    if (look.version === update.to && isBack && look.standing?.state !== 'running') return over({ kind: 'done' });
    const isOver = look.standing?.state === 'done' || look.standing?.state === 'gone';
    if (look.standing?.state === 'waiting' && !update.restarted) looks = LOOKS_BEFORE_RESTART;
    else if (isOver && isBack) looks++;
    if (!update.restarted && looks >= LOOKS_BEFORE_RESTART) {
      const restarted = await restartFor(updating, update);
      if ('kind' in restarted) return restarted;
      update = restarted;
      looks = 0;
    }
    if (update.restarted && looks > LOOKS_AFTERWARDS) return over({ kind: 'failed', problem: notTaken(updating, update, look.version) });
    if (site.now() > end) return over({ kind: 'failed', problem: notEnding(updating, update, look.standing) });
  }
}

type Look = { standing?: Standing; version?: string };

/** Nothing of it where the controller is silent: some are while they write, or start themselves again. */
async function lookAt({ bmc }: Updating, { task, part }: FirmwareUpdate): Promise<Look> {
  const look = await bmc.redfish(async (service): Promise<Look> => {
    const standing = await standingAt(service, task);
    const version = standing.state === 'running' ? undefined : (await componentsIn(service)).find(({ name }) => name === part)?.version;
    return { standing, ...(version !== undefined && { version }) };
  });
  return look.ok ? look.value : {};
}

async function restartFor({ site, node, mayRestart, say, signal }: Updating, update: FirmwareUpdate): Promise<FirmwareUpdate | UpdateEnd> {
  if (!mayRestart) {
    const reason = `${update.part} ${update.to} is staged, and comes into force when ${node.name} starts the next time`;
    return { kind: 'notYet', reason };
  }
  say(`${node.name} starts again for it.`);
  const instance = (await site.store.get('node', node.id))?.system?.instance;
  const restarted = { ...update, restarted: { at: site.now(), ...(instance !== undefined && { instance }) } };
  await site.store.put('firmwareUpdate', node.id, restarted, 'any');
  const answer = await site.restart(node, signal);
  if (answer.ok) return restarted;
  // It is still to be done: whoever tries again goes on here.
  await site.store.put('firmwareUpdate', node.id, update, 'any');
  return { kind: 'failed', problem: answer.problems[0]! };
}

const before = ({ node }: Updating, { restarted }: FirmwareUpdate): Parameters<typeof cameBack>[0] =>
  node.system && { ...node.system, ...(restarted?.instance !== undefined && { instance: restarted.instance }) };

/** Says what changed, and how far it is in tenths. */
function teller({ say }: Updating): (standing: Standing) => void {
  let last = '';
  return ({ state, percent, says }) => {
    if (state === 'gone') return;
    const tenth = percent === undefined ? '' : ` ${Math.floor(percent / 10) * 10} %`;
    const text = `${says}${state === 'running' ? tenth : ''}`;
    if (text !== last) say(`The controller: ${text}`);
    last = text;
  };
}

const lookInto = (name: string): string => `Look at what its controller noted: prybar node events ${name}; then try again: prybar run retry`;

const refused = ({ node }: Updating, { part, to }: FirmwareUpdate, { says }: Standing): Problem =>
  problem(`The update of ${part} of ${node.name} to ${to} failed: ${says}`, { node: node.name }, lookInto(node.name));

const notTaken = ({ node }: Updating, { part, to }: FirmwareUpdate, version: string | undefined): Problem =>
  problem(
    `${node.name} was started again, and ${part} is ${version ?? 'not told'} instead of ${to}.`,
    { node: node.name },
    `Look whether the file is for this model, and whether ${to} is what its version is called. ${lookInto(node.name)}`,
  );

const notEnding = ({ node }: Updating, { part, to }: FirmwareUpdate, standing: Standing | undefined): Problem =>
  problem(
    `The update of ${part} of ${node.name} to ${to} has not ended${standing ? `: ${standing.says}` : ', and its controller does not answer'}.`,
    { node: node.name },
    `Look at its console: prybar node console ${node.name}`,
  );
