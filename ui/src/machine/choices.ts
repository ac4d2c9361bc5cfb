// What can be done to a machine, in what words, and why not yet: one list for its menu and for the palette. Pure.

import type { NodeView, RouteName } from '../../../core/api/contract.ts';
import type { PowerAction } from './losses.ts';

export type Choice = 'on' | 'status' | PowerAction | 'maintenance' | 'rename' | 'install' | 'rescue' | 'capture' | 'replace' | 'retire' | 'stay' | 'forget';
export const choiceWords: Record<Choice, string> = {
  on: 'Switch on',
  status: 'Ask the BMC',
  off: 'Switch off',
  cycle: 'Power-cycle',
  maintenance: 'Put into maintenance',
  rename: 'Name and pool',
  install: 'Install',
  rescue: 'Start for rescue',
  capture: 'Make an image of it',
  replace: 'Replace by a spare',
  retire: 'Retire',
  stay: 'Keep it after all',
  forget: 'Forget',
};

/** By which it is done: who may not use it is not offered it. */
const routes: Record<Choice, RouteName> = {
  on: 'POST /nodes/:id/power',
  status: 'POST /nodes/:id/power',
  off: 'POST /nodes/:id/power',
  cycle: 'POST /nodes/:id/power',
  maintenance: 'PATCH /nodes/:id',
  rename: 'PATCH /nodes/:id',
  install: 'POST /nodes/:id/install',
  rescue: 'POST /nodes/:id/rescue',
  capture: 'POST /nodes/:id/capture',
  replace: 'POST /nodes/:id/replace',
  retire: 'POST /nodes/:id/retire',
  stay: 'POST /nodes/:id/stay',
  forget: 'DELETE /nodes/:id',
};

export type Offer = { kind: Choice; word: string; about?: string; disabled: boolean; danger: boolean };

/** In rescue, and not merely discovered. */
export const inRescue = (node: NodeView): boolean => node.maintenance === true && node.system?.kind === 'live' && node.installation !== undefined;

/** In groups that belong together, for who `may` use these routes. */
export function choicesFor(node: NodeView, may: (act: RouteName) => boolean): Offer[][] {
  const local = node.id === 'admin';
  const mayLeave = node.approved && !local;
  const offer = (kind: Choice, disabled: boolean, about?: string | false, word = choiceWords[kind]): Offer => ({
    kind,
    // Those that ask something first say so.
    word: kind === 'on' || kind === 'status' ? word : `${word}…`,
    ...(about && { about }),
    disabled,
    danger: kind === 'forget' || kind === 'retire',
  });
  const groups = [
    [
      offer('on', local, !node.bmc && !node.wakesOnLan && 'No BMC of it is known: somebody will be asked to do it.'),
      offer('cycle', local),
      offer('off', local),
      offer('status', !node.bmc),
    ],
    [offer('maintenance', !node.approved, false, node.maintenance ? 'Take out of maintenance' : undefined), offer('rename', !node.approved || local)],
    [
      offer('install', !mayLeave, false, node.installation ? 'Install anew' : undefined),
      offer(
        'rescue',
        !node.installation || (node.system?.kind === 'live' && !inRescue(node)),
        !node.installation && 'Only what is installed is started from something else.',
        inRescue(node) ? 'End the rescue' : undefined,
      ),
      offer(
        'capture',
        !node.capture && (!mayLeave || !node.installation || node.leaving !== undefined),
        !node.installation && 'Only of what is installed an image can be made.',
        node.capture ? 'Call off its image' : undefined,
      ),
    ],
    [
      offer('replace', !mayLeave || node.contact === 'up', node.contact === 'up' && 'Only a machine that no longer answers is replaced.'),
      node.leaving ? offer('stay', false) : offer('retire', !mayLeave),
      offer('forget', local, local && 'The admin node cannot forget itself.'),
    ],
  ];
  return groups.map((group) => group.filter(({ kind }) => may(routes[kind]))).filter((group) => group.length > 0);
}
