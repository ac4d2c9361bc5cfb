// Holds a machine against what was accepted of it. What its controller says is read anew and kept; what discovery reported is known.

import { type Static, Type } from 'typebox';
import { type Baseline, baselineFor, differencesBetween, differenceText, hardwareOf, type HardwareReading, partKinds } from '../model/baseline.ts';
import { problem } from '../model/problem.ts';
import type { Node } from '../model/node.ts';
import { type Doing, type Ended, failed, type HardwareAct, type Site } from './act.ts';
import { biosSettingsIn } from './bios-settings.ts';
import { keepFirmware } from './kept-firmware.ts';
import { componentsIn, versionsIn } from './redfish-firmware.ts';

const given = Type.Object(
  {
    compare: Type.Array(Type.Enum([...partKinds]), { description: 'What is compared.' }),
    ignore: Type.Array(Type.String({ minLength: 1 }), { default: [], description: 'Parts that are left out, by name or beginning.' }),
    acceptFirst: Type.Boolean({ default: true, description: 'What is seen first is accepted.' }),
    blocks: Type.Boolean({ default: false, description: 'Whether a difference is a failure.' }),
  },
  { additionalProperties: false },
);
type Given = Static<typeof given>;

export const baselineAct: HardwareAct<Given> = { title: 'the hardware against what was accepted', schema: given, run };

async function run(doing: Doing<Given>): Promise<Ended> {
  const {
    site,
    node,
    given: { compare, ignore, acceptFirst, blocks },
    mode,
    say,
  } = doing;
  const { store } = site;
  if (!node.inventory) return { kind: 'skipped', reason: `${node.name} was never discovered, so that nobody knows what it is made of` };
  const reading = await readHardware(doing);
  const hardware = hardwareOf(node.inventory, reading);
  const accepted = baselineFor(node, byId(await store.list('baseline')));
  if (!accepted && (!acceptFirst || mode === 'check')) {
    const reason = `nothing was accepted of ${node.name} yet`;
    const next = `Look at it, and accept it: prybar node baseline ${node.name} --accept`;
    return blocks && mode === 'apply'
      ? failed(problem(`${reason[0]!.toUpperCase()}${reason.slice(1)}.`, { node: node.name }, next))
      : { kind: 'skipped', reason };
  }
  if (!accepted) {
    const first: Baseline = { id: node.id, scope: 'node', nodeName: node.name, at: site.now(), hardware };
    await store.put('baseline', node.id, first, 'any');
    say('What was seen first is accepted from now on.');
    return { kind: 'done', outputs: { differences: [] } };
  }
  const differences = differencesBetween(accepted, hardware, { kinds: compare, ignore }).map(differenceText);
  for (const text of differences) say(text);
  if (!differences.length) return { kind: 'done', outputs: { differences } };
  // To a round that looks whether all is still so, a difference is what has changed.
  if (mode === 'check') return { kind: 'done', diff: differences.map((text) => `+ ${text}`).join('\n') };
  if (!blocks) return { kind: 'done', outputs: { differences } };
  return failed({
    ...problem(
      `The hardware of ${node.name} is not what was accepted: ${differences.slice(0, 3).join('; ')}${differences.length > 3 ? `; and ${differences.length - 3} more` : ''}.`,
      { node: node.name },
      `Put it right and start it again, or accept it as it is: prybar node baseline ${node.name} --accept`,
    ),
    detail: differences.join('\n'),
  });
}

const byId = (all: readonly Baseline[]): ((id: string) => Baseline | undefined) => {
  const map = new Map(all.map((baseline) => [baseline.id, baseline]));
  return (id) => map.get(id);
};

/** What its controller tells of it now, kept for those who look later; what it told before where it does not answer. */
async function readHardware({ site, node, given: { compare, ignore }, say }: Doing<Given>): Promise<HardwareReading> {
  const { store } = site;
  const { firmware, settings } = (await askController(site, node, say)) ?? (await store.get('hardwareReading', node.id)) ?? {};
  const comparison = { kinds: compare, ignore };
  const reading = { nodeId: node.id, at: site.now(), ...(firmware && { firmware }), ...(settings && { settings }), comparison };
  await store.put('hardwareReading', node.id, reading, 'any');
  return reading;
}

async function askController(site: Site, node: Node, say: (text: string) => void): Promise<Pick<HardwareReading, 'firmware' | 'settings'> | undefined> {
  const bmc = await site.bmc(node);
  if (!bmc.ok || !bmc.value.redfish) {
    say(bmc.ok ? 'Its controller speaks IPMI only, which tells neither settings nor versions.' : `Its controller was not asked: ${bmc.problems[0]!.summary}`);
    return undefined;
  }
  const told = await bmc.value.redfish(async (service, system) => ({
    components: await componentsIn(service),
    settings: await biosSettingsIn(service, system),
  }));
  if (!told.ok) {
    say(`Its controller does not tell: ${told.problems[0]!.summary}`);
    return undefined;
  }
  const { components, settings } = told.value;
  if (components.length) await keepFirmware(site.store, node, { components, readAt: site.now() });
  return {
    ...(components.length && { firmware: versionsIn(components) }),
    ...(settings && { settings: Object.fromEntries([...settings.current].map(([name, value]) => [name, String(value)])) }),
  };
}
