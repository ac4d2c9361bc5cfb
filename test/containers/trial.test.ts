// The trial of barclamps, tried itself: on the one of `prybar barclamp new` with all that a trial looks at, and on others that are each broken
// in one way. One engine, a few fresh containers each.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { scaffold } from '../../core/author/scaffold.ts';
import { foldersFor } from '../../core/author/subject.ts';
import type { Attempt } from '../../core/author/converge.ts';
import { verdictOf } from '../../core/author/trial.ts';
import { type Row, trials } from '../../core/author/trials.ts';
import { containersMissing } from './boxes-for-tests.ts';
import { skipWhere } from '../skip-where.ts';

const root = path.resolve(import.meta.dirname, '../..');
const CACHE = '/var/cache/prybar';

describe('prybar barclamp test', function () {
  this.timeout(15 * 60_000);
  const home = mkdtempSync(path.join(tmpdir(), 'prybar-tried-'));
  const at = (...parts: string[]): string => path.join(home, ...parts);
  const begin = (name: string): void => assert(scaffold(name, home).ok);
  const replace = (file: string, what: RegExp, by: string): void => {
    const text = readFileSync(file, 'utf8');
    assert.match(text, what);
    writeFileSync(file, text.replace(what, by));
  };
  const attempts: Attempt[] = [];
  let rows: Row[];
  const row = (name: string): Row => {
    const found = rows.filter(({ barclamp }) => barclamp === name);
    assert.equal(found.length, 1, name);
    return found[0]!;
  };
  const summaries = (name: string): string[] => row(name).failures.map(({ problem }) => problem.summary);

  before(async function () {
    skipWhere(this, containersMissing());
    // All that a trial looks at: a package with dependencies, a secret, a service seen from outside, something left on purpose.
    begin('whole');
    replace(at('whole/barclamp.yml'), /( {4}outputs:\n {6}servers:)/, '    secrets: { word: password(20) }\n$1');
    replace(at('whole/barclamp.yml'), /platforms:.*/, '$&\nbundle: { debian-12: { packages: [dnsmasq-base] } }');
    appendFileSync(
      at('whole/roles/whole-server/recipe.yml'),
      [
        '- package: dnsmasq-base',
        '- file: /etc/whole/word',
        '  content: "{{ secrets.word }}"',
        '  mode: "0600"',
        '- directory: /srv/whole',
        '  mode: "0755"',
        '- file: /etc/systemd/system/whole.service',
        '  content: "[Service]\\nExecStart=/usr/sbin/dnsmasq -k -C /dev/null --port=0 --enable-tftp --tftp-root=/etc/whole --tftp-no-fail\\n"',
        '- service: whole',
        '  state: running',
        '',
      ].join('\n'),
    );
    writeFileSync(
      at('whole/roles/whole-server/remove.yml'),
      [
        '- service: whole',
        '  state: stopped',
        '- file: /etc/systemd/system/whole.service',
        '  state: absent',
        '- package: dnsmasq-base',
        '  state: purged',
        '- directory: /etc/whole',
        '  state: absent',
        '  recursive: true',
        '',
      ].join('\n'),
    );
    writeFileSync(
      at('whole/smoke.yml'),
      [
        '- package: tftp-hpa',
        '- command: test "{{ inputs.servers[0] }}" = "{{ nodes(\'whole-server\')[0].addresses.admin }}:{{ attributes.port }}"',
        '  changes: false',
        '- command: test "{{ node.name }} $(hostname)" = "outside outside"',
        '  changes: false',
        '- command: |',
        '    cd /tmp && printf "get server.conf\\nquit\\n" | tftp {{ nodes(\'whole-server\')[0].addresses.admin }} && grep -q ^port server.conf',
        '  changes: false',
        '- command: test "{{ secrets.word | length }}" = 20',
        '  changes: false',
        '',
      ].join('\n'),
    );
    appendFileSync(at('whole/test/default/proposal.yml'), 'leaves: { /srv/whole: "What people have put there is theirs." }\n');

    begin('restless');
    appendFileSync(at('restless/roles/restless-server/recipe.yml'), '- command: date +%N >/etc/restless/now\n  unless: "false"\n');
    replace(at('restless/roles/restless-server/remove.yml'), /- file: \/etc\/restless\/server.conf/, '- file: /etc/restless/now\n  state: absent\n$&');

    begin('untidy');
    appendFileSync(
      at('untidy/roles/untidy-client/recipe.yml'),
      '- file: /etc/untidy.left\n  content: x\n- user: untidy\n  system: true\n- line: the last word\n  file: /root/.profile\n',
    );

    begin('sick');
    writeFileSync(at('sick/roles/sick-server/health.yml'), '- command: echo all is lost; false\n  changes: false\n');
    writeFileSync(at('sick/smoke.yml'), '- wait: { port: 9, host: "{{ nodes(\'sick-server\')[0].addresses.admin }}" }\n  timeout: 1\n');

    begin('failing');
    appendFileSync(at('failing/roles/failing-server/recipe.yml'), '- command: echo no luck today; false\n  creates: /etc/failing/luck\n');

    begin('drawn');
    appendFileSync(at('drawn/test/default/proposal.yml'), 'trial: It needs a disk of its own.\n');

    const folders = readdirSync(home).map((name) => at(name));
    rows = await trials({ folders, others: foldersFor(folders), cacheDir: CACHE, onAttempt: (attempt) => attempt.outcome && attempts.push(attempt) });
  });
  after(() => rmSync(home, { recursive: true, force: true }));

  it('passes what is applied, works, and goes without a trace', () => {
    const { failures, applySeconds, ...rest } = row('whole');
    assert.deepEqual(failures, []);
    assert(applySeconds! > 0);
    assert.deepEqual(
      { changedAgain: rest.changedAgain, health: rest.health, smoke: rest.smoke, left: rest.left, nodes: rest.nodes },
      // Its own two roles, and container-ready on both nodes.
      { changedAgain: [], health: { passed: 4, failed: 0 }, smoke: 'passed', left: [], nodes: 2 },
    );
    assert(
      rest.notes.some((note) => /^n1: dependencies stay installed: .*libnftables1/.test(note)),
      rest.notes.join('\n'),
    );
    assert(rest.notes.includes('n1: /srv/whole is left (What people have put there is theirs.)'), rest.notes.join('\n'));
  });

  it('applies in the order of the plan, twice, and removes in reverse', () => {
    const own = attempts.filter(({ role, mode }) => role.startsWith('whole') && (mode === 'apply' || mode === 'remove'));
    assert.deepEqual(
      own.map(({ mode, role, node }) => `${mode} ${role} ${node}`),
      ['apply whole-server n1', 'apply whole-client n2', 'apply whole-server n1', 'apply whole-client n2', 'remove whole-client n2', 'remove whole-server n1'],
    );
  });

  it('finds what changes when it is applied again', () => {
    assert.equal(verdictOf(row('restless')), 'failed');
    assert.deepEqual(row('restless').changedAgain, ['restless-server on n1: command date +%N >/etc/restless/now']);
    assert.deepEqual(summaries('restless'), ['restless-server changes command date +%N >/etc/restless/now when it is applied again.']);
    assert.deepEqual(row('restless').left, []);
  });

  it('finds what is left behind: files, users, lines of others', () => {
    assert.equal(verdictOf(row('untidy')), 'failed');
    const left = row('untidy').left!;
    assert.deepEqual(left.slice(0, 1), ['n2: /etc/untidy.left is left']);
    assert.match(left[1]!, /^n2: \/root\/\.profile is different: /);
    assert.match(left[2]!, /^n2: group untidy is left/);
    assert.match(left[3]!, /^n2: user untidy is left/);
    assert.equal(left.length, 4);
    assert.equal(row('untidy').failures.length, 4);
  });

  it('finds what does not work, from inside and from outside, with its last words', () => {
    const { health, smoke, failures } = row('sick');
    assert.deepEqual([health, smoke], [{ passed: 3, failed: 1 }, 'failed']);
    assert.equal(failures.length, 2);
    assert.match(failures[0]!.problem.summary, /all is lost/);
    assert.deepEqual(failures[0]!.problem.where?.node, 'n1');
    assert(failures[0]!.log.includes('all is lost'), failures[0]!.log.join('\n'));
    assert.equal(failures[1]!.problem.where?.file, 'sick/smoke.yml');
  });

  it('stops where applying fails', () => {
    const { failures, changedAgain, left } = row('failing');
    assert.equal(failures.length, 1);
    assert.match(failures[0]!.problem.summary, /no luck today/);
    assert.deepEqual([failures[0]!.problem.where?.role, failures[0]!.problem.where?.node], ['failing-server', 'n1']);
    assert.deepEqual([changedAgain, left], [undefined, undefined]);
    assert(!attempts.some(({ role }) => role === 'failing-client'));
  });

  it('skips a case that says why it cannot be tried', () => {
    assert.equal(verdictOf(row('drawn')), 'skipped');
    assert.equal(row('drawn').skipped, 'It needs a disk of its own.');
  });

  it('is a command: its exit status tells failed from skipped', () => {
    const cli = (...args: string[]) => spawnSync(process.execPath, [path.join(root, 'core/cli/prybar.ts'), 'barclamp', 'test', ...args], { encoding: 'utf8' });
    const skipped = cli(at('drawn'));
    assert.equal(skipped.status, 77, skipped.stderr);
    assert.match(skipped.stdout, /skipped: It needs a disk of its own\.[\s\S]*drawn +default .* skipped\n$/);
    const failed = cli(at('failing'), '--case', 'default', '--json');
    assert.equal(failed.status, 1, failed.stderr);
    const [only] = JSON.parse(failed.stdout) as Row[];
    assert.equal(only!.failures.length, 1);
    assert.match(failed.stderr, /n1 {2}failing-server {2}failed in /);
    // Others may try something at the same moment; their folders come and go.
    const owner = (name: string): string => (existsSync(path.join(tmpdir(), name, 'pid')) ? readFileSync(path.join(tmpdir(), name, 'pid'), 'utf8') : '');
    const left = readdirSync(tmpdir()).filter((name) => name.startsWith('prybar-trials-') && owner(name) === String(failed.pid));
    assert.deepEqual(left, []);
    const none = cli(at('failing'), '--case', 'other');
    assert.equal(none.status, 1);
    assert.match(none.stdout, /failing has no case other\.[\s\S]*Its cases are default\./);
  });
});
