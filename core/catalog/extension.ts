// A barclamp's extension.ts → functions that can be called. Its code runs in a world of its own: the language and nothing else, no clock, no
// chance, no input, no memory from one call to the next, and a second for each call. What goes in and comes out is text, so nothing of
// ours is in reach. That keeps authors from mistakes; it is no prison, and need not be one, because a barclamp's recipes run as root anyway.

import { stripTypeScriptTypes } from 'node:module';
import vm from 'node:vm';
import type { Extended, RoleScope, Site } from '../model/extension.ts';
import { bad, type Checked, ok, problem, type Problem, type Where } from '../model/problem.ts';
import type { NodeSelector, ProposalBody } from '../model/proposal.ts';
import { checkAgainst } from '../schema.ts';

const CALL_MS = 1000;
const MOST_TRIES = 10;
const MOST_TEXT = 1024 * 1024;

// Everything else that the language has by itself is taken away: Date, Intl and the like give other answers another day or elsewhere.
const globals =
  'Array BigInt Boolean Error Infinity JSON Map Math NaN Number Object RangeError RegExp Set String Symbol TypeError decodeURIComponent encodeURIComponent isFinite isNaN parseFloat parseInt undefined'.split(
    ' ',
  );
const makePlain = `
  delete Math.random;
  for (const { prototype } of [Array, BigInt, Number, Object, String])
    for (const name of Object.getOwnPropertyNames(prototype)) if (/locale/i.test(name)) delete prototype[name];
  const all = globalThis;
  for (const name of Object.getOwnPropertyNames(all)) if (!(${JSON.stringify(globals)}).includes(name)) delete all[name];`;

const names = ['suggestNodes', 'deriveInputs', 'validateProposal'] as const;
type Name = (typeof names)[number];

/** `file` is what Problems call it: `ntp/extension.ts`. `roles` are those of its barclamp. */
export function loadExtension(text: string, file: string, roles: readonly string[]): Checked<Extended> {
  const script = compile(text, file);
  if (!script.ok) return script;
  const world = vm.createContext(vm.constants.DONT_CONTEXTIFY, { microtaskMode: 'afterEvaluate', codeGeneration: { strings: false, wasm: false } });
  vm.runInContext(makePlain, world);
  const call = (name: Name | undefined, ...given: unknown[]): Checked<unknown> => run(script.value, world, file, name, given);

  const listed = call(undefined);
  if (!listed.ok) return listed;
  const found = listed.value as string[];
  const unknown = found.filter((name) => !names.includes(name as Name));
  if (unknown.length) return bad(problem(`An extension has no ${unknown.join(' and no ')}.`, { file }, `Known are the functions ${names.join(', ')}.`));
  const has = (name: Name): boolean => found.includes(name);
  const suggestionSchema = { type: 'object', propertyNames: { enum: roles }, additionalProperties: selectorSchema };
  return ok({
    ...(has('suggestNodes') && {
      suggestNodes: (site: Site) => fitting<Record<string, NodeSelector>>(call('suggestNodes', site), suggestionSchema, 'suggestNodes', file),
    }),
    ...(has('deriveInputs') && {
      deriveInputs: (role: string, scope: RoleScope) => fitting<Record<string, unknown>>(call('deriveInputs', role, scope), inputsSchema, 'deriveInputs', file),
    }),
    ...(has('validateProposal') && {
      validateProposal: (body: ProposalBody, site: Site) => {
        const said = fitting<Problem[]>(call('validateProposal', body, site), problemsSchema, 'validateProposal', file);
        return said.ok ? said.value : said.problems;
      },
    }),
  });
}

const selectorSchema = {
  oneOf: [
    { type: 'array', items: { type: 'string', minLength: 1 } },
    {
      type: 'object',
      additionalProperties: false,
      properties: { pool: { type: 'string' }, count: { oneOf: [{ type: 'integer', minimum: 0 }, { const: 'all' }] }, where: { type: 'string' } },
    },
  ],
};
const inputsSchema = { type: 'object', propertyNames: { pattern: '^[A-Za-z][A-Za-z0-9_]*$' } };
const line = { type: 'string', minLength: 1, maxLength: 1000 };
const problemsSchema = {
  type: 'array',
  maxItems: 100,
  items: {
    type: 'object',
    additionalProperties: false,
    required: ['severity', 'summary'],
    properties: {
      severity: { enum: ['error', 'warning'] },
      summary: line,
      next: line,
      where: { type: 'object', additionalProperties: false, properties: { pointer: { type: 'string', pattern: '^(/.*)?$' }, node: line, role: line } },
    },
  },
};

function fitting<T>(said: Checked<unknown>, schema: object, name: Name, file: string): Checked<T> {
  if (!said.ok) return said;
  const [fault] = checkAgainst(schema, said.value ?? null);
  if (!fault) return ok(said.value as T);
  const at = fault.where?.pointer ? ` at ${fault.where.pointer}` : '';
  return bad(problem(`What ${name} gives is not right${at}: ${fault.summary}`, { file }, mend));
}

const mend = 'Correct it, or install a version of the barclamp that is right.';

// The code is run from its top for each call, so what it keeps in variables is gone afterwards, and the same input gives the same output.
const before = "'use strict'; (() => { const load = () => { ";
const after = `
  return extension; };
  try {
    const [name, given] = JSON.parse(input);
    const extension = load();
    const value = name === null ? Object.keys(extension) : extension[name](...given);
    if (typeof value?.then === 'function') throw new TypeError('it gives a promise, and nothing waits for it');
    return JSON.stringify({ value });
  } catch (error) {
    return JSON.stringify({ failed: String(error?.message ?? error), stack: String(error?.stack) });
  }
})()`;

function compile(text: string, file: string): Checked<vm.Script> {
  const imports = text.split('\n').flatMap((line, index) => {
    const isType = /^import\s+type\b.*\bfrom\s+'prybar\/extension'/.test(line);
    return /^\s*(import\b|export\b.*\bfrom\b)/.test(line) && !isType ? [index + 1] : [];
  });
  if (imports.length)
    return bad(
      ...imports.map((at) =>
        problem('An extension imports types only.', { file, line: at }, "Write `import type { … } from 'prybar/extension'` on one line, and the rest here."),
      ),
    );
  try {
    // Types become blanks, and so does the word `export`: every line and column stays where its author sees it.
    const plain = quietly(() => stripTypeScriptTypes(text, { mode: 'strip' }));
    const code = plain.replace(/^export(?= const extension\b)/m, '      ');
    if (code === plain) return bad(problem('It does not say what the extension is.', { file }, 'Write: export const extension: Extension = { … };'));
    return ok(new vm.Script(`${before}${code}${after}`, { filename: file, columnOffset: -before.length }));
  } catch (error) {
    const { message, stack } = error as Error;
    const at = /^\S*?:(\d+)\n/.exec(stack ?? '')?.[1];
    return bad(problem(`It cannot be read: ${message}.`, { file, ...(at && { line: Number(at) }) }, 'Correct what stands there.'));
  }
}

function run(script: vm.Script, world: vm.Context, file: string, name: Name | undefined, given: unknown[]): Checked<unknown> {
  const called = name ?? 'extension.ts';
  world.input = JSON.stringify([name ?? null, given]);
  const end = patiently(() => script.runInContext(world, { timeout: CALL_MS }) as string);
  if ('error' in end) {
    const summary = isTimeout(end.error) ? `${called} takes more than ${CALL_MS / 1000} s.` : `${called} failed.`;
    return bad(problem(summary, { file }, mend));
  }
  const { text } = end;
  if (typeof text !== 'string' || text.length > MOST_TEXT) return bad(problem(`${called} gives more than ${MOST_TEXT / 1024 / 1024} MiB.`, { file }, mend));
  const said = JSON.parse(text) as { value?: unknown; failed?: string; stack?: string };
  if (said.failed === undefined) return ok(said.value);
  return bad(problem(`${called} failed: ${said.failed.slice(0, 500)}.`, placeIn(file, said.stack), mend));
}

/**
 * The limit is on the clock of the wall, and on a machine with much else to do a call may hardly run at all in that time. What has not had half of
 * it on a processor is called again: it remembers nothing, so that harms nobody.
 */
function patiently(call: () => string): { text: string } | { error: unknown } {
  const before = process.threadCpuUsage();
  for (let tries = 1; ; tries++) {
    try {
      return { text: call() };
    } catch (error) {
      const { user, system } = process.threadCpuUsage(before);
      if (!isTimeout(error) || tries === MOST_TRIES || (user + system) / 1000 > CALL_MS / 2) return { error };
    }
  }
}

const isTimeout = (error: unknown): boolean => (error as NodeJS.ErrnoException | undefined)?.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT';

function placeIn(file: string, stack = ''): Where {
  const found = stack.split(`${file}:`)[1];
  const number = Number.parseInt(found ?? '', 10);
  return { file, ...(number > 0 && { line: number }) };
}

// Taking types away is called experimental by a warning on standard error, which is about Node.js and nothing that an operator can act on.
function quietly<T>(work: () => T): T {
  const { emitWarning } = process;
  process.emitWarning = () => {};
  try {
    return work();
  } finally {
    process.emitWarning = emitWarning;
  }
}
