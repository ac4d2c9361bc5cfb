// What roles may have the admin node do to a machine's hardware: one list of acts by name, each in a file of its own. This runs them one
// after another and tells what they did in the way that recipes do.

import type { ActOnHardware } from '../model/act.ts';
import { problem } from '../model/problem.ts';
import { checkAgainst, withDefaults } from '../schema.ts';
import { baselineAct } from './act-baseline.ts';
import { biosAct } from './act-bios.ts';
import { firmwareAct } from './act-firmware.ts';
import { volumesAct } from './act-volumes.ts';
import type { Ended, HardwareAct, Site } from './act.ts';

export const hardwareActs: Readonly<Record<string, HardwareAct>> = {
  'hardware-baseline': baselineAct,
  'bios-settings': biosAct,
  'storage-volumes': volumesAct,
  'firmware-versions': firmwareAct,
};

/** Acts as a role gives them, run against the machine's controller. */
export function openActs(site: Site): ActOnHardware {
  return async ({ node, acts, mode, onEvent, signal }) => {
    const outputs: Record<string, unknown> = {};
    let changed = 0;
    for (const [position, { kind, given, where }] of acts.entries()) {
      const index = position + 1;
      const known = hardwareActs[kind];
      if (!known) return { kind: 'failed', problem: problem(`No act is called ${kind}.`, where, `Known are ${Object.keys(hardwareActs).join(', ')}.`) };
      const filled = withDefaults(known.schema, given);
      const faults = checkAgainst(known.schema, filled, where);
      if (faults.length) return { kind: 'failed', problem: faults[0]! };
      const begun = Date.now();
      onEvent({ kind: 'begin', index, name: known.title });
      const say = (text: string): void => onEvent({ kind: 'log', text, index });
      const ended = await known.run({ site, node, given: filled as never, mode, say, signal });
      const result = resultOf(ended);
      const seconds = Math.round((Date.now() - begun) / 100) / 10;
      const reason = reasonOf(ended);
      onEvent({
        kind: 'end',
        index,
        name: known.title,
        result,
        seconds,
        ...('diff' in ended && ended.diff && { diff: ended.diff }),
        ...(reason && { reason }),
      });
      if (ended.kind === 'failed' || ended.kind === 'notYet') return ended;
      if (result === 'changed') changed++;
      Object.assign(outputs, ended.outputs);
    }
    onEvent({ kind: 'output', values: outputs });
    return { kind: 'done', outputs, changed };
  };
}

function resultOf(ended: Ended): 'ok' | 'changed' | 'failed' | 'skipped' {
  if (ended.kind === 'done') return ended.diff ? 'changed' : 'ok';
  return ended.kind === 'skipped' ? 'skipped' : 'failed';
}

function reasonOf(ended: Ended): string | undefined {
  if (ended.kind === 'failed') return ended.problem.summary;
  return ended.kind === 'done' ? undefined : ended.reason;
}
