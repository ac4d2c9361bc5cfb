// Switches a machine in the first way that there is: its BMC, its own system, a call over the network, a person.

import type { Node } from '../model/node.ts';
import { bad, type Checked, ok, problem } from '../model/problem.ts';
import { accountsFor, bmcFor, type ToBmcs } from './find-bmc.ts';
import { askSomebody } from './hand-requests.ts';
import { wake } from './wake-on-lan.ts';

export type PowerAction = 'on' | 'off' | 'cycle';
/** `asked`: a person, or the machine over the network, which does not answer; what becomes of it will be seen. */
export type Switched = 'on' | 'off' | 'asked';

export type Switching = ToBmcs & {
  /** Tells the system that runs on it; returns when it has understood. */
  tellSystem(node: Node, order: 'reboot' | 'poweroff'): Promise<Checked<void>>;
};

type Way = {
  fits(node: Node, action: PowerAction, switching: Switching): boolean | Promise<boolean>;
  order(node: Node, action: PowerAction, switching: Switching): Promise<Checked<Switched>>;
};

const outcome = (action: PowerAction): Switched => (action === 'off' ? 'off' : 'on');

/** The first that fits. */
const ways: Way[] = [
  {
    fits: async (node, _action, switching) => (await accountsFor(node, switching)).length > 0,
    async order(node, action, switching) {
      const bmc = await bmcFor(node, switching);
      const done = bmc.ok ? await bmc.value[action]() : bmc;
      return done.ok ? ok(outcome(action)) : done;
    },
  },
  {
    fits: (node, action) => action !== 'on' && node.remote === 'ssh' && node.contact === 'up',
    async order(node, action, { tellSystem }) {
      const told = await tellSystem(node, action === 'off' ? 'poweroff' : 'reboot');
      return told.ok ? ok(outcome(action)) : told;
    },
  },
  {
    fits: (node, action) => action === 'on' && node.wakesOnLan === true && node.macs.length > 0,
    async order(node, _action, { store, namespace }) {
      const network = await store.get('network', 'admin');
      if (!network) return bad(problem('No rack network is served, so no machine can be woken in it.', { node: node.name }, 'Serve one: --interface.'));
      await wake(node.macs, network, namespace());
      return ok('asked');
    },
  },
  {
    fits: () => true,
    async order(node, action, { store, now }) {
      await askSomebody(store, node, action, now());
      return ok('asked');
    },
  },
];

/** As its BMC says, or as it was last seen where it has none. */
export async function powerStatus(node: Node, switching: Switching): Promise<Checked<'on' | 'off'>> {
  if ((await accountsFor(node, switching)).length > 0) {
    const bmc = await bmcFor(node, switching);
    return bmc.ok ? bmc.value.status() : bmc;
  }
  if (node.contact !== 'silent') return ok(node.contact === 'up' ? 'on' : 'off');
  return bad(problem(`${node.name} is silent and no BMC of it is known, so nobody knows whether it is on.`, { node: node.name }, 'Look at it.'));
}

export async function switchPower(node: Node, action: PowerAction, switching: Switching): Promise<Checked<Switched>> {
  for (const way of ways) if (await way.fits(node, action, switching)) return way.order(node, action, switching);
  throw new Error('the last way fits always');
}
