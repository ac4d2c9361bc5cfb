// A recipe as its author wrote it, and the scope its templates see. Compiled to sh by recipes/.

import type { SecretValue } from './secret.ts';

/** One item of recipe.yml: exactly one resource key beside the common ones (`when`, `for`, `notify`, `as`, `on`, `timeout`). */
export type RecipeItem = Record<string, unknown>;

export type RecipeSource = {
  /** `roles/ntp-server/recipe.yml`, for messages. */
  file: string;
  items: RecipeItem[];
  /** 1-based line of each item in `file`. */
  lines: number[];
};

/** What templates may read. A snapshot: nothing in it changes while the role is applied. */
export type Scope = {
  attributes: Record<string, unknown>;
  node: ScopeNode;
  inputs: Record<string, unknown>;
  secrets: Record<string, SecretValue>;
  /** Role name → nodes that hold it in this deployment, by name. Templates call `nodes('role-name')`. */
  roleNodes: Record<string, ScopeNode[]>;
  /** What the role declared of `site.nodes`, `site.networks`, `site.images`, `site.admin`, `site.home`; nothing else. */
  site: Record<string, unknown>;
};

export type ScopeNode = {
  id: string;
  name: string;
  pool: string;
  platform: string;
  addresses: Record<string, string>;
  macs: string[];
  /** In PCI order; none where no inventory is known. `speed` in Mbit/s. */
  nics: { name: string; mac: string; speed?: number }[];
  /** On a machine that is retired: the disks that are to be erased. */
  leaving?: { disks: string[] };
};
