// What can be deployed: barclamps and their roles, as barclamp.yml declares them. Loaded and checked by catalog/.

import type { Extended } from './extension.ts';
import type { Platform } from './platform.ts';
import type { RecipeSource } from './recipe.ts';
import type { SecretDeclaration } from './secret.ts';

export type JsonSchema = Record<string, unknown>;

/** Which systems of a node a role may be applied to; see System in node.ts. */
export type RunsOn = 'live' | 'installed' | 'admin';

export type NodeLimits = { min?: number; max?: number; odd?: boolean };

export type RoleDeclaration = {
  name: string;
  barclamp: string;
  summary: string;
  nodes: NodeLimits;
  /** Every ready node of the deployment gets it, unless it holds a role named in `conflictsWith`. */
  implicit: boolean;
  /** Defaults to `[installed]`. `live` admits RAM systems, `admin` the admin node. */
  runsOn: RunsOn[];
  /** Same node, done first, added by itself. */
  requires: string[];
  /** Every node that holds it is done first; its outputs may be read. */
  waitsFor: string[];
  conflictsWith: string[];
  provides: string[];
  /** `role.output`, or `site.nodes`, `site.networks`, `site.images`, `site.admin`, `site.home`. Nothing else reaches the templates as `inputs`. */
  inputs: string[];
  outputs: Record<string, JsonSchema>;
  /** By the name its templates read. Only roles that name a secret see it. */
  secrets: Record<string, SecretDeclaration>;
  /**
   * It puts an operating system on the node: applied in the live system, and done when the new one has reported. `secrets.hostKey` is the
   * key that one will have, `secrets.installation` what it reports with.
   */
  installs: boolean;
  /** It takes everything off the disks of nodes that are retired with proof: placed on those and no others, last of all, in the live system. */
  wipes: boolean;
  /**
   * It reads the system on the disk of nodes that an image is made of: placed on those and no others, in the live system. `secrets.capture` is
   * what it sends files with, `secrets.captured` the id of the installation, `secrets.others` what no file may hold that is sent, a line each.
   */
  captures: boolean;
  /**
   * What its work is done to. `machine`: the hardware itself, so that it is not done again because another system was started or installed,
   * or the machine was renamed; only other hardware ends it.
   */
  lasts: Lasting;
  /** Never re-run because a fingerprint changed; a person asks for it. */
  destructive: boolean;
  once: boolean;
  /** Most nodes at a time, or a share of them as `"25%"`; no other node is begun while one has failed. */
  serial?: number | string;
  /** What can be relied on when it is done on all its nodes; people watch these. */
  milestone?: string;
  /** One node is done before any other begins. */
  canary: boolean;
  /** Most nodes at a time in one deployment. */
  atOnce?: number;
  /** How often its health.yml is run, as `5m`. */
  healthEvery?: string;
  /** Why it cannot be undone; absent when the folder holds a `remove`. */
  irreversible?: string;
  jig: JigKind;
  /** Expression over `attributes`; the role exists only where it is true. */
  when?: string;
  /**
   * Expression over `attributes`: where it holds, no other role of the machine is begun before this one is done there, but for gates and what
   * they need.
   */
  gate?: string;
  /** The same as `when` for edges, by the role at their other end. */
  edgesWhen?: Record<string, string>;
};

export type Lasting = 'system' | 'machine';

export type JigKind = 'recipe' | 'script' | 'ansible' | 'hardware' | 'boot';

export type Bundle = { packages: string[] };

/** A file on the internet, known by its digest. `as` is what people call it. */
export type Download = { url: string; sha256: string; as?: string };

export type Barclamp = {
  name: string;
  version: string;
  summary: string;
  license: string;
  platforms: Platform[];
  needs: { prybar?: string; barclamps: Record<string, string> };
  bundle: Partial<Record<Platform, Bundle>> & { downloads?: Download[] };
  roles: Record<string, RoleDeclaration>;
  proposalSchema: JsonSchema;
  /** `smoke.yml`: what proves from outside that the service works. */
  smoke?: RecipeSource;
  /** `extension.ts`: what it works out by itself. */
  extension?: Extended;
  /** Absolute path of the folder. */
  folder: string;
  /** SHA-256 over all its files. */
  digest: string;
};

/** What its author was told by `lint` when it was packed; what is wrong is not packed. */
export type AuthorsLint = {
  /** Which Prybar looked. */
  prybar: string;
  warnings: { summary: string; file?: string; line?: number; next?: string }[];
};

/** A barclamp that was installed from a package: which version of it counts. */
export type InstalledBarclamp = {
  name: string;
  version: string;
  /** Barclamp.digest. */
  digest: string;
  /** Id of the trusted key that signed it; absent when it was let in unsigned. */
  signedBy?: string;
  lint?: AuthorsLint;
  /** Unix ms. */
  at: number;
};

/** Whose packages are let in. The id is `SHA256:…` of the key. */
export type TrustedKey = { id: string; key: string; comment: string; at: number };
