// Power by IPMI against the lab's own controller: a real ipmi_sim in a namespace, and a real (diskless, short-lived) QEMU.

import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Lab, startLab } from '../lab/lab.ts';
import { type IpmiAccess, ipmiPower } from './ipmi.ts';
import type { Power } from './power.ts';

describe('power by IPMI', function () {
  this.timeout(60_000);
  let stateDir: string;
  let lab: Lab | undefined;
  let access: IpmiAccess;
  let power: Power;
  const reasons: string[] = [];
  const through = (changed: Partial<IpmiAccess>): Power => ipmiPower({ ...access, ...changed }, { namespace: commandsIn(lab!.namespace) });

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
      console.log(`      skipped: ${started.problems.map((p) => `${p.summary} ${p.next}`).join('; ')}`);
      return this.skip();
    }
    lab = started.value;
    access = lab.machines()[0]!.bmc;
    power = through({});
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

  it('tells a wrong password from no answer', async () => {
    const wrong = await through({ password: 'wrong' }).status();
    assert.match(wrong.ok ? '' : wrong.problems[0]!.summary, /does not accept the user "admin"/);
    const unknown = await through({ user: 'nobody' }).status();
    assert.match(unknown.ok ? '' : unknown.problems[0]!.summary, /does not accept the user "nobody"/);
    const silent = await through({ port: 9999 }).status();
    assert.match(silent.ok ? '' : silent.problems[0]!.summary, /:9999 does not answer/);
  });

  it('takes many orders at once, one after the other', async () => {
    const answers = await Promise.all(Array.from({ length: 8 }, () => power.status()));
    assert.ok(answers.every((answer) => answer.ok));
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
