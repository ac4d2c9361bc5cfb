// Three members survive the loss of one; with fewer machines there is nothing to be gained by a second.

import type { Extension } from 'prybar/extension';

export const extension: Extension = {
  suggestNodes({ nodes }) {
    const machines = nodes.filter(({ id }) => id !== 'admin');
    return machines.length ? { 'rabbitmq-server': { count: machines.length < 3 ? 1 : 3 } } : {};
  },
};
