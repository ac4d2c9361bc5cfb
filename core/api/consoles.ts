// The serial consoles that are open through this admin node, and who has each: a BMC gives its console to one at a time and does not say to whom,
// so whoever comes second is told here whom to ask.

import type { Duplex } from 'node:stream';
import { refusal } from '../access/permissions.ts';
import { actorOf, type AuditEntry } from '../model/audit.ts';
import type { Node } from '../model/node.ts';
import { type Permission, type Principal, standsForNoPerson } from '../model/principal.ts';
import { bad, type Checked, problem, ProblemError } from '../model/problem.ts';
import { type Context, nodeCalled } from './context.ts';

const ROUTE = 'POST /nodes/:id/console';
// Who types there is root.
const PERMISSION: Permission = { least: 'operator', tenants: 'own' };

/** Opens the console of a machine, by id or name, for this one; a machine that is not there is a Problem like any other. */
export type OpenConsole = (context: Context, principal: Principal, name: string) => Promise<Checked<Duplex>>;

export function consoles(): OpenConsole {
  /** By node id. */
  const lines = new Map<string, { line: Duplex; by: Principal }>();

  const open = async (context: Context, principal: Principal, node: Node): Promise<Checked<Duplex>> => {
    const leaving = lines.get(node.id)?.line;
    // The BMC is still being told that its session is over.
    if (leaving?.destroyed) await new Promise((resolve) => leaving.once('close', resolve));
    const held = lines.get(node.id);
    if (held) {
      const next = 'Have them close it, then open it again: a BMC gives it to one at a time.';
      return bad(problem(`${nameFor(principal, held.by)} has the serial console of ${node.name} open.`, { node: node.name }, next));
    }
    const bmc = await context.bmc(node);
    const opened = bmc.ok ? await bmc.value.console() : bmc;
    if (!opened.ok) return opened;
    await note(context, principal, { outcome: 'done', asked: { id: node.id } });
    const line = opened.value;
    lines.set(node.id, { line, by: principal });
    line.once('close', () => {
      if (lines.get(node.id)?.line === line) lines.delete(node.id);
    });
    return opened;
  };

  return async (context, principal, name) => {
    const refused = refusal(principal, ROUTE, PERMISSION);
    if (refused) {
      await note(context, principal, { outcome: 'refused', why: refused.summary, asked: { id: name } });
      return bad(refused);
    }
    try {
      return await open(context, principal, await nodeCalled(context.store, name));
    } catch (error) {
      if (error instanceof ProblemError) return { ok: false, problems: error.problems };
      throw error;
    }
  };
}

/** It changes no fact, and whoever has it can change everything on the machine. */
const note = ({ store, now }: Context, principal: Principal, what: Pick<AuditEntry, 'outcome' | 'why' | 'asked'>): Promise<void> =>
  store.audit({ at: now(), ...actorOf(principal), act: ROUTE, facts: [], ...what });

/** Tenants are not told who works for the site. */
function nameFor(asking: Principal, { user, tenant }: Principal): string {
  if (standsForNoPerson(user)) return 'Somebody at the admin node';
  return asking.tenant === undefined || asking.tenant === tenant ? user : 'Somebody of the site';
}
