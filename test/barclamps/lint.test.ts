// Each thing lint finds, in a barclamp that is sound but for that: what it says, and the file and line it names.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { updateCases } from '../../core/author/cases.ts';
import { lint } from '../../core/author/lint.ts';
import { reference } from '../../core/author/reference.ts';
import { samplesOf } from '../../core/author/sample.ts';
import { scaffold } from '../../core/author/scaffold.ts';
import { graphDot, graphOf, graphSvg, graphText } from '../../core/author/graph.ts';
import { foldersFor, openSubject, openTogether } from '../../core/author/subject.ts';
import { loadBarclamp } from '../../core/catalog/catalog.ts';
import { placeOf, type Problem } from '../../core/model/problem.ts';

const root = path.resolve(import.meta.dirname, '../..');
const home = mkdtempSync(path.join(tmpdir(), 'prybar-lint-'));
after(() => rmSync(home, { recursive: true }));

let count = 0;

/** A new barclamp `greet`, with some of its files changed. */
function greet(change: Record<string, string | ((text: string) => string)> = {}): string {
  const parent = path.join(home, String(count++));
  const made = scaffold('greet', parent);
  assert(made.ok);
  for (const [file, text] of Object.entries(change)) {
    const target = path.join(made.value.folder, file);
    mkdirSync(path.dirname(target), { recursive: true });
    writeFileSync(target, typeof text === 'string' ? text : text(readFileSync(target, 'utf8')));
  }
  return made.value.folder;
}

const found = (folder: string): Problem[] => lint(folder, foldersFor([folder]));
const places = (problems: Problem[]): string[] =>
  problems.map((p) => `${placeOf({ ...p.where, pointer: undefined, resource: undefined } as never)} ${p.summary}`);

const server = 'roles/greet-server/recipe.yml';
const cases: { name: string; change: Parameters<typeof greet>[0]; says: RegExp[] }[] = [
  {
    name: 'a variable that the schema does not have',
    change: { 'roles/greet-server/templates/server.conf.njk': 'a\n{% if attributes.port > 9 %}\n{{ attributes.prot }}\n{% endif %}\n' },
    says: [/^greet\/roles\/greet-server\/templates\/server\.conf\.njk:3 It reads attributes\.prot/],
  },
  {
    name: 'a variable that nothing has',
    change: { 'roles/greet-server/templates/server.conf.njk': (t) => `${t}\n{{ atributes.port }}\n` },
    says: [/server\.conf\.njk:4 The template reads a variable/],
  },
  {
    name: 'a loop whose if chooses nothing',
    change: {
      'roles/greet-server/templates/server.conf.njk':
        'a\n{% if attributes.port > 9 %}\n{%- for one in [1, 2] if one > attributes.port -%}\n{{ one }}\n{% endfor %}\n{% endif %}\n{% for one in ([1] if attributes.port) %}{% endfor %}\n',
      [server]: (t) =>
        t.replace('- output', '- file: /etc/greet/x\n  content: |\n    begin\n    {% for one in [1, 2] if one > 1 %}{{ one }}{% endfor %}\n- output'),
    },
    says: [
      /^greet\/roles\/greet-server\/recipe\.yml:12 The `if` of this loop does not choose/,
      /^greet\/roles\/greet-server\/templates\/server\.conf\.njk:3 The `if` of this loop/,
    ],
  },
  {
    name: 'an input that is not declared, in a recipe',
    change: { [server]: (t) => t.replace('- output', '- file: /etc/greet/x\n  content: |\n    {{ inputs.servers }}\n- output') },
    says: [/^greet\/roles\/greet-server\/recipe\.yml:11 It reads inputs\.servers/],
  },
  {
    name: 'an input that is never read',
    change: { 'roles/greet-client/templates/client.conf.njk': 'none\n', 'test/default/expected/greet-client/client.conf': 'none\n' },
    says: [/^greet\/barclamp\.yml:23 greet-client declares the input greet-server\.servers and never reads it/],
  },
  {
    name: 'an output that is not declared',
    change: { [server]: (t) => `${t}- output: { extra: 1 }\n` },
    says: [/^greet\/roles\/greet-server\/recipe\.yml:10 greet-server publishes extra/],
  },
  {
    name: 'an output that is never published',
    change: { 'barclamp.yml': (t) => t.replace('    outputs:\n', '    outputs:\n      more: { type: string }\n') },
    says: [/^greet\/barclamp\.yml:14 greet-server declares the output more/],
  },
  {
    name: 'a setting that nothing reads',
    change: {
      'proposal.schema.json': (t) => t.replace('"port": {', '"unused": { "type": "string", "description": "Nothing.", "default": "" },\n    "port": {'),
    },
    says: [/^greet\/proposal\.schema\.json:7 No template or recipe reads the setting unused/],
  },
  {
    name: 'a property without a description, however deep',
    change: {
      'proposal.schema.json': (t) => t.replace('"default": 8000', '"default": 8000,\n      "oneOf": [{ "properties": { "deep": { "type": "string" } } }]'),
    },
    says: [/^greet\/proposal\.schema\.json:14 The property deep has no description/],
  },
  {
    name: 'a pattern that is not linear',
    change: {
      'proposal.schema.json': (t) =>
        t.replace('"port": {', '"name": { "type": "string", "description": "A name.", "pattern": "^(?=a)", "default": "a" },\n    "port": {'),
    },
    says: [/^greet\/proposal\.schema\.json:7 The pattern \^\(\?=a\) cannot be checked in linear time/],
  },
  {
    name: 'a command without a guard',
    change: { [server]: (t) => `- command: echo hello\n${t}` },
    says: [/^greet\/roles\/greet-server\/recipe\.yml:1 This command would run again each time/],
  },
  {
    name: 'sh code that shellcheck dislikes',
    change: { [server]: (t) => `${t}- command: |\n    for f in $(ls /etc); do rm $f; done\n  unless: "true"\n` },
    says: [/recipe\.yml:10 shellcheck says of.*ls/, /Double quote/],
  },
  {
    name: 'a word that no resource knows',
    change: { [server]: (t) => t.replace('mode: "0644"', 'mod: "0644"') },
    says: [/^greet\/roles\/greet-server\/recipe\.yml:4 "mod" is not a known property/],
  },
  {
    name: 'a file that does not exist',
    change: { [server]: (t) => t.replace('server.conf.njk', 'missing.conf.njk') },
    says: [/recipe\.yml:4 There is no file templates\/missing\.conf\.njk/, /server\.conf/],
  },
  {
    name: 'a template that nothing uses',
    change: { 'roles/greet-server/templates/spare.njk': 'spare\n' },
    says: [/^greet\/roles\/greet-server\/templates\/spare\.njk No recipe of greet-server uses this file/],
  },
  {
    name: 'a package that is not in the bundle',
    change: { [server]: (t) => `- package: chrony\n${t}` },
    says: [/^greet\/roles\/greet-server\/recipe\.yml:1 It installs chrony, which the bundle for debian-12 lacks/],
  },
  {
    name: 'a download that is not in the bundle',
    change: { [server]: (t) => `- download: /opt/tool\n  from: https://example.net/tool\n  sha256: ${'a'.repeat(64)}\n${t}` },
    says: [/^greet\/roles\/greet-server\/recipe\.yml:1 It fetches https:\/\/example\.net\/tool, which the bundle lacks/],
  },
  {
    name: 'a circle',
    change: { 'barclamp.yml': (t) => t.replace('    nodes: { min: 1', '    waitsFor: [greet-client]\n    nodes: { min: 1') },
    says: [/^greet\/barclamp\.yml:\d+ .*These roles wait for one another in a circle: greet-client → greet-server → greet-client/, /.*/],
  },
  {
    name: 'a role of another barclamp that is not in needs',
    change: { 'barclamp.yml': (t) => t.replace('waitsFor: [greet-server]', 'waitsFor: [greet-server, ntp-client]') },
    says: [/^greet\/barclamp\.yml:16 greet-client builds on ntp-client of the barclamp ntp/],
  },
  {
    name: 'needs that cannot be met',
    change: { 'barclamp.yml': (t) => t.replace('">=0.1" }', '">=99", barclamps: { ntp: "^9" } }') },
    says: [/greet\/barclamp\.yml.* needs Prybar >=99/, /needs ntp \^9, and ntp is/],
  },
  {
    name: 'a range that is none',
    change: { 'barclamp.yml': (t) => t.replace('">=0.1"', '"newest"') },
    says: [/^greet\/barclamp\.yml:5 "newest" is not a range of versions/],
  },
  {
    name: 'an example that is no proposal',
    change: { 'README.md': (t) => t.replace('port: 8000', 'port: many') },
    says: [/^greet\/README\.md:7 "port" must be integer/],
  },
  {
    name: 'an example with a role that is not there',
    change: { 'README.md': (t) => t.replace('  greet-server: [n1]', '  greet-sever: [n1]') },
    says: [/^greet\/README\.md:9 The example names the role greet-sever/],
  },
  { name: 'a missing example', change: { 'README.md': 'nothing\n' }, says: [/^greet\/README\.md:1 README\.md shows no proposal/] },
  {
    name: 'defaults that are invalid',
    change: { 'proposal.schema.json': (t) => t.replace('"default": 8000', '"default": 0') },
    says: [/^greet\/proposal\.schema\.json:\d+ The defaults alone make no valid proposal/],
  },
  {
    name: 'a case that comes out otherwise',
    change: { 'test/default/expected/greet-server/server.conf': (t) => t.replace('8080', '8081') },
    says: [
      /^greet\/test\/default\/expected\/greet-server\/server\.conf:2 greet\/roles\/greet-server\/templates\/server\.conf\.njk gives "port = 8080", where "port = 8081" is expected/,
    ],
  },
  {
    name: 'a golden file that nothing gives',
    change: { 'test/default/expected/greet-server/other': 'x' },
    says: [/expected\/greet-server\/other No template/],
  },
  {
    name: 'a role that no case takes in',
    change: { 'test/default/proposal.yml': (t) => t.replace(/ {2}n2:.*\n/, ''), 'test/default/expected/greet-client/client.conf': '' },
    says: [/greet-client/],
  },
  {
    name: 'a smoke test that changes something',
    change: { 'smoke.yml': '- wait: { port: 80, host: "{{ nodes(\'greet-server\')[0].addresses.admin }}" }\n- file: /etc/x\n' },
    says: [/^greet\/smoke\.yml:2 What proves that a service works only looks at it/],
  },
  {
    name: 'an extension that reaches outside',
    change: {
      'extension.ts':
        "import type { Extension } from 'prybar/extension';\n// process\nexport const extension: Extension = { suggestNodes: () => process.env };\n",
    },
    says: [/^greet\/extension\.ts:3 .*process reaches outside/],
  },
  {
    name: 'an extension that imports more than types',
    change: { 'extension.ts': "import { readFileSync } from 'node:fs';\nexport const extension = { suggestNodes: () => readFileSync('/etc/passwd') };\n" },
    says: [/^greet\/extension\.ts:1 An extension imports types only/],
  },
  {
    name: 'an extension whose functions fail',
    change: {
      'extension.ts':
        "import type { Extension } from 'prybar/extension';\nexport const extension: Extension = {\n  suggestNodes: (site) => ({ 'greet-server': [site.nodes[0]!.name] }),\n};\n",
    },
    says: [/^greet\/extension\.ts:3 suggestNodes failed: Cannot read properties of undefined/],
  },
  {
    name: 'an input that neither a role nor the extension gives',
    change: {
      'extension.ts':
        "import type { Extension } from 'prybar/extension';\nexport const extension: Extension = {\n  deriveInputs: (_, { attributes }) => ({ twice: 2 * (attributes.port as number) }),\n};\n",
      'roles/greet-server/templates/server.conf.njk': (t) => `${t}\n{{ inputs.twice }} {{ inputs.thrice }}\n`,
    },
    says: [/^greet\/roles\/greet-server\/templates\/server\.conf\.njk:4 It reads inputs\.thrice/],
  },
  {
    name: 'a migration that does not do what its example says',
    change: {
      'migrations/0.0-to-0.1.0.yml':
        'attributes:\n  - rename: /listen\n    to: /port\nexamples:\n  - before: { attributes: { listen: 80 } }\n    after: { attributes: { port: 81 } }\n',
    },
    says: [/^greet\/migrations\/0\.0-to-0\.1\.0\.yml:5 The example gives {"attributes":{"port":80},"roles":{}}/],
  },
  {
    name: 'a migration whose result the schema refuses',
    change: {
      'migrations/0.0-to-0.1.0.yml': 'attributes: []\nexamples:\n  - before: { attributes: { listen: 80 } }\n    after: { attributes: { listen: 80 } }\n',
    },
    says: [/^greet\/migrations\/0\.0-to-0\.1\.0\.yml:3 What comes out is no valid proposal of 0\.1\.0: "listen" is not a known property/],
  },
];

describe('barclamp lint', function () {
  this.timeout(120_000);

  it('finds nothing in a new one', () => assert.deepEqual(places(found(greet())), []));

  for (const { name, change, says } of cases) {
    it(`finds ${name}`, () => {
      const problems = found(greet(change));
      for (const words of says)
        assert(
          places(problems).some((text) => words.test(text)),
          `${words} is not among\n${places(problems).join('\n') || 'nothing'}`,
        );
      assert(problems.length <= says.length, `more than expected:\n${places(problems).join('\n')}`);
      // Whoever reads a Problem wants to know what to do.
      for (const problem of problems) assert(problem.next, `no advice: ${problem.summary}`);
    });
  }

  it('comes by branches that the defaults do not take', () => {
    const folder = greet({
      'proposal.schema.json': (t) =>
        t.replace('"port": {', '"mode": { "enum": ["plain", "fancy"], "description": "How.", "default": "plain" },\n    "port": {'),
      'roles/greet-server/templates/server.conf.njk': (t) => `${t}{% if attributes.mode == 'fancy' %}{{ nothing.here }}{% endif %}`,
    });
    const [problem] = found(folder);
    assert.match(problem!.next!, /where mode is "fancy"/);
  });

  it('takes new expectations over with --update', () => {
    const folder = greet({ 'roles/greet-server/templates/server.conf.njk': 'port is {{ attributes.port }}\n' });
    assert.equal(found(folder).length, 1);
    const { subject } = openSubject(folder, foldersFor([folder]));
    assert.deepEqual(updateCases(subject!).written, ['greet/test/default/expected/greet-server/server.conf']);
    assert.deepEqual(found(folder), []);
    assert.equal(readFileSync(path.join(folder, 'test/default/expected/greet-server/server.conf'), 'utf8'), 'port is 8080\n');
  });

  it('is a command that names files as they can be opened, and ends with 1 on errors', () => {
    const folder = greet({ [server]: (t) => `- command: echo hello\n${t}` });
    const cli = (...args: string[]) =>
      spawnSync(process.execPath, [path.join(root, 'core/cli/prybar.ts'), 'barclamp', 'lint', ...args], {
        cwd: path.dirname(folder),
        encoding: 'utf8',
        env: { ...process.env, NO_COLOR: '1' },
      });
    const text = cli('greet');
    assert.equal(text.status, 1);
    assert.match(
      text.stdout,
      /✗ This command would run again.*\n {2}where greet\/roles\/greet-server\/recipe\.yml:1\n {2}next {2}Add `unless:`[\s\S]*1 error in greet\n$/,
    );
    const json = JSON.parse(cli('greet', '--json').stdout) as { folder: string; problems: Problem[] }[];
    assert.deepEqual(json[0]!.problems[0]!.where, { file: 'greet/roles/greet-server/recipe.yml', line: 1 });
    assert.equal(cli(greet()).status, 0);
  });
});

describe('samples of a schema', () => {
  it('vary one property at a time and fit', () => {
    const samples = samplesOf({
      type: 'object',
      additionalProperties: false,
      required: ['name'],
      properties: {
        name: { type: 'string', pattern: '^[a-z]+\\.[a-z.]+$' },
        ha: { type: 'boolean', default: false },
        net: { type: 'object', default: {}, properties: { cidr: { type: 'string', default: '10.0.0.0/8' }, mtu: { type: 'integer', minimum: 1280 } } },
        list: { type: 'array', items: { $ref: '#/$defs/host' }, default: [] },
      },
      $defs: { host: { type: 'string', format: 'ipv4' } },
    });
    assert.deepEqual(samples[0]!.attributes, { name: 'host.example.net', ha: false, net: { cidr: '10.0.0.0/8' }, list: [] });
    assert.deepEqual(
      samples.slice(1).map((sample) => sample.because),
      ['ha is true', 'net.cidr is "sample"', 'net.mtu is 1280', 'list is ["192.0.2.10"]'],
    );
  });
});

describe('barclamp docs and graph', () => {
  it('say what the declarations say', () => {
    const text = reference(loadBarclamp(greet()).barclamp!);
    assert.match(text, /\| `port` \| integer \| `8000` \| TCP port at which the service answers\. 1 to 65535\. \|/);
    assert.match(text, /### greet-server\n\nOffers the service\.\n\n- On: 1 to 3 machines/);
  });
  it('draw what waits for what', () => {
    const { catalog, names } = openTogether(greet());
    const graph = graphOf(catalog, names);
    assert(graph.ok);
    assert.match(graphText(graph.value), /greet-client .*on every machine\)\n +waits for greet-server$/);
    assert.match(graphDot(graph.value), /"greet-server" -> "greet-client";/);
    const svg = graphSvg(graph.value);
    assert.equal(svg.match(/<rect /g)!.length, 2);
    assert.equal(svg.match(/class="waitsFor"/g)!.length, 1);
  });
});
