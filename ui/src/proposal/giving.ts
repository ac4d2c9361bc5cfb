// What it means for machines that a deployment is given to somebody. Pure.

import type { Machine } from '../rack/machines.ts';

/** Names of the machines that have roles of it and would have to give them up, for a tenant's deployment is on its own machines only; an empty tenant is the site. */
export const losersOf = (deployment: string, tenant: string, machines: readonly Pick<Machine, 'name' | 'tenant' | 'roles'>[]): string[] =>
  tenant ? machines.filter((machine) => machine.tenant !== tenant && machine.roles.some((role) => role.deployment === deployment)).map(({ name }) => name) : [];
