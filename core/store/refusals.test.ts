// Who is turned away is kept in a real database, and however often and from however many addresses somebody knocks, little is written.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { problem, type Problem } from '../model/problem.ts';
import { openRefusals } from './refusals.ts';
import { openStore, type Store } from './store.ts';

describe('who was turned away', function () {
  this.timeout(20_000);
  const folder = mkdtempSync(path.join(tmpdir(), 'prybar-refusals-'));
  let store: Store;
  let at = 1_000_000_000_000;
  const problems: Problem[] = [];
  const opened = () => openRefusals({ store, door: 'boot', now: () => at, log: (found) => problems.push(found) });
  const all = async () => (await store.list('refusal')).map(({ address, count, problem: { summary } }) => [address, count, summary]);
  beforeEach(async () => {
    store = await openStore({ file: path.join(folder, `${at}.db`) });
  });
  afterEach(async () => {
    await store.close();
    at += 10_000_000;
    assert.deepEqual(problems, []);
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('is one fact an address, with the last reason and how often, over a restart too', async () => {
    const refusals = opened();
    for (let times = 0; times < 5; times++) refusals.note('10.0.0.5', 'POST /boot/inventory', problem('This token is not valid.'));
    await refusals.settled();
    assert.equal((await store.changes(0, 100)).length, 1, 'the same within a minute is not written');
    at += 61_000;
    refusals.note('10.0.0.5', 'POST /boot/inventory', problem('This token is not valid.'));
    refusals.note('10.0.0.5', 'POST /boot/heartbeat', problem('Another reason.'));
    await refusals.settled();
    assert.deepEqual(await all(), [['10.0.0.5', 7, 'Another reason.']]);
    const [found] = await store.list('refusal');
    assert.deepEqual([found!.id, found!.asked, found!.at - found!.firstAt], ['boot 10.0.0.5', 'POST /boot/heartbeat', 61_000]);
    const later = opened();
    later.note('10.0.0.5', 'GET /', problem('Again.'));
    await later.settled();
    assert.deepEqual(await all(), [['10.0.0.5', 8, 'Again.']]);
    later.forget('10.0.0.5');
    await later.settled();
    assert.deepEqual(await all(), []);
  });

  it('is few a minute and few in all, and no text that a terminal would obey', async () => {
    const refusals = opened();
    for (let number = 0; number < 100; number++) refusals.note(`10.1.0.${number}`, 'GET /\u001b[2J', problem(`a\u0007${'x'.repeat(1000)}`));
    await refusals.settled();
    const found = await store.list('refusal');
    assert.equal(found.length, 30);
    assert.deepEqual([found[0]!.asked, found[0]!.problem.summary.length, found[0]!.problem.summary.slice(0, 3)], ['GET /?[2J', 300, 'a?x']);
    for (let minute = 1; minute < 10; minute++) {
      at += 61_000;
      for (let number = 0; number < 30; number++) refusals.note(`10.2.${minute}.${number}`, 'GET /', problem('no'));
    }
    await refusals.settled();
    const kept = await store.list('refusal');
    assert.equal(kept.length, 200);
    assert.ok(!kept.some(({ address }) => address.startsWith('10.1.')), 'the oldest went');
  });
});
