// How far it is from an empty page to the first machine that does something, read from the facts: nobody ticks anything off. Pure.

import type { Activity, NetworkView, Sighting } from '../../../core/api/contract.ts';
import type { ApprovalRule } from '../../../core/model/node.ts';
import type { NodeRoleView, PlanGroup } from '../../../core/model/plan.ts';
import { counted } from '../parts/words.ts';
import type { Machine } from '../rack/machines.ts';

/** `now`: a person has to do something; `busy`: it goes on by itself; `later`: what it needs is not there yet. */
export type StepState = 'done' | 'busy' | 'now' | 'wrong' | 'later';
export type StepId = 'serve' | 'alone' | 'rule' | 'machine' | 'install' | 'deployment';
export type Step = { id: StepId; title: string; state: StepState; says: string };

export type GuideFacts = {
  networks: readonly NetworkView[];
  rules: readonly ApprovalRule[];
  /** Of the admin node: what its DHCP server and the files that machines boot are made by. */
  bootRoles: readonly NodeRoleView[];
  activities: readonly Activity[];
  sightings: readonly Sighting[];
  machines: readonly Machine[];
  /** By roles of the deployments that people made. */
  groups: readonly PlanGroup[];
};

export const servedIn = ({ networks }: Pick<GuideFacts, 'networks'>): NetworkView | undefined => networks.find(({ served }) => served);

export function stepsOf(facts: GuideFacts): Step[] {
  const steps = [serve(facts), alone(facts), rule(facts), machine(facts), install(facts), deployment(facts)];
  // What nobody can do yet is not asked for.
  const first = steps[0]!.state;
  return first === 'done' || first === 'busy' ? steps : steps.map((step, at) => (at > 0 && step.state === 'now' ? { ...step, state: 'later' as const } : step));
}

function serve(facts: GuideFacts): Step {
  const step = { id: 'serve' as const, title: 'Serve a network' };
  const network = servedIn(facts);
  if (!network) return { ...step, state: 'now', says: 'No machines are served yet: say where they are.' };
  const building = facts.activities.find(({ id }) => id === 'discovery-image');
  if (building?.problem) return { ...step, state: 'wrong', says: `What machines boot could not be built: ${building.problem.summary}` };
  const open = facts.bootRoles.find(({ state }) => state !== 'done');
  if (open?.state === 'failed') return { ...step, state: 'wrong', says: `${open.role} on the admin node failed: ${open.whyNot[0]?.what ?? 'see its run'}` };
  if (building && !building.endedAt) return { ...step, state: 'busy', says: `What machines boot is being built: ${building.phase}` };
  if (open || !facts.bootRoles.length) return { ...step, state: 'busy', says: 'The DHCP server of the admin node is being set up.' };
  const { first, last } = network.range;
  return {
    ...step,
    state: 'done',
    says: `Machines on ${network.interface} are served: ${network.dhcp === 'own' ? `addresses from ${first} to ${last}` : 'addresses by your own DHCP server, what to boot by this one'}.`,
  };
}

function alone(facts: GuideFacts): Step {
  const step = { id: 'alone' as const, title: 'See who else answers' };
  const check = servedIn(facts)?.check;
  if (!check) return { ...step, state: 'now', says: 'Another DHCP server in this network would keep machines from booting here. Ask the network who answers.' };
  if (check.problems.length) return { ...step, state: 'wrong', says: `${counted(check.problems.length, 'thing')} to put right.` };
  return { ...step, state: 'done', says: `It is as it should be: ${check.offers.map(({ server }) => server).join(' and ')} answered.` };
}

/** `by themselves as n1, n2, … in the pool default when …` */
export function ruleText({ anyone, serials, macPrefix, pool, namePrefix }: ApprovalRule): string {
  const which = [
    anyone && 'Every machine',
    serials?.length && `${anyone ? '' : 'Machines '}with the serial ${serials.join(' or ')}`,
    macPrefix && `${anyone || serials?.length ? '' : 'Machines '}with a MAC that begins with ${macPrefix}`,
  ]
    .filter(Boolean)
    .join(' and ');
  return `${which}: let in as ${namePrefix}1, ${namePrefix}2 … in the pool ${pool}`;
}

function rule({ rules, machines }: GuideFacts): Step {
  const step = { id: 'rule' as const, title: 'Say who is let in' };
  if (rules.length) return { ...step, state: 'done', says: 'These are, without a person; all others wait for somebody to approve them.' };
  if (machines.some(({ local, approved }) => !local && approved)) return { ...step, state: 'done', says: 'Each machine by hand, by somebody who approves it.' };
  return { ...step, state: 'now', says: 'Nobody is, unless somebody approves each by hand, or a rule says so.' };
}

function machine(facts: GuideFacts): Step {
  const step = { id: 'machine' as const, title: 'Switch the first machine on' };
  const others = facts.machines.filter(({ local }) => !local);
  const ready = others.filter(({ approved }) => approved);
  if (ready.length) {
    const up = ready.filter(({ contact }) => contact === 'up').length;
    return { ...step, state: 'done', says: `${counted(ready.length, 'machine')} let in, ${up} up.` };
  }
  const waiting = others.length;
  if (waiting) return { ...step, state: 'now', says: `${counted(waiting, 'machine')} found, and ${waiting === 1 ? 'waits' : 'wait'} for somebody to approve.` };
  if (facts.sightings.length)
    return { ...step, state: 'busy', says: `${counted(facts.sightings.length, 'machine')} on the way: found when it has reported what it is made of.` };
  if (!servedIn(facts)) return { ...step, state: 'later', says: 'It is found by itself once its network is served.' };
  return { ...step, state: 'busy', says: 'Waiting for a machine to ask for an address.' };
}

function install({ machines, groups }: GuideFacts): Step {
  const step = { id: 'install' as const, title: 'Put a system on its disk' };
  const ready = machines.filter(({ local, approved }) => !local && approved);
  const installed = ready.filter(({ system }) => system?.kind === 'installed').length;
  const own = groups.filter(({ role }) => role === 'os-install');
  if (own.some(({ totals }) => totals.failed)) return { ...step, state: 'wrong', says: 'An installation failed: the plan says why.' };
  if (installed) return { ...step, state: 'done', says: `${installed} of ${counted(ready.length, 'machine')} installed.` };
  if (own.length) return { ...step, state: 'busy', says: 'An installation is under way.' };
  if (!ready.length) return { ...step, state: 'later', says: 'Until then a machine runs from RAM, and forgets everything when it is switched off.' };
  return { ...step, state: 'now', says: 'It runs from RAM, and forgets everything when it is switched off. To try things out that is enough.' };
}

function deployment({ groups, machines }: GuideFacts): Step {
  const step = { id: 'deployment' as const, title: 'Deploy something' };
  const sum = (states: (keyof PlanGroup['totals'])[]) => groups.reduce((all, { totals }) => all + states.reduce((n, state) => n + (totals[state] ?? 0), 0), 0);
  const all = groups.reduce((n, { totals }) => n + Object.values(totals).reduce((a, b) => a + b, 0), 0);
  const failed = sum(['failed']);
  if (failed) return { ...step, state: 'wrong', says: `${counted(failed, 'node-role')} failed: the plan says why, and what to do.` };
  if (all && sum(['done']) === all) return { ...step, state: 'done', says: `All of it is done: ${counted(all, 'node-role')}.` };
  if (all) return { ...step, state: 'busy', says: `${sum(['done'])} of ${counted(all, 'node-role')} done.` };
  const ready = machines.some(({ local, approved }) => !local && approved);
  return { ...step, state: ready ? 'now' : 'later', says: 'A deployment says which machines do what.' };
}
