// Power by IPMI in the lab: a real ipmi_sim in a namespace, and a real (diskless, short-lived) QEMU that it switches. What every
// controller must do is in bmc.test.ts.

import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Lab, startLab } from '../lab/lab.ts';
import { ipmiBmc } from './ipmi.ts';
import type { Power } from './power.ts';
import { skipWhere } from '../../test/skip-where.ts';

describe('power by IPMI', function () {
  this.timeout(120_000);
  let stateDir: string;
  let lab: Lab | undefined;
  let power: Power;
  const reasons: string[] = [];

  before(async function () {
    stateDir = await mkdtemp(path.join(tmpdir(), 'prybar-ipmi-'));
    const started = await startLab({
      stateDir,
      machines: 1,
      memoryMiB: 64,
      diskGiB: 1,
      onEvent: (event) => event.kind === 'power' && reasons.push(event.reason),
    });
    if (!started.ok) {
      return skipWhere(this, started.problems.map((p) => `${p.summary} ${p.next}`).join('; '));
    }
    lab = started.value;
    power = ipmiBmc(lab.machines()[0]!.bmc, { namespace: commandsIn(lab.namespace) });
  });
  after(async () => {
    await lab?.stop();
    await rm(stateDir, { recursive: true, force: true });
  });

  it('switches on and off', async () => {
    assert.deepEqual(await power.status(), { ok: true, value: 'off' });
    assert.deepEqual(await power.on(), { ok: true, value: undefined });
    assert.deepEqual(await power.status(), { ok: true, value: 'on' });
    await until(() => lab!.machines()[0]!.powered);
    assert.deepEqual(await power.off(), { ok: true, value: undefined });
    await until(() => !lab!.machines()[0]!.powered);
    assert.deepEqual(await power.status(), { ok: true, value: 'off' });
  });

  it('starts from what was asked for, once', async () => {
    reasons.length = 0;
    await power.setNextBoot('disk');
    await power.cycle();
    await until(() => reasons.length === 1);
    await power.setNextBoot('pxe');
    await power.cycle();
    await until(() => reasons.length === 3);
    await power.cycle();
    await until(() => reasons.length === 5);
    assert.deepEqual(reasons, ['starts from default', 'switched off', 'starts from pxe', 'switched off', 'starts']);
  });
});

const commandsIn = (name: string): { command: (argv: string[]) => string[] } => ({ command: (argv) => ['ip', 'netns', 'exec', name, ...argv] });

async function until(true_: () => boolean): Promise<void> {
  for (let waited = 0; waited < 20_000; waited += 50) {
    if (true_()) return;
    await sleep(50);
  }
  assert.fail('it did not come to that within 20 s');
}
