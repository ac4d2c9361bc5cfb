// Holds the versions of a machine's firmware against those that are accepted, and where it may, brings parts to the files that were named for them: one
// after another, each read again afterwards. How one update goes is firmware-update.ts'.

import { type Static, Type } from 'typebox';
import { differenceInWords, type FirmwarePart, firmwareParts, type FirmwareRule, type Judged, judgeFirmware, whyNotBrought } from '../model/firmware.ts';
import { type Problem, problem } from '../model/problem.ts';
import { type Doing, type Ended, failed, type HardwareAct } from './act.ts';
import { beginUpdate, findAgain, followUpdate, type UpdateEnd, type Updating } from './firmware-update.ts';
import { keepFirmware } from './kept-firmware.ts';
import type { Bmc } from './power.ts';
import { type Component, componentsIn } from './redfish-firmware.ts';

const Pattern = Type.String({ minLength: 1, maxLength: 200 });
const given = Type.Object(
  {
    components: Type.Array(
      Type.Object(
        {
          vendor: Type.Optional(Pattern),
          product: Type.Optional(Pattern),
          component: Pattern,
          accept: Type.Array(Pattern, { default: [] }),
          bring: Type.Optional(
            Type.Object(
              {
                version: Pattern,
                sha256: Type.String({ pattern: '^[0-9a-f]{64}$' }),
                downgrade: Type.Optional(Type.Boolean()),
                way: Type.Optional(Type.Unsafe<'auto' | 'push' | 'pull'>({ enum: ['auto', 'push', 'pull'] })),
                oem: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
              },
              { additionalProperties: false },
            ),
          ),
        },
        { additionalProperties: false },
      ),
      { description: 'The first that speaks of a part counts.' },
    ),
    update: Type.Boolean({ default: false, description: 'Whether parts are brought to the files that are named for them.' }),
    blocks: Type.Boolean({ default: false, description: 'Whether a version that is not accepted is a failure.' }),
    restart: Type.Unsafe<'live' | 'always'>({
      enum: ['live', 'always'],
      default: 'live',
      description: 'Whether machines with an installed system are restarted, too.',
    }),
  },
  { additionalProperties: false },
);
type Given = Omit<Static<typeof given>, 'components'> & { components: FirmwareRule[] };

export const firmwareAct: HardwareAct<Given> = { title: 'the versions of the firmware', schema: given, run };

async function run(doing: Doing<Given>): Promise<Ended> {
  const { site, node, given: wish, mode, say } = doing;
  if (!node.inventory) return { kind: 'skipped', reason: `${node.name} was never discovered, so that nobody knows what it is made of`, outputs: nothing };
  const bmc = await site.bmc(node);
  const speaks = bmc.ok && bmc.value.redfish ? (bmc.value as WithRedfish) : undefined;
  if (!speaks)
    say(bmc.ok ? 'Its controller speaks IPMI only, which tells no versions and takes none.' : `Its controller was not asked: ${bmc.problems[0]!.summary}`);

  const dealt: Dealt = { updated: new Map(), left: new Map() };
  if (speaks && mode === 'apply' && wish.update) {
    const goesOn = await goOn(doing, speaks, dealt);
    if (goesOn) return goesOn;
  }
  for (;;) {
    const read = await readParts(doing, speaks);
    const judged = judgeFirmware(read.parts, node.inventory, wish.components);
    if (mode === 'check') return foresee(doing, judged);
    const next = speaks && wish.update ? nextOf(judged, wish.components, dealt) : undefined;
    if (!speaks || !next) return conclude(doing, judged, dealt, read.silent);
    const component = read.components.find(({ name }) => name === next.name);
    const why = whyNotBrought(next, next.rule.bring) ?? (component ? undefined : `${next.name}: its controller does not tell it now`);
    if (why !== undefined) {
      dealt.left.set(next.name, why);
      continue;
    }
    const end = await bring(updatingOf(doing, speaks), component!, next);
    if (end.kind === 'left') dealt.left.set(next.name, end.reason);
    else if (end.kind === 'done') dealt.updated.set(next.name, `${next.name} ${next.version} → ${next.rule.bring.version}`);
    else return ending(end);
  }
}

type WithRedfish = Bmc & Required<Pick<Bmc, 'redfish'>>;
type ToBring = Judged & { rule: FirmwareRule & Required<Pick<FirmwareRule, 'bring'>> };

/** Parts by name: what was done to them in this attempt, or why nothing was. */
type Dealt = { updated: Map<string, string>; left: Map<string, string> };

const nothing = { differences: [], updated: [], left: [] };

/** In the order of the rules: what others need first, as the controller itself, is named first. */
function nextOf(judged: readonly Judged[], rules: readonly FirmwareRule[], { updated, left }: Dealt): ToBring | undefined {
  const open = judged.filter(
    (one): one is ToBring => one.verdict === 'differs' && one.rule?.bring !== undefined && !updated.has(one.name) && !left.has(one.name),
  );
  return open.toSorted((a, b) => rules.indexOf(a.rule) - rules.indexOf(b.rule))[0];
}

const updatingOf = ({ site, node, say, signal, given: { restart } }: Doing<Given>, bmc: WithRedfish): Updating => ({
  site,
  node,
  say,
  signal,
  bmc,
  mayRestart: node.system?.kind === 'live' || restart === 'always',
});

const ending = (end: Extract<UpdateEnd, { kind: 'failed' | 'notYet' }>): Ended => (end.kind === 'failed' ? end : { ...end, retryAfterMs: RETRY_MS });
const RETRY_MS = 60_000;

/** What was begun by an attempt before this one. */
async function goOn(doing: Doing<Given>, bmc: WithRedfish, { updated }: Dealt): Promise<Ended | undefined> {
  const open = await doing.site.store.get('firmwareUpdate', doing.node.id);
  if (!open) return undefined;
  const updating = updatingOf(doing, bmc);
  const { revision: _, ...before } = open;
  const found = await findAgain(updating, before);
  if (!found.ok) return failed(found.problems[0]!);
  if (!found.value) return undefined;
  const end = await followUpdate(updating, found.value);
  if (end.kind === 'failed' || end.kind === 'notYet') return ending(end);
  updated.set(open.part, `${open.part} ${open.from} → ${open.to}`);
  return undefined;
}

async function bring(updating: Updating, component: Component, { rule }: ToBring): Promise<UpdateEnd> {
  const begun = await beginUpdate(updating, component, rule.bring);
  if ('kind' in begun) return begun;
  return followUpdate(updating, begun);
}

type Read = { parts: FirmwarePart[]; components: Component[] /** It should have told and did not. */; silent?: Problem };

async function readParts({ site, node, given: { components: rules }, say }: Doing<Given>, bmc: WithRedfish | undefined): Promise<Read> {
  const told = bmc && (await bmc.redfish(componentsIn));
  if (told && !told.ok) say(`Its controller does not tell: ${told.problems[0]!.summary}`);
  const kept = await keepFirmware(site.store, node, { ...(told?.ok && { components: told.value, readAt: site.now() }), rules });
  return { parts: firmwareParts(node.inventory, kept), components: told?.ok ? told.value : [], ...(told && !told.ok && { silent: told.problems[0]! }) };
}

/** What a preview and a look for drift show. */
function foresee({ node, given: { update, restart }, say }: Doing<Given>, judged: readonly Judged[]): Ended {
  const lines: string[] = [];
  for (const one of judged.filter(({ verdict }) => verdict === 'differs')) {
    const to = update ? one.rule?.bring : undefined;
    const why = to && whyNotBrought(one, to);
    if (to && why === undefined) lines.push(`- ${one.name}: ${one.version}`, `+ ${one.name}: ${to.version}`);
    else lines.push(`+ ${differenceInWords(one)}`);
    if (why !== undefined) say(`Not updated, ${why}.`);
  }
  const brings = lines.some((line) => line.startsWith('-'));
  if (brings && node.system?.kind !== 'live' && restart === 'live') say('It would come into force when the machine starts the next time.');
  else if (brings) say(`${node.name} would be restarted for it, where its controller asks for that.`);
  return { kind: 'done', ...(lines.length && { diff: lines.join('\n') }) };
}

function conclude({ node, given: { blocks, update }, say }: Doing<Given>, judged: readonly Judged[], dealt: Dealt, silent: Problem | undefined): Ended {
  const differences = judged.filter(({ verdict }) => verdict === 'differs').map(differenceInWords);
  const outputs = { differences, updated: [...dealt.updated.values()], left: [...dealt.left.values()] };
  for (const text of differences) say(text);
  for (const text of outputs.left) say(`Not updated, ${text}.`);
  // Whoever wanted updates does not take an old reading for their end.
  if (update && silent) return failed(silent);
  if (differences.length && blocks)
    return failed({
      ...problem(
        `The firmware of ${node.name} is not what is accepted: ${differences.slice(0, 3).join('; ')}${differences.length > 3 ? `; and ${differences.length - 3} more` : ''}.`,
        { node: node.name },
        'Bring it there (role firmware-update), or accept it in the proposal of firmware.',
      ),
      detail: [...differences, ...outputs.left].join('\n'),
    });
  return { kind: 'done', ...(outputs.updated.length && { diff: outputs.updated.map((text) => `+ ${text}`).join('\n') }), outputs };
}
