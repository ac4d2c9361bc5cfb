// The checked set of all barclamps, as plan/ and annealer/ read it: a snapshot in memory, files and all.

import type { Barclamp, RoleDeclaration } from './barclamp.ts';
import type { Checked } from './problem.ts';
import type { RecipeSource } from './recipe.ts';

/** Whether an expression over the settings of a deployment holds; a Problem when it cannot be said. */
export type Condition = (attributes: Record<string, unknown>) => Checked<boolean>;

export type Role = {
  declaration: RoleDeclaration;
  /** Where `when` is declared: the role exists only where it holds. */
  when?: Condition;
  /** Where `gate` is declared: it keeps back other roles of the machine only where it holds. */
  gate?: Condition;
  /** Edges that exist only where something holds, by the role at their other end. */
  edgesWhen?: ReadonlyMap<string, Condition>;
  /** SHA-256 over the declaration and every file of the role's folder: what a fingerprint stands on. */
  digest: string;
  /** `recipe.yml`, read; absent for other jigs. */
  apply?: RecipeSource;
  /** `hardware.yml`, read: what the admin node does to the machine's hardware. */
  acts?: RecipeSource;
  remove?: RecipeSource;
  health?: RecipeSource;
  /** Roles whose nodes its templates list with `nodes('role')`. */
  reads: string[];
  /** Everything in the role's folder by path relative to it: `templates/chrony.conf.njk`. */
  files: ReadonlyMap<string, Buffer>;
};

export type Catalog = {
  barclamps: ReadonlyMap<string, Barclamp>;
  /** By name; role names are unique over all barclamps. */
  roles: ReadonlyMap<string, Role>;
};
