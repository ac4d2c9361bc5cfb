// The barclamp that docs/writing-a-barclamp.md builds: taken from the page, loaded, compiled and applied, so that the page cannot lie.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { compileFor } from '../../core/annealer/apply-role.ts';
import { loadCatalog } from '../../core/catalog/catalog.ts';
import type { Node } from '../../core/model/node.ts';
import { indexRuns, type Run } from '../../core/model/run.ts';
import { ok } from '../../core/model/problem.ts';
import { makePlan, type Plan } from '../../core/plan/plan.ts';
import { siteOf } from '../../core/plan/site.ts';
import { readReport } from '../../core/recipes/compile.ts';
import { skipWhere } from '../skip-where.ts';

const page = readFileSync(path.resolve(import.meta.dirname, '../../docs/writing-a-barclamp.md'), 'utf8');

describe('docs/writing-a-barclamp.md', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'prybar-docs-'));
  after(() => rmSync(folder, { recursive: true }));
  for (const [, , file, text] of page.matchAll(/^(`{3,4})\w+ file=(\S+)\n([\s\S]*?)^\1$/gm)) {
    mkdirSync(path.dirname(path.join(folder, 'notice', file!)), { recursive: true });
    writeFileSync(path.join(folder, 'notice', file!), text!);
  }
  const { catalog, problems } = loadCatalog(folder);

  it('builds a barclamp without a Problem', () => {
    assert.deepEqual(problems, []);
    assert.deepEqual([...catalog.roles.keys()], ['notice-board', 'notice-reader']);
  });

  const node = (name: string): Node => ({
    id: name,
    name,
    remote: 'ssh',
    macs: [],
    approved: true,
    pool: 'default',
    addresses: { admin: '192.168.124.51' },
    discoveredAt: 0,
    contact: 'up',
    contactAt: 0,
    system: { kind: 'live', instance: 'x', platform: 'debian-12' },
  });
  const done: Run = {
    id: 1,
    key: 'demo/notice-board@n1',
    deployment: 'demo',
    role: 'notice-board',
    nodeId: 'n1',
    nodeName: 'n1',
    mode: 'apply',
    fingerprint: '',
    startedAt: 0,
    endedAt: 1,
    outcome: 'done',
    outputs: { text: 'Back at nine.' },
  };
  const plan = (): Plan =>
    makePlan(
      {
        nodes: [node('n1'), node('n2')],
        deployments: [{ name: 'demo', summary: '', pools: [] }],
        proposals: [{ deployment: 'demo', barclamp: 'notice', commit: 1, body: { attributes: { text: 'Back at nine.' }, roles: { 'notice-board': ['n1'] } } }],
        latest: new Map(),
        lastDone: indexRuns([done]),
        retries: new Map(),
        networks: [],
      },
      catalog,
    );

  it('suggests and objects as the page says', () => {
    const { suggestNodes, validateProposal } = catalog.barclamps.get('notice')!.extension!;
    const site = siteOf(plan(), 'demo');
    assert.deepEqual(suggestNodes!(site), ok({ 'notice-board': ['n1'] }));
    assert.deepEqual(suggestNodes!({ ...site, nodes: [] }), ok({}));
    const objected = (text: string) => validateProposal!({ attributes: { text }, roles: {} }, site).map((p) => `${p.where?.pointer} ${p.summary}`);
    assert.deepEqual(objected('Back at nine.'), []);
    assert.deepEqual(objected('x'.repeat(79)), ['/attributes/text The notice has 79 characters, and a terminal shows 78.']);
  });

  it('places the roles as the page says', () => {
    assert.deepEqual(
      plan().groups.map((g) => [g.role.declaration.name, plan().nodes[plan().nodeOf[g.start]!]!.name]),
      [
        ['notice-board', 'n1'],
        ['notice-reader', 'n2'],
      ],
    );
  });

  it('changes a machine once, and nothing the second time', function () {
    this.timeout(120_000);
    // /etc as an overlay in a mount namespace: really written, and gone afterwards.
    const probe = spawnSync('unshare', ['-m', 'true']);
    if (probe.status !== 0) {
      return skipWhere(this, 'no mount namespace can be made here');
    }
    for (const group of plan().groups) {
      const compiled = compileFor(group, plan().nodes[plan().nodeOf[group.start]!]!, group.role.apply!, 'apply');
      assert(compiled.ok, JSON.stringify(compiled));
      const program = path.join(folder, 'program');
      writeFileSync(program, compiled.value.program);
      const scratch =
        'd=$(mktemp -d) && mount -t tmpfs none "$d" && mkdir "$d/upper" "$d/work" && mount -t overlay overlay -o "lowerdir=/etc,upperdir=$d/upper,workdir=$d/work" /etc';
      const ran = spawnSync(
        'unshare',
        ['-m', 'sh', '-c', `${scratch} && sh ${program} >${folder}/first && sh ${program} >${folder}/second && cat /etc/notice /etc/motd 2>/dev/null; true`],
        { encoding: 'utf8' },
      );
      const outcomes = ['first', 'second'].map((name) => {
        const report = readReport({ ...compiled.value, onEvent: () => undefined });
        report.output(readFileSync(path.join(folder, name)));
        const outcome = report.outcome({ kind: 'exited', code: 0 });
        assert(outcome.kind === 'done', `${JSON.stringify(outcome)} ${ran.stderr}`);
        return outcome;
      });
      assert.deepEqual(
        outcomes.map((o) => o.changed),
        [1, 0],
      );
      assert.match(ran.stdout, /Back at nine\./);
      if (group.role.declaration.name === 'notice-board') assert.deepEqual(outcomes[0]!.outputs, { text: 'Back at nine.' });
    }
  });
});
