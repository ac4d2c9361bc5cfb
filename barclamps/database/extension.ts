// Three members survive the loss of one; with fewer machines there is nothing to be gained by a second. MariaDB, unless it is PostgreSQL already.

import type { Extension } from 'prybar/extension';

export const extension: Extension = {
  suggestNodes({ nodes, roleNodes }) {
    const machines = nodes.filter(({ id }) => id !== 'admin');
    if (!machines.length || roleNodes['postgresql-server']?.length) return {};
    return { 'mariadb-server': { count: machines.length < 3 ? 1 : 3 } };
  },
};
