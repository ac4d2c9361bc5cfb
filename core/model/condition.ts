// The language in which machines are chosen: `memory >= 64GiB and disks.ssd >= 2 and not pool = spare`. Read once into a test; what is wrong is a
// Problem that names the place in the text. What may be asked about is the reader's: the planner asks about nodes, the page about what it shows.
//
//   condition = and { "or" and }    and = not { ["and"] not }    not = "not" not | "(" condition ")" | name operator value
//
// A page where people search reads more of it: `name:part`, words on their own, and terms side by side, which all must hold.

import { bad, type Checked, ok, problem } from './problem.ts';

export type Test<T> = (subject: T) => boolean;
export type Value = number | string;
export type Field<T> = {
  about: string;
  /** Of several values one must fit. What is not known fits nothing. */
  of(subject: T): Value | readonly Value[] | undefined;
  /** All that it can be, where that is known; `name:value` then means the whole value, else a part of it. */
  values?: readonly string[];
};
export type Language<T> = {
  fields: Readonly<Record<string, Field<T>>>;
  /** What a word on its own asks. With it the language is one for searching. */
  word?: (text: string) => Test<T>;
  example: string;
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
export const operatorSigns: readonly string[] = Object.keys(operators);

/** `end`: where it ends in the text, so that it is seen whether the next one touches it. */
type Token = { text: string; at: number; end: number; quoted: boolean };

class Wrong extends Error {
  readonly at: number;
  constructor(message: string, at: number) {
    super(message);
    this.at = at;
  }
}

export function readCondition<T>(text: string, language: Language<T>): Checked<Test<T>> {
  try {
    const [test, rest] = readOr(tokensOf(text, language.word !== undefined), language, text.length);
    if (rest.length) throw new Wrong(`"${rest[0]!.text}" stands where the condition should end`, rest[0]!.at);
    return ok(test);
  } catch (error) {
    if (!(error instanceof Wrong)) throw error;
    return bad(
      problem(
        `The condition "${text}" cannot be read: ${error.message} (at character ${error.at + 1}).`,
        undefined,
        `Write it like: ${language.example}. It may ask about ${Object.keys(language.fields).join(', ')}.`,
      ),
    );
  }
}

function tokensOf(text: string, searching: boolean): Token[] {
  const pattern = searching
    ? /\s*(?:(>=|<=|!=|=|>|<|\(|\))|"([^"]*)"|([\p{L}\p{N}_.*:/,@-]+))/uy
    : /\s*(?:(>=|<=|!=|=|>|<|\(|\))|"([^"]*)"|([\p{L}\p{N}_.*:/-]+))/uy;
  const tokens: Token[] = [];
  while (pattern.lastIndex < text.trimEnd().length) {
    const from = pattern.lastIndex;
    const match = pattern.exec(text);
    if (!match) throw new Wrong(`"${text.slice(from).trim()[0]}" means nothing here`, from);
    const end = pattern.lastIndex;
    tokens.push({ text: match[1] ?? match[2] ?? match[3]!, at: end - match[0].trimStart().length, end, quoted: match[2] !== undefined });
  }
  return tokens;
}

type Read<T> = [Test<T>, Token[]];
const is = (token: Token | undefined, word: string): boolean => token?.text === word && !token.quoted;

function readOr<T>(tokens: Token[], language: Language<T>, end: number): Read<T> {
  let [test, rest] = readAnd(tokens, language, end);
  while (is(rest[0], 'or')) {
    const left = test;
    const [right, after] = readAnd(rest.slice(1), language, end);
    test = (subject) => left(subject) || right(subject);
    rest = after;
  }
  return [test, rest];
}

function readAnd<T>(tokens: Token[], language: Language<T>, end: number): Read<T> {
  let [test, rest] = readNot(tokens, language, end);
  const goesOn = () => is(rest[0], 'and') || (language.word && rest.length > 0 && !is(rest[0], 'or') && !is(rest[0], ')'));
  while (goesOn()) {
    const left = test;
    const [right, after] = readNot(is(rest[0], 'and') ? rest.slice(1) : rest, language, end);
    test = (subject) => left(subject) && right(subject);
    rest = after;
  }
  return [test, rest];
}

function readNot<T>(tokens: Token[], language: Language<T>, end: number): Read<T> {
  const [first, ...rest] = tokens;
  if (!first) throw new Wrong('something is missing', end);
  if (is(first, 'not')) {
    const [test, after] = readNot(rest, language, end);
    return [(subject) => !test(subject), after];
  }
  if (!is(first, '(')) return readTerm(tokens, language, end);
  const [test, after] = readOr(rest, language, end);
  if (!is(after[0], ')')) throw new Wrong('a ) is missing', after[0]?.at ?? end);
  return [test, after.slice(1)];
}

function readTerm<T>(tokens: Token[], language: Language<T>, end: number): Read<T> {
  const compared = !tokens[0]!.quoted && tokens[1] && !tokens[1].quoted && tokens[1].text in operators;
  return language.word && !compared ? readSought(tokens, language as Required<Language<T>>, end) : readComparison(tokens, language, end);
}

function readComparison<T>([name, operator, value, ...rest]: Token[], { fields }: Language<T>, end: number): Read<T> {
  const field = fields[name!.text];
  if (!field) throw new Wrong(`nothing is known of "${name!.text}"`, name!.at);
  const compare = operators[operator?.text ?? ''];
  if (!compare) throw new Wrong(`one of ${operatorSigns.join(' ')} must follow "${name!.text}"`, operator?.at ?? end);
  if (!value) throw new Wrong('a value is missing', end);
  const wanted = valueOf(value.text);
  const fits = (has: Value): boolean => typeof has === typeof wanted && compare(has, wanted);
  return [
    (subject) => {
      const has = field.of(subject);
      if (Array.isArray(has)) return operator!.text === '!=' ? has.length > 0 && has.every(fits) : has.some(fits);
      return has !== undefined && fits(has as Value);
    },
    rest,
  ];
}

/** `name:a,b`, `name:"with spaces"`, or a word. */
function readSought<T>([token, next, ...rest]: Token[], { fields, word }: Required<Language<T>>, end: number): Read<T> {
  const after = next ? [next, ...rest] : rest;
  const colon = token!.quoted ? -1 : token!.text.indexOf(':');
  const name = token!.text.slice(0, Math.max(colon, 0));
  const field = colon > 0 && Object.hasOwn(fields, name) ? fields[name]! : undefined;
  // MACs and times have colons too; what looks like the name of something is taken for a slip.
  if (!field && /^[a-z.]{3,}$/i.test(name)) throw new Wrong(`nothing is known of "${name}"`, token!.at);
  if (!field) return [word(token!.text.toLowerCase()), after];
  const touches = next?.quoted && next.at === token!.end && colon === token!.text.length - 1;
  const parts = touches
    ? [next.text]
    : token!.text
        .slice(colon + 1)
        .split(',')
        .filter(Boolean);
  if (!parts.length) throw new Wrong(`a value is missing after "${name}:"`, Math.min(token!.end, end));
  const { values } = field;
  const slip = values && parts.find((part) => !values.includes(part.toLowerCase()));
  if (slip) throw new Wrong(`${name} is never "${slip}", but one of ${values.join(', ')}`, token!.at + colon + 1);
  const wanted = parts.map((part) => fitting(part.toLowerCase(), values !== undefined));
  return [
    (subject) => {
      const has = field.of(subject);
      if (has === undefined) return false;
      return (Array.isArray(has) ? has : [has]).some((one: Value) => wanted.some((fits) => fits(one)));
    },
    touches ? rest : after,
  ];
}

function fitting(part: string, whole: boolean): (has: Value) => boolean {
  const value = valueOf(part, true);
  return (has) => {
    if (typeof has === 'number') return has === value;
    const text = has.toLowerCase();
    return whole ? text === part : text.includes(part);
  };
}

/** `loose`: units however they are capitalised. */
function valueOf(text: string, loose = false): Value {
  const match = /^(\d+(?:\.\d+)?)([KMGT]?i?B?)$/.exec(
    loose ? text.replace(/([kmgt])(i?)(b?)$/i, (_, a: string, b: string, c: string) => a.toUpperCase() + b.toLowerCase() + c.toUpperCase()) : text,
  );
  const unit = match && units[match[2]!];
  return unit ? Number(match[1]) * unit : text;
}
