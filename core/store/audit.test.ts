// The audit log is cut off at its beginning and stays a chain; nothing else can be taken out of it unseen.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { AuditEntry } from '../model/audit.ts';
import { openStore, type Store } from './store.ts';

const DAY = 24 * 3600_000;

describe('an audit log that is cut', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'prybar-audit-'));
  const file = path.join(folder, 'facts.db');
  let now = 1000 * DAY;
  let store: Store;
  before(async () => {
    store = await openStore({ file, now: () => now });
  });
  after(async () => {
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const note = (at: number, who = 'ada') => store.audit({ at, who, by: 'session', act: 'PATCH /nodes/:id', outcome: 'done', facts: [] } satisfies AuditEntry);
  const days = async () => (await store.auditLog.list({})).map(({ at }) => at / DAY).toReversed();

  it('loses what is older than the setting says, and says from when it can be verified', async () => {
    for (let day = 900; day < 1000; day++) await note(day * DAY);
    assert.deepEqual(await store.auditLog.check().then(({ records, cut }) => [records, cut]), [100, undefined]);
    const noted = (await store.auditLog.list({ before: 97, limit: 1 }))[0]!;
    assert.equal(await store.cutAudit(60), 40);
    const check = await store.auditLog.check({ seq: noted.seq, hash: noted.hash });
    assert.equal(check.broken, undefined);
    // 60 are left, and the one that says that the others are gone.
    assert.equal(check.records, 61);
    assert.deepEqual([check.cut!.since / DAY, check.cut!.until / DAY, check.cut!.records, check.cut!.at / DAY], [900, 939, 40, 1000]);
    assert.deepEqual([(await days())[0], (await days()).at(-1)], [940, 1000]);
  });

  it('is cut once a day at most, never younger than a month, and again on what a cut has left', async () => {
    assert.equal(await store.cutAudit(60), 0);
    now += DAY / 2;
    assert.equal(await store.cutAudit(60), 0);
    now += 1.5 * DAY;
    assert.equal(await store.cutAudit(60), 2);
    assert.equal(await store.cutAudit(1), 30, 'as if thirty had been said');
    const { cut, broken, records } = await store.auditLog.check();
    assert.deepEqual([broken, cut!.until / DAY, records], [undefined, 971, 31]);
  });

  it('keeps what a clock that was set back has written after what is younger', async () => {
    await note(500 * DAY);
    now += 60 * DAY;
    await note(now);
    await store.cutAudit(60);
    assert((await days()).includes(500));
    assert.equal((await store.auditLog.check()).broken, undefined);
  });

  it('does not hold what was noted down before a cut, and says so', async () => {
    const { broken } = await store.auditLog.check({ seq: 3, hash: 'a'.repeat(64) });
    assert.match(broken!.why, /it was cut since/);
  });

  it('lets nobody take out more, nor begin it where no cut was', async () => {
    const database = new DatabaseSync(file);
    const first = Number(database.prepare('SELECT min(seq) AS seq FROM audit').get()!.seq);
    assert.throws(() => database.exec(`DELETE FROM audit WHERE seq = ${first}`), /append-only/);
    database.exec(`DROP TRIGGER audit_no_delete; DELETE FROM audit WHERE seq = ${first}`);
    assert.deepEqual((await store.auditLog.check()).broken, { seq: 1, why: 'it is missing' });
    // Whoever has the database can write a cut as well, but not of what is too young to be cut.
    const { hash } = database.prepare('SELECT hash FROM audit WHERE seq = ?').get(first + 1)! as { hash: string };
    database.exec(`DELETE FROM audit WHERE seq = ${first + 1}`);
    database.close();
    const cut = { through: { seq: first + 1, hash }, records: 2, since: now, until: now };
    await store.audit({ at: now, who: 'prybar itself', by: 'nobody', act: 'cut', outcome: 'done', facts: [], cut });
    assert.deepEqual((await store.auditLog.check()).broken, { seq: 1, why: 'it is missing' });
  });
});
