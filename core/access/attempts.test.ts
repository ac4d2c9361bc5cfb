import assert from 'node:assert/strict';
import { openAttempts } from './attempts.ts';

const stranger = { user: 'ada', address: '192.0.2.1' };

describe('attempts to sign in', () => {
  it('wait longer after each failure, never beyond five minutes, and are free again after a success', () => {
    const attempts = openAttempts();
    const waits: number[] = [];
    let now = 0;
    for (let turn = 0; turn < 20; turn++) {
      attempts.failed(stranger, now);
      waits.push(attempts.wait(stranger, now));
      now += attempts.wait(stranger, now);
    }
    assert.deepEqual(waits.slice(0, 8), [0, 0, 0, 0, 2_000, 4_000, 8_000, 16_000]);
    assert.equal(Math.max(...waits), 300_000);
    assert.equal(attempts.wait(stranger, now), 0, 'whoever waited may try again, however often it failed');
    attempts.succeeded(stranger);
    attempts.failed(stranger, now);
    assert.equal(attempts.wait({ ...stranger, address: '192.0.2.2' }, now), 0);
  });

  it('of a known browser are counted by themselves', () => {
    const attempts = openAttempts();
    for (let turn = 0; turn < 50; turn++) attempts.failed({ ...stranger, address: `192.0.2.${turn}` }, 0);
    assert(attempts.wait({ user: 'ada', address: '198.51.100.1' }, 0) > 0, 'from another address, too');
    assert.equal(attempts.wait({ ...stranger, browser: 'b1' }, 0), 0);
    for (let turn = 0; turn < 5; turn++) attempts.failed({ ...stranger, browser: 'b1' }, 0);
    assert(attempts.wait({ ...stranger, browser: 'b1' }, 0) > 0);
  });

  it('of one address against many accounts are slowed down, too', () => {
    const attempts = openAttempts();
    for (let turn = 0; turn < 20; turn++) attempts.failed({ user: `user-${turn}`, address: '192.0.2.1' }, 0);
    assert(attempts.wait({ user: 'another', address: '192.0.2.1' }, 0) > 0);
    assert.equal(attempts.wait({ user: 'another', address: '192.0.2.2' }, 0), 0);
  });

  it('wait no longer than ever when the clock is set back, and not for what was not looked at', () => {
    const attempts = openAttempts();
    const now = 1e12;
    for (let turn = 0; turn < 6; turn++) attempts.failed(stranger, now);
    assert.equal(attempts.wait(stranger, now), 4_000);
    const back = now - 86_400_000;
    assert.equal(attempts.wait(stranger, back), 4_000);
    assert.equal(attempts.wait(stranger, back + 4_000), 0);
    for (let turn = 0; turn < 100; turn++) {
      attempts.failed({ ...stranger, user: 'grace' }, now);
      attempts.dropped({ ...stranger, user: 'grace' });
    }
    assert.equal(attempts.wait({ ...stranger, user: 'grace' }, now), 0);
  });
});
