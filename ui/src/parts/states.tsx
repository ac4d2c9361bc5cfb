// What each state of a node-role and of a machine is called, means and looks like: one table each, used by every label, chip, bar and legend.
// Each state has a colour and a shape of its own, so that neither is needed to tell two apart.

import { Label, Tooltip } from '@patternfly/react-core';
import CheckCircleIcon from '@patternfly/react-icons/dist/esm/icons/check-circle-icon';
import ExclamationCircleIcon from '@patternfly/react-icons/dist/esm/icons/exclamation-circle-icon';
import ExclamationTriangleIcon from '@patternfly/react-icons/dist/esm/icons/exclamation-triangle-icon';
import HeartBrokenIcon from '@patternfly/react-icons/dist/esm/icons/heart-broken-icon';
import HeartbeatIcon from '@patternfly/react-icons/dist/esm/icons/heartbeat-icon';
import HistoryIcon from '@patternfly/react-icons/dist/esm/icons/history-icon';
import LockIcon from '@patternfly/react-icons/dist/esm/icons/lock-icon';
import NotEqualIcon from '@patternfly/react-icons/dist/esm/icons/not-equal-icon';
import OutlinedClockIcon from '@patternfly/react-icons/dist/esm/icons/outlined-clock-icon';
import OutlinedPlayCircleIcon from '@patternfly/react-icons/dist/esm/icons/outlined-play-circle-icon';
import PauseCircleIcon from '@patternfly/react-icons/dist/esm/icons/pause-circle-icon';
import PlusCircleIcon from '@patternfly/react-icons/dist/esm/icons/plus-circle-icon';
import PowerOffIcon from '@patternfly/react-icons/dist/esm/icons/power-off-icon';
import SignOutAltIcon from '@patternfly/react-icons/dist/esm/icons/sign-out-alt-icon';
import SyncAltIcon from '@patternfly/react-icons/dist/esm/icons/sync-alt-icon';
import UnlinkIcon from '@patternfly/react-icons/dist/esm/icons/unlink-icon';
import WrenchIcon from '@patternfly/react-icons/dist/esm/icons/wrench-icon';
import type { ComponentType } from 'react';
import type { NodeRoleState, NodeRoleView } from '../../../core/model/plan.ts';
import { type NodeCondition, nodeRoleStates } from './conditions.ts';
import { intoMain } from './into-main.ts';
import './states.css';

type LabelColour = 'blue' | 'teal' | 'green' | 'orange' | 'purple' | 'red' | 'grey' | 'yellow';
export type Meaning = { word: string; means: string; colour: LabelColour; icon: ComponentType };

export const nodeRoleMeanings: Record<NodeRoleState, Meaning> = {
  failed: {
    word: 'failed',
    means: 'Its latest run failed. It is not tried again until its settings change or you press Retry.',
    colour: 'red',
    icon: ExclamationCircleIcon,
  },
  outdated: {
    word: 'outdated',
    means: 'It was done with earlier settings, and doing it again could destroy something, so a person must ask for it.',
    colour: 'orange',
    icon: ExclamationTriangleIcon,
  },
  running: { word: 'running', means: 'It is being applied now.', colour: 'blue', icon: SyncAltIcon },
  runnable: { word: 'runnable', means: 'Nothing stands in its way; it starts as soon as there is a free place.', colour: 'blue', icon: OutlinedPlayCircleIcon },
  waiting: {
    word: 'waiting',
    means: 'Its latest try could not finish: something was not there yet, or the machine was not reached. It is tried again by itself.',
    colour: 'teal',
    icon: OutlinedClockIcon,
  },
  blocked: { word: 'blocked', means: 'Another node-role must be done first.', colour: 'grey', icon: LockIcon },
  held: {
    word: 'held',
    means: 'Its machine is not ready: not approved, not up, in maintenance, or without the system that the role is for. Others do not wait for it.',
    colour: 'grey',
    icon: PauseCircleIcon,
  },
  orphan: { word: 'orphan', means: 'The role was taken off this machine and is still to be undone.', colour: 'purple', icon: UnlinkIcon },
  done: { word: 'done', means: 'Its latest run succeeded with the present settings.', colour: 'green', icon: CheckCircleIcon },
};

/** What is found out about node-roles that are done. Shapes that no other state has, so that they are seen without their colour. */
export const watchMeanings: Record<'failing' | 'drifted' | 'working', Meaning> = {
  failing: { word: 'not working', means: 'It was applied, and its probes say that it does not work.', colour: 'red', icon: HeartBrokenIcon },
  drifted: {
    word: 'drifted',
    means: 'It was applied, and somebody else has changed on the machine what it had set.',
    colour: 'orange',
    icon: NotEqualIcon,
  },
  working: { word: 'working', means: 'Its probes say that it works.', colour: 'green', icon: HeartbeatIcon },
};

export const isFailing = (n: NodeRoleView): boolean => n.state === 'done' && n.health?.state === 'failing';
export const hasDrifted = (n: NodeRoleView): boolean => n.state === 'done' && (n.drift?.changed ?? 0) > 0;

/** What is most worth knowing of it. First match wins. */
export function meaningOfNodeRole(nodeRole: NodeRoleView): Meaning {
  if (isFailing(nodeRole)) return watchMeanings.failing;
  if (hasDrifted(nodeRole)) return watchMeanings.drifted;
  return nodeRoleMeanings[nodeRole.state];
}
/** For legends: every way a node-role can look. */
export const nodeRoleLegend: Meaning[] = [watchMeanings.failing, watchMeanings.drifted, ...nodeRoleStates.map((s) => nodeRoleMeanings[s])];

export const nodeMeanings: Record<NodeCondition, Meaning> = {
  new: { word: 'new', means: 'Discovered, but nobody has let it in. It gets no roles until you approve it.', colour: 'purple', icon: PlusCircleIcon },
  retiring: {
    word: 'retiring',
    means: 'It takes no roles any more: those it has are undone, its disks erased if that was asked for, and then it is forgotten.',
    colour: 'purple',
    icon: SignOutAltIcon,
  },
  silent: {
    word: 'silent',
    means: 'It was up and stopped reporting: it hung, lost its network or its power.',
    colour: 'orange',
    icon: ExclamationTriangleIcon,
  },
  maintenance: { word: 'maintenance', means: 'Set aside by a person; nothing is applied to it.', colour: 'teal', icon: WrenchIcon },
  off: { word: 'off', means: 'Switched off on purpose, or never seen running.', colour: 'grey', icon: PowerOffIcon },
  up: { word: 'up', means: 'It runs and reports.', colour: 'green', icon: CheckCircleIcon },
};
export type RunState = 'running' | 'done' | 'notYet' | 'failed' | 'lost' | 'interrupted' | 'cancelled';
export const runMeanings: Record<RunState, Meaning> = {
  running: nodeRoleMeanings.running,
  done: { ...nodeRoleMeanings.done, means: 'Every resource is as it should be.' },
  notYet: { word: 'not yet', means: 'Something it needs was not there; it is asked again after a while.', colour: 'teal', icon: OutlinedClockIcon },
  failed: { ...nodeRoleMeanings.failed, means: 'A resource could not be brought to where it should be. The Problem says which, and what to do.' },
  lost: {
    word: 'lost',
    means: 'The connection to the machine broke and nobody knows how far it came. It is done again.',
    colour: 'orange',
    icon: ExclamationTriangleIcon,
  },
  interrupted: { word: 'interrupted', means: 'The admin node stopped in the middle. It is done again.', colour: 'orange', icon: HistoryIcon },
  cancelled: { word: 'cancelled', means: 'A person stopped it.', colour: 'grey', icon: PauseCircleIcon },
};

/** Icon in the state's colour. Says nothing to a screen reader: the word stands beside it or in its button's name. */
export function StateIcon({ meaning }: { meaning: Meaning }) {
  const Icon = meaning.icon;
  return (
    <span className={`pb-state pb-state--${meaning.colour}${meaning === nodeRoleMeanings.running ? ' pb-state--turning' : ''}`} aria-hidden="true">
      <Icon />
    </span>
  );
}

/** As a label, explained by the browser alone: for where there are hundreds on a page. */
export function PlainStateLabel({ meaning, count }: { meaning: Meaning; count?: number }) {
  return (
    <Label
      isCompact
      variant={meaning === watchMeanings.failing ? 'filled' : 'outline'}
      color={meaning.colour}
      icon={<StateIcon meaning={meaning} />}
      title={meaning.means}
    >
      {count === undefined ? meaning.word : `${count} ${meaning.word}`}
    </Label>
  );
}

/** Icon and word, explained by a tooltip; the legend gives the same words to the keyboard. */
export function StateLabel({ meaning, count }: { meaning: Meaning; count?: number }) {
  return (
    <Tooltip appendTo={intoMain} content={meaning.means} entryDelay={400}>
      <Label isCompact variant={meaning === watchMeanings.failing ? 'filled' : 'outline'} color={meaning.colour} icon={<StateIcon meaning={meaning} />}>
        {count === undefined ? meaning.word : `${count} ${meaning.word}`}
      </Label>
    </Tooltip>
  );
}
