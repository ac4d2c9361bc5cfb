// Values stay text: in our own code through `quote` and `feed`, in authors' code wherever their {{ … }} stands.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { render } from '../catalog/render.ts';
import type { Checked } from '../model/problem.ts';
import { feed, quote, sh, shellFunction } from './shell.ts';
import { shellText } from './shell-text.ts';
import { shells } from './workshop.ts';

const output = (shell: string, program: string): Buffer => spawnSync(shell.split(' ')[0]!, [...shell.split(' ').slice(1), '-c', program], { input: '' }).stdout;

const nasty = [
  "'; rm -rf /",
  '$(touch /tmp/prybar-pwned)',
  '`id`',
  '\\',
  "\\'",
  "'\\''",
  '"',
  '""',
  '-n',
  '--',
  '-e x',
  '*',
  '~',
  '#',
  '!',
  '${x}',
  '$',
  '%s%n',
  'ü日本\u0081\u0088',
  'a\nb\n\n',
  '\t ',
  '',
  'if',
  '2',
  'done',
  '\r',
  '\x1b[2J',
  'END',
  '<<END',
];
const text = fc.oneof(
  fc.constantFrom(...nasty),
  fc.array(fc.constantFrom(...nasty, 'a', ' ', 'END\n'), { maxLength: 6 }).map((parts) => parts.join('')),
  fc.string({ unit: 'binary', maxLength: 40 }).map((made) => made.replaceAll('\0', '')),
);

for (const shell of shells) {
  describe(`values in ${shell}`, function () {
    this.timeout(120_000);

    it('quote makes one word of any text', () => {
      fc.assert(
        fc.property(fc.array(text, { minLength: 1, maxLength: 5 }), (words) => {
          assert.equal(output(shell, sh`printf '%s\\0' ${words}`).toString(), words.map((word) => `${word}\0`).join(''));
        }),
        { numRuns: 80 },
      );
    });

    it('feed brings any bytes, inside a function too', () => {
      const content = fc.oneof(
        text.map((made) => Buffer.from(made)),
        fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)),
        text.map((made) => Buffer.from(`${made}\n`)),
      );
      fc.assert(
        fc.property(content, (bytes) => {
          assert.deepEqual(output(shell, `${shellFunction('give', `true\n${feed('cat', bytes)}`)}\ngive`), bytes);
        }),
        { numRuns: 80 },
      );
    });

    it('brings large contents', () => {
      const lines = Buffer.from(`${'a long line of text, nothing else\n'.repeat(3000)}`);
      assert.deepEqual(output(shell, feed('cat', lines)), lines);
    });

    const places: [string, (value: string) => string][] = [
      ["printf '%s' {{ v }}", (v) => v],
      ["printf '%s' a{{ v }}b", (v) => `a${v}b`],
      ["printf '%s' {{v}}>&1", (v) => v],
      ['printf "%s" "a {{ v }} b"', (v) => `a ${v} b`],
      ["printf '%s' 'a {{ v }} b'", (v) => `a ${v} b`],
      ["printf '%s' {{ v | quote }}", (v) => v],
      ['x="$(printf "%s." "{{ v }}")"; printf "%s" "$x"', (v) => `${v}.`],
      ["x=$(printf '%s.' {{ v }}); printf '%s' \"$x\"", (v) => `${v}.`],
      ["( printf '%s' {{ v }} ) # {{ v }}", (v) => v],
      ["printf '%s' \"it's\" {{ v }} # it's {{ v }}\nprintf '%s' {{ v }}", (v) => `it's${v}${v}`],
      ["{% for one in list %}printf '%s' {{ one }}\n{% endfor %}", (v) => v + v],
      ['for p in {{ v }}; do printf \'%s\' "$p"; done', (v) => v],
      ["case {{ v }} in {{ v }}) printf '%s' {{ v }};; esac", (v) => v],
    ];
    it('{{ … }} in authors’ code is that text, bare and in quotes', () => {
      fc.assert(
        fc.property(fc.constantFrom(...places), text, ([code, expected], v) => {
          const filled = shellText(code, (template) => render(template, { v, list: [v, v] }, {}), {});
          assert.ok(filled.ok, JSON.stringify(filled));
          // What ends in newlines loses them in $( ), which is what the author wrote; the dots above are for that.
          assert.equal(output(shell, filled.value).toString(), expected(v));
        }),
        { numRuns: 300 },
      );
    });
  });
}

describe('{{ … }} in authors’ code', () => {
  const refused = (code: string): string => {
    const filled: Checked<string> = shellText(code, (template) => render(template, { v: 'x' }, {}), { file: 'recipe.yml', line: 7 });
    assert.ok(!filled.ok, `accepted: ${JSON.stringify(filled)}`);
    assert.equal(filled.problems[0]!.where?.line, 7);
    return filled.problems[0]!.summary;
  };
  it('is refused where its value could not be kept plain text', () => {
    assert.match(refused('echo `echo {{ v }}`'), /inside `…`/);
    assert.match(refused('echo ${x:-{{ v }}}'), /\$\{…\}/);
    assert.match(refused('echo "${x:-{{ v }}}"'), /\$\{…\}/);
    assert.match(refused('echo $(( {{ v }} + 1 ))'), /\$\(\(/);
    assert.match(refused('cat <<END\n{{ v }}\nEND'), /here-document/);
    assert.match(refused('echo \\{{ v }}'), /backslash/);
    assert.match(refused('echo "\\{{ v }}"'), /backslash/);
    assert.match(refused('echo ${{ v }}'), /\$/);
    assert.match(refused("echo $'{{ v }}'"), /\$'/);
    assert.match(refused('echo "$(case x in x) echo {{ v }};; esac)"'), /case/);
  });
  it('leaves the rest of the code as it is', () => {
    const code = `x=1 # it's\necho "$x" 'a"b' \\" $(( 1 << 2 )) "\${x#y}" \`id\`\ncat <<'E'\n'\nE\n`;
    assert.deepEqual(
      shellText(code, (template) => render(template, {}, {}), {}),
      { ok: true, value: code },
    );
  });
  it('quotes plain words not at all', () => assert.equal(quote('/etc/a-b_c.d:1,2@3%+'), '/etc/a-b_c.d:1,2@3%+'));
});
