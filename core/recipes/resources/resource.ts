// What a resource is: a key in recipe.yml, the schema of its properties, its name in the log, and the sh code that brings it about.

import type { JsonSchema } from '../../model/barclamp.ts';
import type { PlatformFamily } from '../../model/platform.ts';
import type { Where } from '../../model/problem.ts';

export type Resource<Item> = {
  /** The word in recipe.yml. */
  key: string;
  /** One sentence for the documentation. */
  summary: string;
  /**
   * The item's own properties, the key's among them. Strings marked `x-shell` are sh code, in which each `{{ … }}` is quoted for
   * its place; all others are plain text.
   */
  properties: Record<string, JsonSchema>;
  required?: string[];
  /** Further rules between properties. */
  rules?: JsonSchema;
  /** Time limit when the author gives none. */
  seconds?: number | ((item: Item) => number);
  /** As the log shows it, when there is no `as`. */
  title(item: Item): string;
  /** The body of a sh function, run with `set -e`. It asks `changing` before it changes anything. */
  code(item: Item, context: Context): string;
  /** What happens when another item's `notify` names this one; absent when it cannot be notified. */
  onNotify?(item: Item): Reaction | undefined;
  /** Whether strings may read `captured`. */
  readsCaptured?: boolean;
};

/** `name` is what `notify` says, if the item has no `as`. Without `code` the item itself is what happens, and only then. */
export type Reaction = { name: string; code?: string; title?: string };

/** What the code of an item may depend on, beside its properties. */
export type Context = {
  platform: string;
  family: PlatformFamily;
  where: Where;
  /** The role, as a word for names on the node. */
  role: string;
  /** Under which the node remembers that this item was notified. */
  mark: string;
  /** Collects what the author has to mend; the program is then not made. */
  problem(summary: string, next?: string): void;
  /** A file of the role's folder; empty, with a problem, when it is not there. */
  read(path: string): Buffer;
  /** Where the admin node has the file with this SHA-256, if it keeps it. */
  atAdmin(sha256: string): string | undefined;
  /** A path in the role's folder as messages name it. */
  besideRecipe(path: string): string;
  render(text: string, where: Where): string;
  holdsSecret(content: string | Buffer): boolean;
};

export type AnyResource = Resource<never>;

// Parts of schemas that several resources share.
export const absolutePath = { type: 'string', pattern: '^/[^\\0]*[^/\\0]$', description: 'Absolute path, without a slash at the end.' };
export const mode = { type: 'string', pattern: '^0?[0-7]{3,4}$', description: 'Permissions in octal, quoted: "0644".' };
export const account = { type: 'string', pattern: '^[A-Za-z0-9_][A-Za-z0-9_.-]*\\$?$', description: 'Name of a user or group.' };
export const ownership = {
  mode,
  owner: { ...account, description: 'Name or number of the user who owns it.' },
  group: { ...account, description: 'Name or number of its group.' },
};

export const presence = { enum: ['present', 'absent'], default: 'present', description: 'Whether it is to be there.' };

export const shellCode = (description: string): JsonSchema => ({ type: 'string', minLength: 1, 'x-shell': true, description });

/** One or several words, as a list. */
export const listOf = <T>(value: T | T[] | undefined): T[] => (value === undefined ? [] : Array.isArray(value) ? value : [value]);

/** `0644` as stat(1) prints it: `644`. */
export const plainMode = (text: string | undefined): string | undefined => text?.replace(/^0+(?=[0-7]{3})/, '');

export const templateName = { type: 'string', pattern: '^[^/].*\\.njk$', description: 'Name of the file in templates/.' };

/** The text of a template of the role; empty, with a problem, when it cannot be made. */
export function textOf(template: string, context: Context): string {
  const file = `templates/${template}`;
  return context.render(context.read(file).toString('utf8'), { ...context.where, file: context.besideRecipe(file), line: 1 });
}

/** The value that a template of the role gives as JSON; nothing, with a problem, when it gives anything else. */
export function valueOf(template: string, context: Context): unknown {
  const text = textOf(template, context);
  try {
    return JSON.parse(text);
  } catch {
    context.problem(`templates/${template} does not give a value as JSON.`, 'Let it end in one expression: `{{ value | toJson }}`.');
    return undefined;
  }
}

export const duration: JsonSchema = { type: ['string', 'integer'], pattern: '^[0-9]+[smh]?$', minimum: 1, description: 'Seconds, or a number with s, m or h.' };

/** `90`, `90s`, `5m`, `2h` in seconds. */
export function secondsOf(text: string | number): number {
  const [, amount, unit] = /^(\d+)([smh]?)$/.exec(String(text))!;
  return Number(amount) * { '': 1, s: 1, m: 60, h: 3600 }[unit as '' | 's' | 'm' | 'h'];
}
