// What of a trial needs no machine: what it skips and why, and which machines and addresses a case comes to. The rest is in test/containers/.

import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { readCases } from '../../core/author/cases.ts';
import { scaffold } from '../../core/author/scaffold.ts';
import { foldersFor, openSubject } from '../../core/author/subject.ts';
import { trial, verdictOf } from '../../core/author/trial.ts';
import { trialSite } from '../../core/author/trial-site.ts';
import type { Entry } from '../../core/containers.ts';
import { statusOf, trialText } from '../../core/cli/trial.ts';
import { bad, problem } from '../../core/model/problem.ts';
import { groupAt, makePlan, nodeAt, stateOf, vertexCount } from '../../core/plan/plan.ts';

const remote = { run: () => Promise.reject(new Error('nothing is run here')), close: () => {} };
const box = (number: number): Entry => ({
  name: `box-${number}`,
  serial: '',
  number,
  id: `container-${number}`,
  address: `10.213.7.${number + 1}`,
  hostKey: 'ssh-ed25519 AAAA',
  running: true,
  startedAt: '',
  privateKey: '',
  remote,
});

describe('a trial', function () {
  this.timeout(120_000);
  const home = mkdtempSync(path.join(tmpdir(), 'prybar-trial-'));
  after(() => rmSync(home, { recursive: true }));
  const begin = (name: string): string => {
    const made = scaffold(name, home);
    assert(made.ok);
    return made.value.folder;
  };
  const noEngine = async () => bad(problem('There is no container engine.', {}, 'Install it.'));

  it('is skipped, not passed, where no engine can run', async () => {
    const folder = begin('alone');
    const tried = await trial({ folder, others: foldersFor([folder]), containers: noEngine });
    assert(tried.ok);
    assert.equal(tried.value.cases.length, 1);
    const rows = tried.value.cases.map((report) => ({ barclamp: 'alone', ...report }));
    assert.equal(verdictOf(rows[0]!), 'skipped');
    assert.equal(rows[0]!.skipped, 'There is no container engine. Install it.');
    assert.equal(statusOf(rows), 77);
    assert.match(trialText(rows), /skipped: There is no container engine\. Install it\.\n/);
  });

  it('is skipped where a role is for systems that no container has', async () => {
    const folder = begin('ram');
    writeFileSync(path.join(folder, 'barclamp.yml'), readFileSync(path.join(folder, 'barclamp.yml'), 'utf8').replaceAll('[live, installed]', '[live]'));
    const tried = await trial({ folder, others: foldersFor([folder]), containers: noEngine });
    assert(tried.ok, JSON.stringify(tried));
    assert.deepEqual(
      tried.value.cases.map(({ skipped }) => skipped),
      ['ram-server does not run on an installed system'],
    );
  });

  it('begins with lint: what is wrong there is told, and nothing is tried', async () => {
    const folder = begin('wrong');
    appendFileSync(path.join(folder, 'roles/wrong-server/recipe.yml'), '- command: date\n');
    const tried = await trial({ folder, others: foldersFor([folder]), containers: () => Promise.reject(new Error('it was tried')) });
    assert(!tried.ok);
    assert.match(tried.problems[0]!.summary, /has no guard/);
  });

  it('does not pass where no role is on any machine', async () => {
    const folder = begin('empty');
    rmSync(path.join(folder, 'test/default/expected'), { recursive: true });
    const declared = path.join(folder, 'barclamp.yml');
    writeFileSync(declared, readFileSync(declared, 'utf8').replaceAll(/runsOn:/g, 'when: attributes.port == 1\n    runsOn:'));
    const tried = await trial({ folder, others: foldersFor([folder]), containers: noEngine });
    assert(tried.ok, JSON.stringify(tried));
    assert.deepEqual(
      tried.value.cases.flatMap(({ failures }) => failures.map((failure) => failure.problem.summary)),
      ['The case places no role of empty on any machine, so there is nothing to try.'],
    );
  });

  it('takes the place of the case: real machines, real addresses, os-installed', () => {
    const folder = begin('moved');
    const { subject } = openSubject(folder, foldersFor([folder]));
    const [given] = readCases(subject!).cases;
    const attributes = { port: 8080, peers: ['192.168.124.52:1', 'see 192.168.124.200/24', '10.1.1.1', '1192.168.124.52'] };
    const { facts, outside, emptied, boxOf } = trialSite(subject!, { ...given!, attributes }, [box(1), box(2), box(3)]);
    assert.deepEqual(
      facts.nodes.map((node) => [node.name, node.addresses.admin, node.system?.kind, node.system?.instance]),
      [
        ['n1', '10.213.7.2', 'installed', 'container-1'],
        ['n2', '10.213.7.3', 'installed', 'container-2'],
      ],
    );
    assert.equal(outside.addresses.admin, '10.213.7.4');
    assert.equal(boxOf(outside).name, 'box-3');
    assert.deepEqual(facts.networks[0]!.cidr, '10.213.7.0/24');
    assert.deepEqual(facts.proposals.find((p) => p.barclamp === 'moved')!.body.attributes, {
      port: 8080,
      peers: ['10.213.7.3:1', 'see 10.213.7.200/24', '10.1.1.1', '1192.168.124.52'],
    });
    const states = (proposals: typeof emptied): string[] => {
      const plan = makePlan({ ...facts, proposals }, subject!.catalog);
      return Array.from({ length: vertexCount(plan) }, (_, v) => `${groupAt(plan, v).role.declaration.name} on ${nodeAt(plan, v).name}: ${stateOf(plan, v)}`);
    };
    assert.deepEqual(states(facts.proposals).sort(), [
      'container-ready on n1: runnable',
      'container-ready on n2: runnable',
      'moved-client on n2: blocked',
      'moved-server on n1: runnable',
    ]);
    assert.deepEqual(states(emptied), []);
  });
});
