// What an extension.ts may do, and that whatever else it does is a Problem that names the file.

import assert from 'node:assert/strict';
import type { Extended, Site } from '../model/extension.ts';
import { problemText } from '../model/problem.ts';
import { loadExtension } from './extension.ts';

const site: Site = { deployment: 'd', nodes: [], roleNodes: {}, networks: {}, images: {} };
const scope = { attributes: { size: 3 }, inputs: {}, site: {}, roleNodes: {} };
const head = "import type { Extension } from 'prybar/extension';\n\n";

function loaded(body: string): Extended {
  const made = loadExtension(`${head}export const extension: Extension = {\n${body}\n};\n`, 'b/extension.ts', ['r', 's']);
  assert(made.ok, JSON.stringify(made));
  return made.value;
}
const refused = (text: string): string => {
  const made = loadExtension(text, 'b/extension.ts', ['r']);
  assert(!made.ok);
  return problemText(made.problems[0]!);
};
const derive = (code: string) => loaded(`  deriveInputs(_role, scope) {\n    ${code}\n  },`).deriveInputs!('r', scope);
const fails = (code: string): string => {
  const said = derive(code);
  assert(!said.ok, JSON.stringify(said));
  return problemText(said.problems[0]!);
};

describe('an extension', () => {
  it('says what its functions say, with types or without', () => {
    const extension = loaded(`  suggestNodes: (site) => ({ r: { count: site.nodes.length as number }, s: ['n1'] }),
  deriveInputs: (role, { attributes }) => ({ members: [role, attributes.size] }),
  validateProposal: (body) => [{ severity: 'warning', summary: \`\${Object.keys(body.roles).join()} is odd.\`, where: { pointer: '/roles/r' }, next: 'Mend it.' }],`);
    assert.deepEqual(extension.suggestNodes!(site), { ok: true, value: { r: { count: 0 }, s: ['n1'] } });
    assert.deepEqual(extension.deriveInputs!('r', scope), { ok: true, value: { members: ['r', 3] } });
    assert.deepEqual(extension.validateProposal!({ attributes: {}, roles: { r: [] } }, site), [
      { severity: 'warning', summary: 'r is odd.', where: { pointer: '/roles/r' }, next: 'Mend it.' },
    ]);
  });

  it('has the functions that it declares, and no others', () => {
    assert.deepEqual(Object.keys(loaded('  suggestNodes: () => ({}),')), ['suggestNodes']);
    assert.match(
      refused('export const extension = { suggestNode() {} };'),
      /An extension has no suggestNode\.\n {2}where: b\/extension\.ts\n {2}next: .*suggestNodes/,
    );
  });

  it('has nothing to reach out to', () => {
    for (const outside of ['process', 'require', 'fetch', 'Date', 'console', 'Intl', 'globalThis', 'setTimeout', 'WebAssembly', 'SharedArrayBuffer', 'Promise'])
      assert.deepEqual(derive(`return { kind: typeof ${outside} };`), { ok: true, value: { kind: 'undefined' } }, outside);
    assert.match(fails('return { now: Date.now() };'), /deriveInputs failed: Date is not defined/);
    assert.match(fails('return { x: Math.random() };'), /Math\.random is not a function/);
    assert.match(fails("return { x: 'a'.localeCompare('b') };"), /localeCompare is not a function/);
    assert.match(fails("return { x: (() => {}).constructor('return this')() };"), /Code generation from strings disallowed/);
    // What it is given are copies, of a world without process.
    assert.match(fails("return { x: (scope.attributes.constructor as Function).constructor('return process')() };"), /Code generation from strings disallowed/);
  });

  it('says the same each time: nothing is kept from one call to the next', () => {
    const made = loadExtension(
      'let count = 0;\nconst seen = [];\nexport const extension = { deriveInputs() { count += 1; seen.push(1); return { count, seen }; } };',
      'b/extension.ts',
      ['r'],
    );
    assert(made.ok);
    for (let time = 0; time < 3; time++) assert.deepEqual(made.value.deriveInputs!('r', scope), { ok: true, value: { count: 1, seen: [1] } });
    assert.match(fails('(undeclared as any) = 1; return {};'), /undeclared is not defined/);
  });

  it('is told, with the line, when it throws', () => {
    assert.match(
      fails('return { name: (scope.inputs.db as any).host };'),
      /error: deriveInputs failed: Cannot read properties of undefined \(reading 'host'\)\.\n {2}where: b\/extension\.ts:5\n/,
    );
    assert.match(fails('throw null;'), /deriveInputs failed: null/);
    assert.match(fails('const f = (): number => f(); return { x: f() };'), /Maximum call stack/);
  });

  it('is told when it takes too long, also in what it leaves for later', function () {
    // Three seconds, where this process has the machine to itself.
    this.timeout(120_000);
    assert.match(fails('for (;;) ;'), /deriveInputs takes more than 1 s\.\n {2}where: b\/extension\.ts/);
    assert.match(fails('void (async () => { await null; for (;;) ; })(); return {};'), /takes more than 1 s/);
    assert.match(refused('for (;;) ;\nexport const extension = {};'), /extension\.ts takes more than 1 s/);
    assert.match(fails("let x = 'x'; while (x.length < 3e6) x += x; return { x };"), /gives more than 1 MiB/);
  });

  it('is told when what it gives is nonsense', () => {
    assert.match(fails("return 'a text' as never;"), /What deriveInputs gives is not right.*object/);
    assert.match(fails('return undefined as never;'), /What deriveInputs gives is not right/);
    assert.match(fails("return { 'no name': 1 };"), /What deriveInputs gives is not right/);
    assert.match(fails('const a: any = {}; a.a = a; return a;'), /deriveInputs failed: Converting circular/);
    assert.match(fails('return (async () => ({}))() as never;'), /deriveInputs failed: it gives a promise/);
    const suggested = loaded('  suggestNodes: () => ({ r: { count: -1 } }),').suggestNodes!(site);
    assert(!suggested.ok);
    assert.match(problemText(suggested.problems[0]!), /What suggestNodes gives is not right at \/r/);
    const elsewhere = loaded("  suggestNodes: () => ({ another: ['n1'] }),").suggestNodes!(site);
    assert(!elsewhere.ok, 'a role of another barclamp');
    const objections = loaded("  validateProposal: () => ['wrong'] as never,").validateProposal!({ attributes: {}, roles: {} }, site);
    assert.match(problemText(objections[0]!), /error: What validateProposal gives is not right at \/0.*\n {2}where: b\/extension\.ts/);
  });

  it('is refused with the line when it cannot be read', () => {
    assert.match(refused('const a = 1;\nexport const extension = { b c };\n'), /It cannot be read: .*\n {2}where: b\/extension\.ts:2/);
    assert.match(refused('enum A { b }\nexport const extension = {};\n'), /enum is not supported/);
    assert.match(
      refused("import fs from 'node:fs';\nexport const extension = { suggestNodes: () => fs };\n"),
      /An extension imports types only\.\n {2}where: b\/extension\.ts:1/,
    );
    assert.match(refused('export default {};\n'), /does not say what the extension is/);
    assert.match(refused('throw new Error("no");\nexport const extension = {};\n'), /extension\.ts failed: no\.\n {2}where: b\/extension\.ts:1/);
  });
});
