// Conditions on machines, as proposals write them: `memory >= 64GiB and disks.ssd >= 2 and not pool = spare`.
// Read once into a test; what is wrong is a Problem that names the place in the text.
//
//   condition = and { "or" and }    and = not { "and" not }    not = "not" not | "(" condition ")" | name operator value

import type { Node } from '../model/node.ts';
import { bad, type Checked, ok, problem } from '../model/problem.ts';

export type Test = (node: Node) => boolean;

type Value = number | string;
type Field = { about: string; of(node: Node): Value | undefined };

const disks = (kind?: 'ssd' | 'hdd' | 'nvme') => (node: Node) =>
  node.inventory?.disks.filter((disk) => !disk.removable && (!kind || disk.kind === kind)).length;

/** What a condition may ask about. Sizes are in bytes, speeds in Mbit/s. */
export const fields: Readonly<Record<string, Field>> = {
  name: { about: 'name of the machine', of: (node) => node.name },
  pool: { about: 'pool it is in', of: (node) => node.pool },
  serial: { about: 'serial number', of: (node) => node.serial },
  vendor: { about: 'who made it', of: (node) => node.inventory?.vendor },
  product: { about: 'model', of: (node) => node.inventory?.product },
  firmware: { about: 'bios or uefi', of: (node) => node.inventory?.firmware.kind },
  architecture: { about: 'x86_64, aarch64', of: (node) => node.inventory?.cpu.architecture },
  platform: { about: 'operating system it runs now', of: (node) => node.system?.platform },
  cpus: { about: 'processor threads', of: (node) => node.inventory?.cpu.threads },
  cores: { about: 'processor cores', of: (node) => node.inventory?.cpu.cores },
  memory: { about: 'memory, with a unit: 64GiB', of: (node) => node.inventory?.memory },
  disks: { about: 'fixed disks', of: disks() },
  'disks.ssd': { about: 'solid-state disks', of: disks('ssd') },
  'disks.hdd': { about: 'rotating disks', of: disks('hdd') },
  'disks.nvme': { about: 'NVMe disks', of: disks('nvme') },
  'disks.size': {
    about: 'size of all fixed disks together',
    of: (node) => node.inventory?.disks.reduce((sum, disk) => sum + (disk.removable ? 0 : disk.size), 0),
  },
  nics: { about: 'network ports', of: (node) => node.inventory?.nics.length },
  'nics.speed': { about: 'fastest port, in Mbit/s', of: (node) => Math.max(0, ...(node.inventory?.nics.map((nic) => nic.speed ?? 0) ?? [])) },
};

const units: Record<string, number> = {
  '': 1,
  K: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  TiB: 2 ** 40,
};
const operators: Record<string, (a: Value, b: Value) => boolean> = {
  '=': (a, b) => a === b,
  '!=': (a, b) => a !== b,
  '>=': (a, b) => a >= b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '<': (a, b) => a < b,
};

type Token = { text: string; at: number };
class Wrong extends Error {
  readonly at: number;
  constructor(message: string, at: number) {
    super(message);
    this.at = at;
  }
}

export function readCondition(text: string): Checked<Test> {
  try {
    const tokens = tokensOf(text);
    const [test, rest] = readOr(tokens, text.length);
    if (rest.length) throw new Wrong(`"${rest[0]!.text}" stands where the condition should end`, rest[0]!.at);
    return ok(test);
  } catch (error) {
    if (!(error instanceof Wrong)) throw error;
    return bad(
      problem(
        `The condition "${text}" cannot be read: ${error.message} (at character ${error.at + 1}).`,
        undefined,
        `Write it like: memory >= 64GiB and disks.ssd >= 2. It may ask about ${Object.keys(fields).join(', ')}.`,
      ),
    );
  }
}

function tokensOf(text: string): Token[] {
  const pattern = /\s*(?:(>=|<=|!=|=|>|<|\(|\))|"([^"]*)"|([\p{L}\p{N}_.*:/-]+))/uy;
  const tokens: Token[] = [];
  while (pattern.lastIndex < text.trimEnd().length) {
    const at = pattern.lastIndex;
    const match = pattern.exec(text);
    if (!match) throw new Wrong(`"${text.slice(at).trim()[0]}" means nothing here`, at);
    tokens.push({ text: match[1] ?? match[2] ?? match[3]!, at: pattern.lastIndex - match[0].trimStart().length });
  }
  return tokens;
}

type Read = [Test, Token[]];

function readOr(tokens: Token[], end: number): Read {
  let [test, rest] = readAnd(tokens, end);
  while (rest[0]?.text === 'or') {
    const left = test;
    const [right, after] = readAnd(rest.slice(1), end);
    test = (node) => left(node) || right(node);
    rest = after;
  }
  return [test, rest];
}

function readAnd(tokens: Token[], end: number): Read {
  let [test, rest] = readNot(tokens, end);
  while (rest[0]?.text === 'and') {
    const left = test;
    const [right, after] = readNot(rest.slice(1), end);
    test = (node) => left(node) && right(node);
    rest = after;
  }
  return [test, rest];
}

function readNot(tokens: Token[], end: number): Read {
  const [first, ...rest] = tokens;
  if (!first) throw new Wrong('something is missing', end);
  if (first.text === 'not') {
    const [test, after] = readNot(rest, end);
    return [(node) => !test(node), after];
  }
  if (first.text !== '(') return readComparison(tokens, end);
  const [test, after] = readOr(rest, end);
  if (after[0]?.text !== ')') throw new Wrong('a ) is missing', after[0]?.at ?? end);
  return [test, after.slice(1)];
}

function readComparison([name, operator, value, ...rest]: Token[], end: number): Read {
  const field = fields[name!.text];
  if (!field) throw new Wrong(`nothing is known of "${name!.text}"`, name!.at);
  const compare = operators[operator?.text ?? ''];
  if (!compare) throw new Wrong(`one of ${Object.keys(operators).join(' ')} must follow "${name!.text}"`, operator?.at ?? end);
  if (!value) throw new Wrong('a value is missing', end);
  const wanted = valueOf(value.text);
  return [
    (node) => {
      const has = field.of(node);
      // What a machine does not say fits nothing.
      return has !== undefined && typeof has === typeof wanted && compare(has, wanted);
    },
    rest,
  ];
}

function valueOf(text: string): Value {
  const match = /^(\d+(?:\.\d+)?)([KMGT]?i?B?)$/.exec(text);
  const unit = match && units[match[2]!];
  return unit ? Number(match[1]) * unit : text;
}
