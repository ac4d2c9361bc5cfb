// Brings the settings of a machine's firmware to what a policy says: staged over Redfish, in force after a restart, read again then. What the machine
// does not have is told; nothing is passed over in silence.

import { setTimeout as sleep } from 'node:timers/promises';
import { type Static, Type } from 'typebox';
import type { Inventory } from '../model/inventory.ts';
import { problem } from '../model/problem.ts';
import { type Doing, type Ended, failed, type HardwareAct } from './act.ts';
import { cameBack } from './came-back.ts';
import { type BiosSettings, biosSettingsIn, type SettingValue, stageSettings } from './bios-settings.ts';
import type { Bmc } from './power.ts';

const Name = Type.Object(
  {
    attributes: Type.Array(Type.String({ minLength: 1 }), {
      minItems: 1,
      description: 'What the vendor calls it, also as its setup shows it; the first that the machine has counts.',
    }),
    values: Type.Record(Type.String(), Type.Array(Type.String(), { minItems: 1 }), {
      description: 'Our word for a value → what the vendor writes; the first that the machine takes.',
    }),
  },
  { additionalProperties: false },
);
const given = Type.Object(
  {
    policy: Type.String({ description: 'Its name, for people.' }),
    settings: Type.Record(Type.String(), Type.String(), { description: 'Setting → value, in our words.' }),
    names: Type.Array(
      Type.Object(
        {
          vendor: Type.String({ minLength: 2, description: 'How the SMBIOS system manufacturer begins, in any case.' }),
          settings: Type.Record(Type.String(), Name),
        },
        { additionalProperties: false },
      ),
      { description: 'What vendors call settings; of several that fit the last counts.' },
    ),
    attributes: Type.Record(Type.String(), Type.Union([Type.String(), Type.Number(), Type.Boolean()]), {
      default: {},
      description: 'Attributes by the names of the vendor, on top of the policy.',
    }),
    restart: Type.Unsafe<'live' | 'always'>({
      enum: ['live', 'always'],
      default: 'live',
      description: 'Whether machines with an installed system are restarted, too.',
    }),
  },
  { additionalProperties: false },
);
type Given = Static<typeof given>;

export const biosAct: HardwareAct<Given> = { title: 'the settings of the firmware', schema: given, run };

export type SettingChange = { attribute: string; from: SettingValue; to: SettingValue };
export type Settling = { changes: SettingChange[]; unsupported: string[] };

/** What is to be set, and what cannot be. Pure. */
export function settle(
  bios: Pick<BiosSettings, 'current' | 'known'>,
  machine: Pick<Inventory, 'vendor'> | undefined,
  wish: Pick<Given, 'settings' | 'names' | 'attributes'>,
): Settling {
  const { current, known } = bios;
  const vendor = machine?.vendor ?? 'an unknown vendor';
  const names = Object.assign(
    {},
    ...wish.names.filter((row) => vendor.toLowerCase().startsWith(row.vendor.toLowerCase())).map((row) => row.settings),
  ) as Record<string, Static<typeof Name>>;
  const found: Settling = { changes: [], unsupported: [] };
  const set = (what: string, attribute: string, candidates: readonly SettingValue[]): void => {
    const from = current.get(attribute)!;
    if (candidates.some((value) => String(value) === String(from))) return;
    const { values = [], readOnly = false } = known.get(attribute) ?? {};
    const to = candidates.find((value) => !values.length || values.includes(String(value)));
    if (readOnly) found.unsupported.push(`${what}: the machine does not let ${attribute} be set`);
    else if (to === undefined) found.unsupported.push(`${what}: ${attribute} takes ${values.join(', ')} and not ${candidates.join(' or ')}`);
    // Numbers and switches stay what they are.
    else found.changes.push({ attribute, from, to: typeof from === 'number' ? Number(to) : typeof from === 'boolean' ? String(to) === 'true' : to });
  };
  for (const [setting, value] of Object.entries(wish.settings)) {
    const name = names[setting];
    const attribute = name?.attributes.map((called) => attributeCalled(called, bios)).find((one) => one !== undefined);
    const candidates = name?.values[value];
    if (!name) found.unsupported.push(`${setting}: nothing says what ${vendor} calls it`);
    else if (!attribute) found.unsupported.push(`${setting}: the machine has none of ${name.attributes.join(', ')}`);
    else if (!candidates) found.unsupported.push(`${setting}: nothing says what ${vendor} writes for "${value}"`);
    else set(setting, attribute, candidates);
  }
  for (const [attribute, value] of Object.entries(wish.attributes)) {
    if (current.has(attribute)) set(attribute, attribute, [value]);
    else found.unsupported.push(`${attribute}: the machine has no such attribute`);
  }
  // Of one attribute that is wanted twice, what was named last counts.
  return { ...found, changes: [...new Map(found.changes.map((change) => [change.attribute, change])).values()] };
}

/** Some put a number behind each name that differs from board to board (Supermicro), and what their setup shows stays. */
function attributeCalled(called: string, { current, known }: Pick<BiosSettings, 'current' | 'known'>): string | undefined {
  if (current.has(called)) return called;
  return [...current.keys()].find((attribute) => attribute.split('#')[0] === called || known.get(attribute)?.shown === called);
}

async function run(doing: Doing<Given>): Promise<Ended> {
  const { site, node, given: wish, mode, say, signal } = doing;
  const bmc = await site.bmc(node);
  if (!bmc.ok) return node.inventory?.bmc ? failed(bmc.problems[0]!) : skipped(`no controller of ${node.name} is known: ${bmc.problems[0]!.summary}`);
  if (!bmc.value.redfish) return skipped(`the controller of ${node.name} speaks IPMI only, which has no way to the settings of the firmware`);
  const read = await readSettings(bmc.value, true);
  if (!read.ok) return failed(read.problems[0]!);
  const bios = read.value;
  if (!bios) return skipped(`the controller of ${node.name} does not tell the settings of the firmware`);

  const { changes, unsupported } = settle(bios, node.inventory, wish);
  for (const text of unsupported) say(`Not set, ${text}.`);
  const outputs = { set: changes.map(inWords), unsupported };
  if (!changes.length) return { kind: 'done', outputs };
  const diff = changes.flatMap(({ attribute, from, to }) => [`- ${attribute}: ${from}`, `+ ${attribute}: ${to}`]).join('\n');
  const restarts = node.system?.kind === 'live' || wish.restart === 'always';
  if (mode === 'check') {
    say(restarts ? `${node.name} would be restarted for it.` : 'It would come into force when the machine starts the next time.');
    return { kind: 'done', diff };
  }
  if (changes.some(({ attribute, to }) => String(bios.staged.get(attribute)) !== String(to))) {
    const staged = await bmc.value.redfish((service) => stageSettings(service, bios, new Map(changes.map(({ attribute, to }) => [attribute, to]))));
    if (!staged.ok) return failed(staged.problems[0]!);
    say(`Staged for the next start: ${outputs.set.join(', ')}.`);
  }
  if (!restarts) return { kind: 'notYet', reason: `the settings are staged, and come into force when ${node.name} starts the next time`, retryAfterMs: 60_000 };
  say('The machine starts again for it.');
  const begun = site.now();
  const restarted = await site.restart(node, signal);
  if (!restarted.ok) return failed(restarted.problems[0]!);
  const wrong = await untilInForce(doing, bmc.value, changes, begun);
  return wrong ? failed(wrong) : { kind: 'done', diff, outputs };
}

const skipped = (reason: string): Ended => ({ kind: 'skipped', reason, outputs: { set: [], unsupported: [] } });
const inWords = ({ attribute, from, to }: SettingChange): string => `${attribute} ${from} → ${to}`;

const readSettings = (bmc: Bmc, registry: boolean) => bmc.redfish!((service, system) => biosSettingsIn(service, system, { registry }));

// Firmware of large servers takes many minutes, and some start twice when settings change.
const START_MS = 45 * 60_000;
/** Controllers tell new values a while after the machine is back. */
const LOOKS_AFTERWARDS = 12;

/** Undefined when all is in force and the machine is back. */
async function untilInForce({ site, node, signal }: Doing<Given>, bmc: Bmc, changes: SettingChange[], begun: number) {
  const end = site.now() + START_MS;
  for (let looks = 0; ; ) {
    await sleep(site.pauseMs, undefined, { signal });
    const now = await site.store.get('node', node.id);
    const isBack = now !== undefined && cameBack(node.system, now, begun);
    // Controllers may fall silent while the machine starts.
    const read = await readSettings(bmc, false);
    const left = read.ok && read.value ? changes.filter(({ attribute, to }) => String(read.value!.current.get(attribute)) !== String(to)) : changes;
    if (isBack && !left.length) return undefined;
    if (isBack && ++looks > LOOKS_AFTERWARDS) {
      const which = left.map(({ attribute, to }) => `${attribute} ${to}`).join(', ');
      return problem(
        `${node.name} was restarted and has not taken: ${which}.`,
        { node: node.name },
        'Look into its setup: one setting may exclude another, or a password may lock it.',
      );
    }
    if (site.now() > end)
      return problem(
        `${node.name} was restarted for its settings and has not come back.`,
        { node: node.name },
        `Look at its console: prybar node console ${node.name}`,
      );
  }
}
