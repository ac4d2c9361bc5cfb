// Templates and expressions over a scope, strictly: an undefined variable is a Problem with file and line, never an empty string.
// Templates come only from installed barclamps (nunjucks has no sandbox); values in the scope may come from anywhere.

import nunjucks from 'nunjucks';
import { dump, JSON_SCHEMA } from 'js-yaml';
import { Address4 } from 'ip-address';
import { bad, type Checked, ok, problem, type Where } from '../model/problem.ts';

export type Variables = Record<string, unknown>;

const environment = new nunjucks.Environment(null, { autoescape: false, throwOnUndefined: true, trimBlocks: true, lstripBlocks: true });

environment.addFilter('quote', (value: unknown) => `'${String(value).replaceAll("'", `'\\''`)}'`);
environment.addFilter('b64', (value: unknown) => Buffer.from(String(value)).toString('base64'));
environment.addFilter('toJson', (value: unknown) => JSON.stringify(value, null, 2));
environment.addFilter('toYaml', (value: unknown) => dump(value, { schema: JSON_SCHEMA, lineWidth: -1 }).trimEnd());
environment.addFilter('toIni', toIni);
environment.addFilter('cidr', cidrPart);
environment.addFilter('each', each);

/** The text with its variables filled in. `where.line` is the line at which the text starts in the file. */
export function render(text: string, variables: Variables, where: Where): Checked<string> {
  try {
    return ok(environment.renderString(text, callable(variables)));
  } catch (error) {
    return bad(explain(error as Error, where));
  }
}

const expressions = new Map<string, { render(scope: object): string }>();

/** The value of a nunjucks expression such as `attributes.ha and nodes('db') | length > 1`. */
export function evaluate(expression: string, variables: Variables, where: Where): Checked<unknown> {
  try {
    let compiled = expressions.get(expression);
    if (!compiled) {
      compiled = new nunjucks.Template(`{{ [${expression}] | dump }}`, environment, undefined, true);
      expressions.set(expression, compiled);
    }
    const [value] = JSON.parse(compiled.render(callable(variables))) as unknown[];
    return ok(value);
  } catch (error) {
    return bad(explain(error as Error, where));
  }
}

// `nodes('role')` is a function for templates and a plain table in the scope, so that a scope can be stored and compared.
function callable(variables: Variables): Variables {
  const roleNodes = variables.roleNodes as Record<string, unknown[]> | undefined;
  if (!roleNodes) return variables;
  return {
    ...variables,
    nodes: (role: string) => {
      const nodes = roleNodes[role];
      if (!nodes) throw new Error(`nodes() takes the name of a role as plain text, not ${JSON.stringify(role)} from a variable`);
      return nodes;
    },
  };
}

function explain(error: Error, where: Where): ReturnType<typeof problem> {
  const place = /\[Line (\d+), Column \d+\]/.exec(error.message);
  const reason = error.message
    .replace(/^\((?:unknown path|.*?)\)\s*(?:\[Line \d+, Column \d+\])?\s*/, '')
    .replace(/^(?:Template render error|Error):\s*/, '')
    .trim();
  const line = place ? (where.line ?? 1) + Number(place[1]) - 1 : where.line;
  const undefinedValue = /null or undefined/.test(reason);
  return problem(
    undefinedValue ? 'The template reads a variable that has no value.' : `The template cannot be rendered: ${reason}.`,
    { ...where, ...(line && { line }) },
    undefinedValue ? 'Give it a value in the proposal, a default in proposal.schema.json, or guard it with {% if %}.' : undefined,
  );
}

function toIni(sections: Record<string, Record<string, unknown>>): string {
  return Object.entries(sections)
    .map(([name, settings]) => [`[${name}]`, ...Object.entries(settings).map(([key, value]) => `${key} = ${String(value)}`)].join('\n'))
    .join('\n\n');
}

/** `nodes('db') | each('addresses.admin')` → that value of each; strictly: one that lacks it is an error. */
function each(list: unknown[], path: string): unknown[] {
  return list.map((entry) => {
    const value = path.split('.').reduce<unknown>((part, key) => (part as Record<string, unknown> | undefined)?.[key], entry);
    if (value === undefined || value === null) throw new Error(`one of the list has no ${path}`);
    return value;
  });
}

/**
 * `'10.0.0.7/24' | cidr('network')` → `10.0.0.0/24`; also `address`, `netmask`, `prefix`, `broadcast`, and `number` (7) with its
 * reverse: `'10.1.0.0/16' | cidr('nth', 7)` → `10.1.0.7`.
 */
function cidrPart(value: unknown, part: string, nth?: unknown): string {
  const address = new Address4(String(value));
  switch (part) {
    case 'network':
      return `${address.startAddress().address}/${address.subnetMask}`;
    case 'address':
      return address.addressMinusSuffix ?? address.address;
    case 'netmask':
      return Address4.fromInteger(Number((0xffffffffn << BigInt(32 - address.subnetMask)) & 0xffffffffn)).address;
    case 'prefix':
      return String(address.subnetMask);
    case 'broadcast':
      return address.endAddress().address;
    case 'number':
      return String(address.bigInt() - address.startAddress().bigInt());
    case 'nth': {
      const found = Address4.fromBigInt(address.startAddress().bigInt() + BigInt(String(nth)));
      if (!found.isInSubnet(address)) throw new Error(`${String(value)} has no address number ${String(nth)}`);
      return found.address;
    }
    default:
      throw new Error(`cidr knows network, address, netmask, prefix, broadcast, number and nth, not ${part}`);
  }
}
