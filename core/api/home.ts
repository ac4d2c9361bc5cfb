// Machines that were sent away and call home: who they are, how they are, and what is decided about them.

import { fingerprintOf } from '../access/page-certificate.ts';
import { allow, callerCalled, type Decision, forgetCaller, refuse } from '../home/decide.ts';
import { invite } from '../home/invitations.ts';
import { type Caller, callerState, concernsOf, type Invitation } from '../model/home.ts';
import type { Node, Revised } from '../model/node.ts';
import { type Checked, ok } from '../model/problem.ts';
import type { Principal } from '../model/principal.ts';
import type { Facility } from '../store/store.ts';
import { type Context, type Handlers, notFound, orRefuse } from './context.ts';
import type { CallerView, InvitationView } from './contract.ts';

const INVITED = { count: 1, days: 30 };

function viewOf({ steps: _, ...caller }: Revised<Caller>, now: number, node: Node | undefined): CallerView {
  return {
    ...caller,
    state: callerState(caller, now),
    concerns: concernsOf(caller.health),
    ...(node && { node: { id: node.id, name: node.name } }),
  };
}

const viewWith = (caller: Revised<Caller>, { facts, now }: Pick<Context, 'facts' | 'now'>): CallerView =>
  viewOf(
    caller,
    now(),
    [...facts.current.nodes.values()].find(({ serial }) => serial === caller.serial),
  );

const invitationView = ({ hash: _, ...invitation }: Revised<Invitation>): InvitationView => invitation;

async function decide(
  { store, facts, now }: Context,
  { id, by, reason }: { id: string; by: Principal; reason?: string | undefined },
  act: (tx: Facility, caller: Revised<Caller>, decision: Decision) => Promise<Checked<Revised<Caller>>>,
): Promise<CallerView> {
  const { id: key } = orRefuse(await callerCalled(store, id), 404);
  const decided = await store.transact(async (tx) => {
    const caller = await tx.get('caller', key);
    return caller ? act(tx, caller, { by: by.user, at: now(), ...(reason !== undefined && { reason }) }) : callerCalled(tx, key);
  });
  return viewWith(orRefuse(decided, 409), { facts, now });
}

export const home = {
  'GET /home': async ({ home: { authority, url } }) => {
    const pem = await authority();
    const where = url();
    return { fingerprint: fingerprintOf(pem), pem, ...(where !== undefined && { url: where }) };
  },

  'GET /callers': async ({ store, facts, now }, { query }) => {
    await facts.refresh();
    const bySerial = new Map([...facts.current.nodes.values()].flatMap((node) => (node.serial ? [[node.serial, node] as const] : [])));
    const wanted = (await store.list('caller')).filter(({ serial }) => query.serial === undefined || serial === query.serial);
    return wanted
      .map((caller) => viewOf(caller, now(), bySerial.get(caller.serial)))
      .toSorted((a, b) => a.serial.localeCompare(b.serial) || a.firstAt - b.firstAt);
  },

  'GET /callers/:id': async ({ store, facts, now }, { params }) => {
    await facts.refresh();
    return viewWith(orRefuse(await callerCalled(store, params.id), 404), { facts, now });
  },

  'POST /callers/:id/allow': async (context, { params, principal }) => decide(context, { id: params.id, by: principal }, allow),

  'POST /callers/:id/refuse': async (context, { params, body, principal }) => decide(context, { id: params.id, by: principal, reason: body.reason }, refuse),

  'DELETE /callers/:id': async ({ store }, { params }) => {
    const caller = orRefuse(await callerCalled(store, params.id), 404);
    await store.transact(async (tx) => ok(await forgetCaller(tx, caller)));
    return {};
  },

  'GET /invitations': async ({ store }) => (await store.list('invitation')).toSorted((a, b) => b.at - a.at).map(invitationView),

  'POST /invitations': async ({ store, now }, { body, principal }) => {
    const made = await store.transact(async (tx) => ok(await invite(tx, { ...INVITED, ...body, by: principal.user }, now())));
    const { invitation, text } = orRefuse(made);
    return { ...invitationView({ ...invitation, revision: 1 }), text };
  },

  'DELETE /invitations/:id': async ({ store }, { params }) => {
    if (!(await store.get('invitation', params.id))) throw notFound(`There is no invitation ${params.id}.`, 'See: prybar home invitations');
    await store.remove('invitation', params.id);
    return {};
  },
} satisfies Partial<Handlers>;
