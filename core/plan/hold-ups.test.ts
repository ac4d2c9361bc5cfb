import assert from 'node:assert/strict';
import { forecast } from './forecast.ts';
import { holdUpsOf } from './hold-ups.ts';
import { makePlan, type PlanFacts } from './plan.ts';
import { after, catalogOf, factsOf, node, role } from './plan-for-tests.ts';
import type { Catalog } from '../model/catalog.ts';

describe('what waits for a person', () => {
  const told = (facts: PlanFacts, catalog: Catalog): string[] => {
    const plan = makePlan(facts, catalog);
    const foreseen = forecast(plan, { durations: () => 1000, limit: 50, now: 0, deployment: 'd' });
    return holdUpsOf(plan, foreseen, 'd').map(({ role: name, nodeName, state, nodeRoles, why }) =>
      [name, nodeName, state, nodeRoles, why.what, why.next, why.key].join(' | '),
    );
  };
  const installed = { runsOn: ['installed' as const] };
  const os = role('os', { installs: true });

  it('says once for all machines of a role what they lack, and nothing of what only follows', () => {
    const catalog = catalogOf(os, role('app', installed), role('web', { ...installed, waitsFor: ['app'] }));
    const facts = factsOf([node('n1'), node('n2'), node('n3')], { app: ['n1', 'n2'], web: ['n3'] });
    assert.deepEqual(told(facts, catalog), [
      'app | n1 | held | 2 | n1 runs the discovery image, and app needs an installed system | Have a system installed on it: Install in its menu, or prybar node install n1 | ',
      'web | n3 | held | 1 | n3 runs the discovery image, and web needs an installed system | Have a system installed on it: Install in its menu, or prybar node install n3 | ',
    ]);
    assert.deepEqual(told(factsOf([node('n1')], { os: ['n1'], app: ['n1'] }), catalog), [], 'a system is on its way');
  });

  it('names the failure, not what stands behind it', () => {
    const catalog = catalogOf(role('base'), role('app', { requires: ['base'] }));
    const facts = factsOf([node('n1'), node('n2')], { app: ['n1', 'n2'] });
    const failed = after(facts, makePlan(facts, catalog), 'failed');
    assert.deepEqual(
      told(failed, catalog).map((line) => line.split(' | ').slice(0, 5)),
      [['base', 'n1', 'failed', '2', 'base failed']],
    );
  });

  it('sends to the installation that failed, and tells of a pause once', () => {
    const catalog = catalogOf(os, role('app', installed));
    const facts = factsOf([node('n1')], { os: ['n1'], app: ['n1'] });
    const failed = after(facts, makePlan(facts, catalog), 'failed');
    assert.deepEqual(
      told(failed, catalog).map((line) => line.split(' | ').slice(0, 3)),
      [['os', 'n1', 'failed']],
    );
    const paused = { ...facts, deployments: [{ name: 'd', summary: '', pools: [], paused: true }] };
    assert.deepEqual(told(paused, catalogOf(role('os'), role('app'))), [
      'app | n1 | runnable | 2 | the deployment d is paused | prybar deployment resume d | ',
    ]);
  });
});
