// Brings the volumes of a machine's storage controllers to what a policy says. A volume erases the drives that it takes, and deleting one what is on it:
// neither is done on a machine that was not named for it.

import { setTimeout as sleep } from 'node:timers/promises';
import { type Static, Type } from 'typebox';
import { bad, type Checked, ok, problem } from '../model/problem.ts';
import { type Doing, type Ended, failed, type HardwareAct } from './act.ts';
import type { Bmc } from './power.ts';
import { type Controller, controllersIn, createVolume, type Drive, type Volume } from './redfish-storage.ts';

const given = Type.Object(
  {
    policy: Type.String({ description: 'Its name, for people.' }),
    volumes: Type.Array(
      Type.Object(
        {
          name: Type.String({ pattern: '^[A-Za-z0-9_-]{1,15}$', description: 'What the controller calls it.' }),
          raid: Type.String({ pattern: '^RAID(0|1|5|6|10|50|60)$', description: 'As Redfish calls it.' }),
          drives: Type.Union([Type.Integer({ minimum: 1 }), Type.Literal('rest')], { description: 'How many, or all that are left.' }),
          kind: Type.Unsafe<'any' | 'ssd' | 'hdd'>({ enum: ['any', 'ssd', 'hdd'], default: 'any', description: 'Of which kind.' }),
        },
        { additionalProperties: false },
      ),
      { description: 'In this order, each of the smallest drives that are left. None: every drive by itself.' },
    ),
    mayErase: Type.Array(Type.String(), { default: [], description: 'Machines whose drives may be erased for it.' }),
  },
  { additionalProperties: false },
);
type Given = Static<typeof given>;
type Wanted = Given['volumes'][number];

export const volumesAct: HardwareAct<Given> = { title: 'the volumes of the storage controllers', schema: given, run };

export type VolumePlan = { remove: Volume[]; create: { wanted: Wanted; drives: Drive[] }[] };

/** The fewest drives that a volume of the kind is made of. */
const least: Record<string, number> = { RAID0: 1, RAID1: 2, RAID5: 3, RAID6: 4, RAID10: 4, RAID50: 6, RAID60: 8 };

/** What is to be deleted and made on one controller. Problems: it cannot make what is wanted. Pure. */
export function planVolumes({ name, raidTypes, drives, volumes }: Controller, wish: readonly Wanted[]): Checked<VolumePlan> {
  const fits = (drive: Drive, { kind }: Wanted): boolean => drive.usable && (kind === 'any' || drive.kind === kind);
  const kept = new Set<Volume>();
  const taken = new Set<string>();
  const missing: Wanted[] = [];
  for (const wanted of wish) {
    if (!raidTypes.includes(wanted.raid))
      return bad(problem(`${name} cannot make ${wanted.raid}; it can make ${raidTypes.join(', ')}.`, {}, 'Choose another policy.'));
    const left = drives.filter((drive) => fits(drive, wanted) && !taken.has(drive.path)).length;
    const count = wanted.drives === 'rest' ? allOf(wanted, left) : wanted.drives;
    const made = volumes.find((volume) => !kept.has(volume) && volume.raid === wanted.raid && volume.drives.length === count && count > 0);
    if (made) {
      kept.add(made);
      for (const path of made.drives) taken.add(path);
    } else missing.push(wanted);
  }
  const create: VolumePlan['create'] = [];
  for (const wanted of missing) {
    const free = drives.filter((drive) => fits(drive, wanted) && !taken.has(drive.path)).toSorted((a, b) => a.size - b.size || (a.name < b.name ? -1 : 1));
    const chosen = free.slice(0, wanted.drives === 'rest' ? allOf(wanted, free.length) : wanted.drives);
    const need = Math.max(least[wanted.raid] ?? 1, wanted.drives === 'rest' ? 1 : wanted.drives);
    if (chosen.length < need)
      return bad(
        problem(
          `${name} has ${free.length} drives for the volume ${wanted.name} (${wanted.raid}), which needs ${need}.`,
          {},
          'Choose another policy, or look for drives that failed.',
        ),
      );
    for (const { path } of chosen) taken.add(path);
    create.push({ wanted, drives: chosen });
  }
  // Where everything is to be by itself nothing may stay; else only what is in the way goes.
  const inTheWay = ({ drives: its }: Volume): boolean => !wish.length || create.some(({ drives: chosen }) => chosen.some(({ path }) => its.includes(path)));
  return ok({ remove: volumes.filter((volume) => !kept.has(volume) && inTheWay(volume)), create });
}

/** Mirrors are made of pairs: one drive that is left over stays by itself. */
const allOf = ({ raid }: Wanted, count: number): number => (raid === 'RAID10' ? count - (count % 2) : count);

const gb = (bytes: number): string => `${Math.round(bytes / 1e9)} GB`;

async function run(doing: Doing<Given>): Promise<Ended> {
  const { site, node, given: wish, mode, say, signal } = doing;
  const bmc = await site.bmc(node);
  if (!bmc.ok) return node.inventory?.bmc ? failed(bmc.problems[0]!) : skipped(`no controller of ${node.name} is known: ${bmc.problems[0]!.summary}`);
  if (!bmc.value.redfish) return skipped(`the board controller of ${node.name} speaks IPMI only, which has no way to volumes`);
  const read = await bmc.value.redfish(controllersIn);
  if (!read.ok) return failed(read.problems[0]!);
  // The one with the most drives is meant: others hold what the machine starts from, or nothing.
  const [controller, ...others] = read.value.toSorted((a, b) => b.drives.length - a.drives.length);
  if (!controller) return skipped(`${node.name} has no storage controller that makes volumes; the layout of os-install mirrors disks without one`);
  for (const other of others) say(`${other.name} is left as it is.`);

  const plan = planVolumes(controller, wish.volumes);
  if (!plan.ok) return failed(plan.problems[0]!);
  const { remove, create } = plan.value;
  const lines = [
    ...remove.map(({ name, raid, size, drives }) => `- ${name}: ${raid} of ${drives.length} drives, ${gb(size)}`),
    ...create.map(({ wanted, drives }) => `+ ${wanted.name}: ${wanted.raid} of ${drives.map(({ name, size }) => `${name} (${gb(size)})`).join(', ')}`),
  ];
  if (!lines.length) return { kind: 'done', outputs: { volumes: controller.volumes.map(inWords) } };
  const diff = lines.join('\n');
  if (mode === 'check') return { kind: 'done', diff };
  if (!wish.mayErase.includes(node.name) && !wish.mayErase.includes('*')) {
    const summary = `On ${node.name} drives would be erased: ${lines.map((line) => line.slice(2)).join('; ')}.`;
    return failed({ ...problem(summary, { node: node.name }, `If nothing on them is needed, name ${node.name} under mayErase.`), detail: diff });
  }
  for (const volume of remove) {
    say(`Deleting ${volume.name}.`);
    const removed = await bmc.value.redfish((service) => service.remove(volume.path));
    if (!removed.ok) return failed(removed.problems[0]!);
  }
  for (const { wanted, drives } of create) {
    say(`Making ${wanted.name}.`);
    const made = await bmc.value.redfish((service) => createVolume(service, controller, { ...wanted, drives }));
    if (!made.ok) return failed(made.problems[0]!);
  }
  // Some make volumes only when the machine starts, and its disks are other ones now in any case: discovery has to look again.
  say('The machine starts again, so that it sees its new disks.');
  const restarted = await site.restart(node, signal);
  if (!restarted.ok) return failed(restarted.problems[0]!);
  return untilMade(doing, bmc.value, controller);
}

const skipped = (reason: string): Ended => ({ kind: 'skipped', reason, outputs: { volumes: [] } });
const inWords = ({ name, raid, size }: Volume): string => `${name}: ${raid}, ${gb(size)}`;

const START_MS = 45 * 60_000;
/** Some tell a new volume a while after the machine is back. */
const LOOKS_AFTERWARDS = 12;

async function untilMade({ site, node, given: wish, signal }: Doing<Given>, bmc: Bmc, before: Controller): Promise<Ended> {
  const end = site.now() + START_MS;
  for (let looks = 0; ; ) {
    await sleep(site.pauseMs, undefined, { signal });
    const now = await site.store.get('node', node.id);
    const isBack = now?.contact === 'up' && now.system?.instance !== node.system?.instance;
    const read = await bmc.redfish!(controllersIn);
    const controller = read.ok ? read.value.find(({ volumesPath }) => volumesPath === before.volumesPath) : undefined;
    const left = controller && planVolumes(controller, wish.volumes);
    if (isBack && left?.ok && !left.value.create.length && !left.value.remove.length) {
      const volumes = controller!.volumes.map(inWords);
      return { kind: 'done', diff: volumes.map((text) => `+ ${text}`).join('\n') || '- all volumes', outputs: { volumes } };
    }
    if (isBack && ++looks > LOOKS_AFTERWARDS)
      return failed(
        problem(
          `${node.name} was restarted and does not have the volumes.`,
          { node: node.name },
          `Look at what its controller noted: prybar node events ${node.name}`,
        ),
      );
    if (site.now() > end)
      return failed(
        problem(
          `${node.name} was restarted for its volumes and has not come back.`,
          { node: node.name },
          `Look at its console: prybar node console ${node.name}`,
        ),
      );
  }
}
