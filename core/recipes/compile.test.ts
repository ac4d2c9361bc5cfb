// Compiled programs, run for real in each shell they must work in: files, guards, notifications, failures, limits, secrets.

import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { evaluate, render } from '../catalog/render.ts';
import type { JsonSchema } from '../model/barclamp.ts';
import type { RecipeItem } from '../model/recipe.ts';
import { checkSchema } from '../schema.ts';
import { itemSchema, readReport, resources } from './compile.ts';
import { busyboxRoot, openWorkshop, runProgram, shellcheck, shells, type Workshop } from './workshop.ts';

const work: Workshop = openWorkshop({ render, evaluate });
const { place } = work;
const at = (name: string): string => path.join(place, name);
const read = (name: string): string => readFileSync(at(name), 'utf8');
const alive = (pid: string): boolean => existsSync(`/proc/${pid.trim()}`) && !/^State:\s+Z/m.test(readFileSync(`/proc/${pid.trim()}/status`, 'utf8'));
const modeOf = (name: string): string => (statSync(at(name)).mode & 0o7777).toString(8);
after(() => work.close());

const nasty = '\'; rm -rf / $(id) `id` \\ "x"\nsecond ü\ttab %s -n';

describe('a recipe', function () {
  this.timeout(120_000);
  beforeEach(() => work.empty());

  for (const shell of shells) {
    describe(`in ${shell}`, () => {
      const files = { 'templates/conf.njk': 'name = {{ attributes.name }}\n', 'files/blob': Buffer.from([0, 255, 10, 13, 0, 39]) };
      const around = { files, scope: { attributes: { name: nasty, users: ['ann', 'bob'], on: false } } };
      const items: RecipeItem[] = [
        { directory: at('d/sub'), mode: '0750' },
        { file: at('d/text'), content: `${nasty}\n`, mode: '0640' },
        { file: at('d/no-newline'), content: nasty },
        { file: at('d/blob'), source: 'files/blob' },
        { file: at('d/empty') },
        { template: 'conf.njk', to: at('d/conf'), mode: '0644', validate: 'grep -q "^name" %s' },
        { link: at('d/link'), to: 'text' },
        { file: `${place}/user-{{ item }}`, content: '{{ item }} {{ index }}\n', for: 'attributes.users' },
        { file: at('never'), content: '{{ attributes.undefined_because_off }}', when: 'attributes.on' },
        { file: at('never-rpm'), on: 'rpm' },
        { command: `printf '%s' {{ attributes.name }} >${at('out')}`, creates: at('out') },
        { command: ['sh', '-c', 'printf %s "$1" >"$2"', 'sh', '{{ attributes.name }}', at('argv')], unless: `test -e ${at('argv')}` },
        { command: 'echo one; echo two', changes: false, capture: 'lines' },
        { command: `printf '%s' "$captured_lines" | cat - >${at('captured')}`, creates: at('captured') },
        { wait: { file: at('out'), timeout: '2s' } },
        { output: { said: '{{ captured.lines }}', list: ['{{ node.addresses.admin }}', 5], name: '{{ attributes.name }}' } },
      ];

      it('brings everything about, and a second run changes nothing', async () => {
        const before = work.digest();
        const checked = await work.check(items, shell, around);
        assert.equal(work.digest(), before, 'check mode changed something');
        assert.equal(checked.outcome.kind, 'done', JSON.stringify(checked.outcome));

        const first = await work.run(items, shell, around);
        assert.equal(first.outcome.kind, 'done', JSON.stringify(first.outcome));
        assert.equal(read('d/text'), `${nasty}\n`);
        assert.equal(modeOf('d/text'), '640');
        assert.equal(read('d/no-newline'), nasty);
        assert.deepEqual(readFileSync(at('d/blob')), files['files/blob']);
        assert.equal(read('d/empty'), '');
        assert.equal(read('d/conf'), `name = ${nasty}\n`);
        assert.equal(read('d/link'), read('d/text'));
        assert.equal(read('user-bob'), 'bob 1\n');
        assert.equal(read('out'), nasty);
        assert.equal(read('argv'), nasty);
        assert.equal(read('captured'), 'one\ntwo');
        assert.ok(!existsSync(at('never')) && !existsSync(at('never-rpm')));
        assert.deepEqual(first.outcome.kind === 'done' && first.outcome.outputs, { said: 'one\ntwo', list: ['10.0.0.1', 5], name: nasty });

        // What check mode announced is what then happened.
        const changedIn = (ran: typeof first): string[] =>
          Object.entries(ran.results)
            .filter(([, result]) => result === 'changed')
            .map(([name]) => name);
        assert.deepEqual(changedIn(checked), changedIn(first));

        const after = work.digest();
        const second = await work.run(items, shell, around);
        assert.deepEqual(second.outcome, { ...first.outcome, changed: 0 });
        assert.equal(work.digest(), after, 'the second run changed something');
        assert.equal((await work.check(items, shell, around)).diffs.trim(), '');
      });

      it('is taken away again', async () => {
        await work.run(items.slice(0, 7), shell, around);
        const gone: RecipeItem[] = [
          { link: at('d/link'), state: 'absent' },
          ...['text', 'no-newline', 'blob', 'empty', 'conf'].map((name) => ({ file: at(`d/${name}`), state: 'absent' })),
          { directory: at('d'), state: 'absent', recursive: true },
        ];
        const before = work.digest();
        await work.check(gone, shell);
        assert.equal(work.digest(), before);
        assert.equal((await work.run(gone, shell)).outcome.kind, 'done');
        assert.deepEqual(readdirSync(place), []);
        assert.deepEqual((await work.run(gone, shell)).outcome, { kind: 'done', outputs: {}, changed: 0 });
      });

      it('stops at what fails, says where and why, and still does what was notified', async () => {
        const { outcome, results, events } = await work.run(
          [
            { file: at('conf'), content: 'x\n', notify: 'hook' },
            { command: 'echo to stdout; echo "the reason" >&2; exit 7', as: 'breaks', unless: 'false' },
            { file: at('after'), content: 'x\n' },
            { command: `echo ran >>${at('hook')}`, as: 'hook', onNotify: 'run' },
          ],
          shell,
        );
        assert.deepEqual(results, { [`file ${at('conf')}`]: 'changed', breaks: 'failed', hook: 'changed' });
        assert.equal(read('hook'), 'ran\n');
        assert.equal(outcome.kind, 'failed');
        if (outcome.kind !== 'failed') return;
        assert.equal(outcome.problem.summary, 'breaks failed: exit status 7: the reason');
        assert.deepEqual(outcome.problem.where, { file: 'roles/test-role/recipe.yml', line: 2, pointer: '/1', resource: 'breaks' });
        const end = events.find((event) => event.kind === 'end' && event.result === 'failed');
        assert.equal(end?.kind === 'end' && end.reason, 'exit status 7\nto stdout\nthe reason');
      });

      it('ends an item that takes longer than it may, with all that it started', async () => {
        const { outcome } = await work.run(
          [{ command: `sh -c 'trap "" TERM; echo $$ >${at('pid')}; while :; do sleep 1; done'`, as: 'hangs', unless: 'false', timeout: '1s' }],
          shell,
        );
        assert.match(outcome.kind === 'failed' ? outcome.problem.summary : '', /^hangs failed: it took longer than 1 s$/);
        assert.ok(!alive(read('pid')));
      });

      it('asks to be run again later when a command says so (exit status 75)', async () => {
        const { outcome, results } = await work.run([{ command: 'exit 75', as: 'poll', unless: 'false' }, { file: at('after') }], shell);
        assert.equal(outcome.kind, 'notYet');
        assert.deepEqual(results, { poll: 'skipped' });
      });

      it('does not wait for what a command leaves in the background', async () => {
        const started = Date.now();
        const { outcome } = await work.run([{ command: 'sleep 60 & echo $!', changes: false, as: 'daemon' }, { file: at('after') }], shell);
        assert.equal(outcome.kind, 'done');
        assert.ok(Date.now() - started < 20_000);
        execFileSync('sh', [
          '-c',
          `for p in /proc/[0-9]*; do if [ "$(tr '\\0' ' ' <$p/cmdline)" = "sleep 60 " ]; then kill "\${p#/proc/}"; fi; done 2>/dev/null; true`,
        ]);
      });
    });
  }

  it('works where there is nothing but busybox', async function () {
    const shell = busyboxRoot(work.folder);
    const program = work.program(
      [
        { directory: '/srv/d', mode: '0750' },
        { file: '/srv/d/f', content: `${nasty}\n`, mode: '0640', owner: '0', group: '0' },
        { file: '/srv/d/b', source: 'files/b' },
        { link: '/srv/l', to: 'd/f' },
        { command: 'cat /srv/d/f >/srv/copy', creates: '/srv/copy', as: 'copy' },
        { command: 'echo said', changes: false, capture: 'x' },
        { wait: { command: 'test -e /srv/copy', timeout: 2 } },
        { output: { x: '{{ captured.x }}' } },
      ],
      'apply',
      { files: { 'files/b': Buffer.from([0, 1, 2]) } },
    );
    const first = await runProgram(program, shell);
    assert.deepEqual(first.outcome, { kind: 'done', outputs: { x: 'said' }, changed: 5 }, first.raw);
    const second = await runProgram(program, shell);
    assert.deepEqual(second.outcome, { kind: 'done', outputs: { x: 'said' }, changed: 0 }, second.raw);
  });

  it('publishes what a template gives as JSON', async () => {
    const list = '{% set found = [] %}{% for name in attributes.names %}{% set _ = found.push({ name: name }) %}{% endfor %}{{ { found: found } | toJson }}\n';
    const around = (text: string) => ({ files: { 'templates/values.njk': text }, scope: { attributes: { names: [nasty, 'b'] } } });
    const ran = await work.run([{ output: 'values.njk' }], 'dash', around(list));
    assert.deepEqual(ran.outcome, { kind: 'done', outputs: { found: [{ name: nasty }, { name: 'b' }] }, changed: 0 }, ran.raw);
    assert.match(work.problems([{ output: 'values.njk' }], around('found: {{ attributes.names[1] }}'))[0]!.summary, /does not give a value as JSON/);
  });

  it('is readable and shellcheck-clean', async () => {
    const { program } = work.program(
      [
        { template: 'a.njk', to: '/etc/a', validate: 'test -s %s', backup: true, notify: 'chrony' },
        { service: 'chrony', state: 'running', enabled: true },
        { output: { x: 1 } },
      ],
      'apply',
      { files: { 'templates/a.njk': "a = it's {{ node.name }}\n" } },
    );
    assert.equal(await shellcheck(program), '');
    assert.ok(!program.includes('install_packages'), 'functions that nothing calls are carried along');
    assert.equal(
      program.slice(program.indexOf('# 1. ')),
      `# 1. template /etc/a (roles/test-role/recipe.yml:1)
resource_1() {
  backup=yes
  validate() {
    run_text '' 3<<'END'
test -s /etc/.a.prybar-new
END
  }
  put /etc/a '' '' '' <<'END'
a = it's n1
END
}

# 2. service chrony (roles/test-role/recipe.yml:2)
resource_2() {
  need_systemd
  unit_state chrony.service running yes '' restart test-role-on-n1.chrony
}

# 3. output x (roles/test-role/recipe.yml:3)
resource_3() {
  publish <<'END'
{
  "x": 1
}
END
}

# when notified: restart chrony (roles/test-role/recipe.yml:2)
handler_4() {
  need_systemd
  unit_notified chrony.service restart
}

# What is done, in order: number, time limit in seconds, name, what it notifies.
start
resource 1 600 'template /etc/a' test-role-on-n1.chrony
resource 2 300 'service chrony'
resource 3 600 'output x'
handler 4 300 'restart chrony' test-role-on-n1.chrony
finish
`,
    );
  });

  it('is the same program for the same recipe', () => {
    const items = [{ command: 'echo {{ attributes.x }}', changes: false }];
    const one = (): string => work.program(items, 'apply', { scope: { attributes: { x: 'it' } } }).program;
    assert.equal(one(), one());
  });
});

describe('values of any kind', function () {
  this.timeout(120_000);
  const torture = [
    "'; rm -rf /",
    '$(touch /tmp/prybar-pwned)',
    '`id`',
    '\\',
    '"',
    '-rf',
    '--',
    '*',
    '~',
    '#',
    '!',
    '${HOME}',
    '%s%n',
    'ü日本',
    '\n',
    '\t',
    ' ',
    'END',
    "'",
    '\r',
    '\x1b[2J',
    '<<EOF',
    '&',
    '|',
    ';',
    '{{',
    '{%',
    '}}',
    '\u0081',
  ];
  const value = fc.oneof(
    fc.array(fc.constantFrom(...torture, 'a'), { minLength: 1, maxLength: 5 }).map((parts) => parts.join('')),
    fc
      .string({ unit: 'binary', minLength: 1, maxLength: 30 })
      .map((made) => made.replaceAll('\0', ''))
      .filter((made) => made !== ''),
  );
  for (const shell of shells) {
    it(`reach files, commands, environments, inputs and names as they are, in ${shell}`, async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(value, { minLength: 8, maxLength: 8 }), async (values) => {
          work.empty();
          const names = [...new Set(values.map((one) => Buffer.from(one.replaceAll('/', '_')).subarray(0, 60).toString().replaceAll('\ufffd', '')))].filter(
            (one) => one && one !== '.' && one !== '..',
          );
          const ran = await work.run(
            [
              { file: `${place}/content-{{ index }}`, content: '{{ item }}', for: 'attributes.values' },
              {
                command: `printf '%s' {{ item }} >${place}/bare-{{ index }}; printf '%s' "{{ item }}" >${place}/double-{{ index }}; printf '%s' '{{ item }}' >${place}/single-{{ index }}`,
                creates: `${place}/single-{{ index }}`,
                for: 'attributes.values',
              },
              {
                command: `printf '%s' "$V" >${place}/env-{{ index }}; cat >${place}/stdin-{{ index }}`,
                env: { V: '{{ item }}' },
                stdin: '{{ item }}',
                creates: `${place}/env-{{ index }}`,
                for: 'attributes.values',
              },
              { directory: `${place}/names` },
              { file: `${place}/names/{{ item }}`, content: 'x', for: 'attributes.names' },
            ],
            shell,
            { scope: { attributes: { values, names } } },
          );
          assert.equal(ran.outcome.kind, 'done', ran.raw);
          for (const [i, one] of values.entries())
            for (const kind of ['content', 'bare', 'double', 'single', 'env', 'stdin']) assert.equal(read(`${kind}-${i}`), one, kind);
          assert.deepEqual(readdirSync(at('names')).sort(), names.sort());
          assert.ok(!existsSync('/tmp/prybar-pwned'));
        }),
        { numRuns: 8 },
      );
    });
  }
});

describe('files', function () {
  this.timeout(120_000);
  beforeEach(() => work.empty());

  it('shows a unified diff, keeps mode and owner, keeps a backup of what was there first, and brings it back', async () => {
    writeFileSync(at('conf'), 'a\nb\nc\n');
    execFileSync('sh', ['-c', `chown 33:33 ${at('conf')}; chmod 4750 ${at('conf')}`]);
    const { diffs } = await work.run([{ file: at('conf'), content: 'a\nB\nc\n', backup: true }]);
    assert.equal(diffs, `--- ${at('conf')}\n+++ ${at('conf')} (new)\n@@ -1,3 +1,3 @@\n a\n-b\n+B\n c`);
    assert.equal(modeOf('conf'), '4750');
    assert.equal(statSync(at('conf')).uid, 33);
    await work.run([{ file: at('conf'), content: 'again\n', backup: true }]);
    assert.equal(read('conf.before-prybar'), 'a\nb\nc\n');
    await work.run([{ file: at('conf'), state: 'original' }]);
    assert.equal(read('conf'), 'a\nb\nc\n');
    assert.deepEqual((await work.run([{ file: at('conf'), state: 'original' }])).outcome, { kind: 'done', outputs: {}, changed: 1 });
  });
  it('sets mode and owner where only they differ, and keeps the set-user-id bit over a change of owner', async () => {
    writeFileSync(at('f'), 'x');
    const items = [{ file: at('f'), mode: '4755', owner: 'daemon', group: '1' }];
    assert.match((await work.check(items)).diffs, /mode 644[\s\S]*mode 4755/);
    await work.run(items);
    assert.deepEqual([modeOf('f'), statSync(at('f')).uid, statSync(at('f')).gid], ['4755', 1, 1]);
    assert.equal((await work.run(items)).diffs.trim(), '');
  });
  it('leaves the old file when the new one is not valid', async () => {
    writeFileSync(at('conf'), 'good\n');
    const { outcome, diffs } = await work.run([
      { file: at('conf'), content: 'bad\n', validate: 'grep good %s', notify: 'hook' },
      { command: `touch ${at('hook')}`, as: 'hook', onNotify: 'run' },
    ]);
    assert.equal(outcome.kind, 'failed');
    assert.match(diffs, /\+bad/);
    assert.deepEqual([read('conf'), readdirSync(place)], ['good\n', ['conf']]);
  });
  it('replaces a link instead of writing through it', async () => {
    writeFileSync(at('target'), 'precious');
    symlinkSync(at('target'), at('f'));
    symlinkSync(at('target'), at('.f.prybar-new'));
    await work.run([{ file: at('f'), content: 'new\n', mode: '0600' }]);
    assert.deepEqual([read('target'), read('f'), modeOf('target')], ['precious', 'new\n', '644']);
  });
  it('does not replace a directory by a file, a file by a link, or take away what is not empty or holds the system', async () => {
    mkdirSync(at('d'));
    writeFileSync(at('d/f'), 'x');
    const why = async (item: RecipeItem): Promise<string> => {
      const { outcome } = await work.run([item]);
      return outcome.kind === 'failed' ? outcome.problem.summary : outcome.kind;
    };
    assert.match(await why({ file: at('d'), content: 'x' }), /is a directory/);
    assert.match(await why({ link: at('d/f'), to: 'x' }), /is not a link/);
    assert.match(await why({ directory: at('d'), state: 'absent' }), /not empty/);
    assert.match(await why({ file: at('none/f'), content: 'x' }), /does not exist/);
    assert.match(work.problems([{ directory: '/etc', state: 'absent', recursive: true }])[0]!.summary, /belongs to the system/);
    assert.match(work.problems([{ directory: '/var/lib', state: 'absent', recursive: true }])[0]!.summary, /belongs to the system/);
    assert.match(work.problems([{ directory: '/srv/../etc/x', state: 'absent', recursive: true }])[0]!.summary, /belongs to the system/);
  });
  it('does not touch a file that is as it should be', async () => {
    const items = [{ file: at('f'), content: 'x\n', mode: '0644' }];
    await work.run(items);
    utimesSync(at('f'), 1, 1);
    await work.run(items);
    assert.equal(statSync(at('f')).mtimeMs, 1000);
  });
});

describe('notifications', function () {
  this.timeout(120_000);
  beforeEach(() => work.empty());
  const hook = { command: `echo ran >>${at('hook')}`, as: 'hook', onNotify: 'run' };

  it('are carried out once at the end, and only after a change', async () => {
    const items = [
      { file: at('a'), content: 'a\n', notify: 'hook' },
      { file: at('b'), content: 'b\n', notify: ['hook'] },
      hook,
      { command: `cp ${at('hook')} ${at('too-early')}`, unless: `! test -e ${at('hook')}` },
    ];
    const checked = await work.check(items);
    assert.equal(checked.results.hook, 'changed');
    assert.ok(!existsSync(at('hook')));
    await work.run(items);
    assert.ok(!existsSync(at('too-early')));
    await work.run(items);
    assert.equal(read('hook'), 'ran\n');
  });
  it('are not lost with a run that was killed', async () => {
    const items = [
      { file: at('a'), content: 'a\n', notify: 'hook' },
      { command: `touch ${at('reached')}; sleep 60`, unless: `test -e ${at('reached')}` },
      hook,
    ];
    const { program } = work.program(items);
    const child = spawn('dash', ['-c', program], { detached: true, stdio: 'ignore' });
    while (!existsSync(at('reached'))) await new Promise((resolve) => setTimeout(resolve, 20));
    process.kill(-child.pid!, 'SIGKILL');
    assert.ok(!existsSync(at('hook')));
    assert.equal((await work.check(items)).results.hook, 'changed');
    const { results } = await work.run(items);
    assert.deepEqual([results[`file ${at('a')}`], results.hook], ['ok', 'changed']);
    assert.equal(read('hook'), 'ran\n');
    assert.equal((await work.run(items)).results.hook, undefined);
  });
});

describe('a program on its node', function () {
  this.timeout(120_000);
  beforeEach(() => work.empty());
  const slow = [{ command: `echo $$ >${at('pid')}; sleep 2; touch ${at('done')}`, creates: at('done'), as: 'slow' }, { file: at('next') }];
  const started = async (): Promise<void> => {
    while (!existsSync(at('pid'))) await new Promise((resolve) => setTimeout(resolve, 20));
  };

  it('does not overlap with another one, and takes over after one that was killed', async () => {
    const first = work.run(slow);
    await started();
    const second = await work.run([{ file: at('second') }]);
    assert.equal(second.outcome.kind, 'done');
    assert.ok(existsSync(at('done')), 'it did not wait');
    assert.equal((await first).outcome.kind, 'done');
  });
  it('says who holds the lock when it waited in vain', async () => {
    const child = spawn(
      'dash',
      ['-c', work.program([{ command: `touch ${at('pid')}; sleep 30`, unless: 'false' }], 'apply', { name: 'other-role on n1' }).program],
      { detached: true, stdio: 'ignore' },
    );
    await started();
    const { outcome } = await work.run([{ file: at('second') }]);
    process.kill(-child.pid!, 'SIGKILL');
    assert.equal(outcome.kind, 'notYet');
    assert.match(outcome.kind === 'notYet' ? outcome.reason : '', /other-role on n1, process \d+/);
    assert.equal((await work.run([{ file: at('second') }])).outcome.kind, 'done');
  });
  it('locks with a folder where there is no flock, and takes it over from the dead', async () => {
    const shell = busyboxRoot(work.folder);
    const tries = await Promise.all(
      [1, 2].map((n) => runProgram(work.program([{ command: `mkdir /tmp/alone && sleep 1 && rmdir /tmp/alone`, as: `run ${n}`, unless: 'false' }]), shell)),
    );
    assert.deepEqual(
      tries.map(({ outcome }) => outcome.kind),
      ['done', 'done'],
      tries.map(({ raw }) => raw).join(),
    );
    execFileSync('sh', [
      '-c',
      `mkdir -p ${work.folder}/busybox${work.folder}/run/lock.d; echo '999999 1' >${work.folder}/busybox${work.folder}/run/lock.d/identity`,
    ]);
    assert.equal((await runProgram(work.program([{ file: '/tmp/x' }]), shell)).outcome.kind, 'done');
  });
  for (const shell of shells) {
    // In bash one that ends at the moment of a tick is lost to `wait`.
    it(`misses the end of no item, however often it looks up meanwhile, in ${shell}`, async () => {
      const items: RecipeItem[] = Array.from({ length: 80 }, (_, index) => ({ command: 'true', changes: false, as: `item ${index}` }));
      const compiled = work.program(items);
      const hasty = compiled.program.replace('while sleep 1; do kill -USR1', 'while :; do kill -USR1');
      assert.notEqual(hasty, compiled.program);
      const { outcome } = await runProgram({ ...compiled, program: hasty }, shell.split(' '));
      assert.equal(outcome.kind, 'done', JSON.stringify(outcome));
    });
  }
  it('finishes what it has in hand when the other side is gone, and begins nothing more', async () => {
    const child = spawn('dash', ['-c', work.program(slow).program], { stdio: ['ignore', 'pipe', 'ignore'] });
    child.stdout.resume();
    await started();
    child.stdout.destroy();
    await new Promise((resolve) => child.once('exit', resolve));
    assert.deepEqual([existsSync(at('done')), existsSync(at('next'))], [true, false]);
  });
  it('ends with all that it started when it is told to', async () => {
    const child = spawn('dash', ['-c', work.program(slow).program], { stdio: ['ignore', 'pipe', 'ignore'] });
    const report = readReport({ resources: [], secrets: [], onEvent: () => {} });
    child.stdout.on('data', report.output);
    await started();
    child.kill('SIGTERM');
    const code = await new Promise<number>((resolve) => child.once('close', resolve));
    const outcome = report.outcome({ kind: 'exited', code });
    assert.match(outcome.kind === 'failed' ? outcome.problem.summary : '', /was stopped at slow/);
    assert.ok(!alive(read('pid')) && !existsSync(at('done')));
  });
  it('leaves nothing behind in its work folder', async () => {
    await work.run(slow);
    assert.deepEqual(readdirSync(path.join(work.folder, 'run')).sort(), ['lock', 'owner']);
    assert.equal((statSync(path.join(work.folder, 'run')).mode & 0o777).toString(8), '700');
  });
  it('takes little time for what is done already', async () => {
    const items = Array.from({ length: 20 }, (_, i) => ({ file: at(`f${i}`), content: `${i}\n`, mode: '0644' }));
    await work.run(items);
    const begun = performance.now();
    await work.run(items);
    console.log(`      20 files, nothing to do: ${Math.round(performance.now() - begun)} ms`);
  });
});

describe('secrets', function () {
  this.timeout(120_000);
  beforeEach(() => work.empty());
  const key = '-----BEGIN KEY-----\nc2VjcmV0IGxpbmUgb25l\nc2VjcmV0IGxpbmUgdHdv\n-----END KEY-----';
  const around = { scope: { secrets: { password: "hunter2'hunter2", key } }, files: { 'templates/t.njk': 'password={{ secrets.password }}\n' } };
  const hidden = (text: string): void => {
    for (const part of ["hunter2'hunter2", 'hunter2hunter2', 'c2VjcmV0IGxpbmUgb25l', 'c2VjcmV0IGxpbmUgdHdv'])
      assert.ok(!text.includes(part), `${part} shows in ${text}`);
  };

  it('are in no diff, no log, no process list and no file that others can read', async () => {
    const items: RecipeItem[] = [
      { template: 't.njk', to: at('t') },
      { file: at('f'), content: '{{ secrets.key }}', mode: '0600' },
      {
        command: 'printf "%s\\n" "$PASSWORD" "$KEY"; ps axww -o args',
        env: { PASSWORD: '{{ secrets.password }}', KEY: '{{ secrets.key }}' },
        changes: false,
        as: 'careless',
      },
      { command: 'cat >/dev/null; ps axww -o args', stdin: '{{ secrets.password }}', changes: false, as: 'by stdin' },
      { command: 'echo {{ secrets.password }} >&2; exit 1', changes: false, as: 'fails' },
    ];
    for (const ran of [await work.check(items, 'dash', around), await work.run(items, 'dash', around)]) {
      hidden(JSON.stringify(ran.events));
      hidden(JSON.stringify(ran.outcome));
      // The node itself shows them only where the careless commands print them.
      hidden(
        ran.raw
          .split('\n')
          .filter((line) => /^[-+]/.test(line))
          .join('\n'),
      );
    }
    assert.deepEqual([modeOf('t'), modeOf('f')], ['600', '600']);
  });
  it('are not in the process list while the program runs', async () => {
    const run = work.run(
      [
        { command: `touch ${at('pid')}; sleep 1; : {{ secrets.password }}`, unless: 'false' },
        { file: at('f'), content: '{{ secrets.key }}' },
      ],
      'dash',
      around,
    );
    while (!existsSync(at('pid'))) await new Promise((resolve) => setTimeout(resolve, 20));
    const children = execFileSync('ps', ['axww', '-o', 'args'], { encoding: 'utf8' })
      .split('\n')
      .filter((line) => !line.startsWith('dash -c #!/bin/sh'));
    hidden(children.join('\n'));
    await run;
  });
  it('cannot be put where others read them, nor published', () => {
    const why = (item: RecipeItem): string => work.problems([item], around)[0]!.summary;
    assert.match(why({ file: '/etc/x', content: '{{ secrets.password }}', mode: '0644' }), /every user of the machine can read/);
    assert.match(why({ output: { p: 'x{{ secrets.password }}' } }), /output holds a secret/);
  });
});

describe('the resources', () => {
  it('have names of their own, valid schemas, and a description for every property', () => {
    assert.equal(new Set(resources.map((one) => one.key)).size, resources.length);
    for (const one of resources) {
      const schema = itemSchema(one);
      assert.deepEqual(checkSchema(schema), [], one.key);
      assert.deepEqual(undescribed(schema), [], one.key);
    }
  });
  it('leave no sh function that nothing calls', () => {
    const folder = import.meta.dirname;
    const texts = (ending: RegExp): string[] =>
      readdirSync(folder, { recursive: true, encoding: 'utf8' })
        .filter((name) => ending.test(name))
        .map((name) => readFileSync(path.join(folder, name), 'utf8').replace(/^ *(#|\/\/).*$/gm, ''));
    const code = [...texts(/\.sh$/), ...texts(/(?<!\.test)\.ts$/)].join('\n').replaceAll('\\n', '\n');
    for (const [, name] of texts(/\.sh$/)
      .join('\n')
      .matchAll(/^(\w+)\(\) [{(]$/gm)) {
      assert.ok((code.match(new RegExp(`\\b${name}\\b`, 'g'))?.length ?? 0) > 1, `nothing calls ${name}`);
    }
  });
});

function undescribed(schema: JsonSchema, at = ''): string[] {
  const parts = Object.entries((schema.properties ?? {}) as Record<string, JsonSchema>);
  const inner = [schema.items, schema.additionalProperties].filter((part): part is JsonSchema => typeof part === 'object' && part !== null);
  return [
    ...parts.flatMap(([key, part]) => [...(part.description ? [] : [`${at}/${key}`]), ...undescribed(part, `${at}/${key}`)]),
    ...inner.flatMap((part) => undescribed(part, `${at}/*`)),
  ];
}

describe('an author’s mistakes', () => {
  const problemsOf = (items: RecipeItem[], attributes = {}) => work.problems(items, { scope: { attributes } });
  const first = (items: RecipeItem[], attributes = {}): string => {
    const found = problemsOf(items, attributes);
    assert.ok(found.length, 'no problem was found');
    assert.equal(found[0]!.where?.file, 'roles/test-role/recipe.yml');
    assert.ok(found[0]!.where?.line);
    return found[0]!.summary;
  };
  it('are all told at once, each with file and line', () => {
    const found = problemsOf([{ file: 'relative' }, { nonsense: 1 }, { command: 'rm x' }, { file: '/x', contents: 'y' }]);
    assert.deepEqual(
      found.map((p) => p.where?.line),
      [1, 2, 3, 3, 3, 3, 4],
    );
  });
  it('have words that say what to do', () => {
    assert.match(first([{ packge: 'x' }]), /No key of this item is a resource: packge/);
    assert.match(first([{ file: '/x', content: '{{ attributes.nope }}' }]), /no value/);
    assert.match(first([{ file: '/x', mode: 'rwx' }]), /mode/);
    assert.match(first([{ file: '/x', content: 'a', source: 'files/x' }]), /./);
    assert.match(first([{ file: '/x', source: 'files/none' }]), /There is no file files\/none/);
    assert.match(first([{ template: 'none.njk', to: '/x' }]), /There is no file templates\/none.njk/);
    assert.match(first([{ file: '/x', notify: 'nobody' }]), /nothing in this recipe is called so/);
    assert.match(first([{ file: '/x', for: 'attributes.n' }], { n: 5 }), /not a list/);
    assert.match(first([{ command: 'x', capture: 'y', creates: '/z' }]), /./);
    assert.match(first([{ file: '/x', content: '{{ attributes.v }}' }], { v: 'a\0b' }), /NUL/);
    assert.match(first([{ command: 'echo {{ attributes.v }}', changes: false }], { v: 'a\0b' }), /NUL/);
    assert.match(first([{ wait: { port: 1, file: '/x' } }]), /./);
    assert.match(first([{ network: { br0: { kind: 'bridge' } }, verify: 'true' }]), /br0 is of kind bridge, which needs `members`/);
    assert.match(first([{ http: 'http://x/', method: 'PUT' }]), /changes something each time/);
  });
  it('point into the template', () => {
    const found = work.problems([{ template: 'a.njk', to: '/x' }], { files: { 'templates/a.njk': 'fine\n{{ attributes.nope }}\n' } });
    assert.equal(found[0]!.where?.file, 'roles/test-role/templates/a.njk');
    assert.equal(found[0]!.where?.line, 2);
  });
  it('may notify what is left out on this node', () =>
    assert.deepEqual(
      problemsOf([
        { file: '/x', notify: 'chrony' },
        { service: 'chrony', when: 'false' },
      ]),
      [],
    ));
  it('values keep their kind when they stand alone', () => {
    const { program } = work.program(
      [
        { wait: { port: '{{ attributes.port }}' } },
        { package: '{{ attributes.names }}' },
        { file: '/x', content: '{{ attributes.port }}' },
        { output: { all: '{{ attributes }}' } },
      ],
      'apply',
      { scope: { attributes: { port: 22, names: ['a', 'b'] } } },
    );
    assert.match(program, /port_is_open 22/);
    assert.match(program, /install_packages '' a b/);
    assert.match(program, /printf %s 22 \|/);
    assert.match(program, /"names": \[/);
  });
});
