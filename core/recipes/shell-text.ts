// The sh code that authors write (`command`, `unless`, `validate`), with its `{{ … }}` filled in so that each value stays plain
// text wherever it stands: bare, inside "…" or inside '…'. Where that cannot be promised, the author is told another way.
// Left to the author: code inside text for yet another interpreter (`sh -c "…"`, `psql -c "…"`).

import { randomBytes } from 'node:crypto';
import { type Checked, ok, problem, type Problem, type Where } from '../model/problem.ts';

/** `render` fills in the template; what it puts in for each `{{ … }}` is then quoted for the place where it landed. */
export function shellText(text: string, render: (text: string) => Checked<string>, where: Where): Checked<string> {
  // No value can hold the marks, because nobody knows them beforehand.
  const nonce = randomBytes(12).toString('hex');
  const [open, close] = [`<${nonce}:`, `:${nonce}>`];
  const rendered = render(text.replace(/\{\{[\s\S]*?\}\}/g, (hole) => open + withoutQuote(hole) + close));
  return rendered.ok ? quoteHoles(rendered.value, open, close, where) : rendered;
}

// `{{ x | quote }}` asks for what is done anyway, and better: the filter does not know where it stands.
const withoutQuote = (hole: string): string => hole.replace(/\|\s*quote\s*(-?\}\})$/, '$1');

/** How sh reads the character at hand. A stack of these is the nesting of quotes and substitutions. */
type Context = 'plain' | 'double' | 'single' | 'comment' | 'backtick' | 'brace' | 'ansi';

type Token = { text: string; enter?: Context; leave?: boolean };

function quoteHoles(text: string, open: string, close: string, where: Where): Checked<string> {
  const problems: Problem[] = [];
  const stack: Context[] = ['plain'];
  // Once set, this is why the nesting is no longer known for certain.
  let lost: string | undefined;
  let last = '';
  let out = '';
  let at = 0;

  while (at < text.length) {
    const context = stack.at(-1)!;
    if (text.startsWith(open, at)) {
      const end = text.indexOf(close, at);
      const value = text.slice(at + open.length, end);
      const reason = value.includes('\0') ? 'has a value with a NUL byte' : (lost ?? refusal(context, last));
      if (reason) problems.push(problem(`This {{ … }} ${reason}, where its value cannot be kept plain text.`, where, advice));
      else out += quoteFor(context, value);
      at = end + close.length;
      last = close;
      continue;
    }
    const token = tokenAt(text, at, context, last);
    if (token.text === '\\' + open[0] && text.startsWith(open, at + 1)) token.text = '\\';
    if (token.text === '<<') lost ??= 'stands in or after a here-document';
    if (token.text === '$((') lost ??= 'stands in or after $((…))';
    if (stack.length > 1 && context === 'plain' && /\bcase$/.test(out.slice(-5)) && /\s/.test(token.text)) lost ??= 'stands in or after a `case` inside $(…)';
    if (token.leave && stack.length > 1) stack.pop();
    if (token.enter) stack.push(token.enter);
    out += token.text;
    last = token.text;
    at += token.text.length;
  }
  return problems.length ? { ok: false, problems } : ok(out);
}

const advice = 'Give the value to the command through `env` and read it there as "$NAME".';

function refusal(context: Context, last: string): string | undefined {
  if (last === '\\') return 'follows a backslash';
  if (last === '$' && context !== 'single') return 'follows a $';
  if (context === 'backtick') return 'stands inside `…`';
  if (context === 'brace') return 'stands inside ${…}';
  if (context === 'ansi') return "stands inside $'…'";
  return undefined;
}

function quoteFor(context: Context, value: string): string {
  if (context === 'double') return value.replace(/[\\"$`]/g, '\\$&');
  if (context === 'single') return value.replaceAll("'", `'\\''`);
  if (context === 'comment') return value.replace(/[\r\n]/g, ' ');
  // Always with quotes: a bare `2` before `>` would become a descriptor, a bare `done` a keyword.
  return `'${value.replaceAll("'", `'\\''`)}'`;
}

// First match wins; what matches nothing is one ordinary character.
function tokenAt(text: string, at: number, context: Context, last: string): Token {
  const char = text[at]!;
  const next = (what: string): boolean => text.startsWith(what, at);
  if (context === 'comment') return { text: char, leave: char === '\n' };
  if (context === 'single') return { text: char, leave: char === "'" };
  if (next('\\')) return { text: text.slice(at, at + 2) };
  if (next(closing[context])) return { text: char, leave: true };
  if (context === 'ansi') return { text: char };
  if (next('$((')) return { text: '$((' };
  if (next('$(')) return { text: '$(', enter: 'plain' };
  if (next('${')) return { text: '${', enter: 'brace' };
  if (next('`')) return { text: char, enter: 'backtick' };
  if (context === 'double') return { text: char };
  if (next("$'")) return { text: "$'", enter: 'ansi' };
  if (next('"')) return { text: char, enter: 'double' };
  if (next("'")) return { text: char, enter: 'single' };
  if (next('(')) return { text: char, enter: 'plain' };
  if (next('#') && /^$|[\s;&|()]$/.test(last)) return { text: char, enter: 'comment' };
  if (next('<<')) return { text: '<<' };
  return { text: char };
}

const closing: Record<Exclude<Context, 'comment' | 'single'>, string> = { plain: ')', double: '"', backtick: '`', brace: '}', ansi: "'" };
