import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Node, System } from '../model/node.ts';
import { bad, ok, problem } from '../model/problem.ts';
import type { Outcome } from '../model/run.ts';
import { openStore, type Store } from '../store/store.ts';
import { capture, type CaptureOptions } from './capture.ts';
import { machine } from './one-machine-for-tests.ts';

const installation = { id: 'abc123', deployment: 'd', role: 'r', fingerprint: 'f', platform: 'debian-12', hostKey: '', at: 1 };
const wanted = { at: 5, name: 'golden', by: 'admin' };
const onDisk: System = { kind: 'installed', instance: 'abc123', platform: 'debian-12' };

describe('capture', () => {
  let folder: string;
  let store: Store;
  let told: string[];
  beforeEach(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'prybar-capture-'));
    store = await openStore({ file: path.join(folder, 'facts.db') });
    told = [];
    await store.put('node', 'n1', { ...machine('n1'), system: onDisk, installation, capture: wanted }, 'new');
  });
  afterEach(async () => {
    await store.close();
    rmSync(folder, { recursive: true });
  });

  const node = async (): Promise<Node> => (await store.get('node', 'n1'))!;
  /** The machine does what its boot order says, as soon as it is started. */
  const options = (make: CaptureOptions['captures']['make']): CaptureOptions => ({
    store,
    now: Date.now,
    restart: async () => {
      const order = await store.get('bootOrder', 'n1');
      const system: System = order?.target === 'discovery' ? { kind: 'live', instance: 'boot 1', platform: 'debian-12' } : onDisk;
      told.push(`starts from ${order?.target}`);
      await store.put('node', 'n1', { ...(await node()), system }, 'any');
      await store.remove('bootOrder', 'n1');
      return ok(undefined);
    },
    startFromDisk: () => Promise.resolve(),
    captures: {
      make,
      drop: async (id) => void told.push(`drops ${id === (await store.get('capturing', 'n1'))?.id ? 'it' : id}`),
    },
  });
  const made: CaptureOptions['captures']['make'] = async ({ capture: { name } }, _id, { sha256 }) => {
    told.push(`makes ${name} of ${sha256}`);
    return ok({ version: '12-a', digest: 'd' });
  };
  const run = async (make: typeof made, apply: (secret: string) => Promise<Outcome>, signal = new AbortController().signal) => {
    let token = '';
    const outcome = await capture(options(make), {
      node: await node(),
      apply: async (live, secret, captured) => {
        assert.deepEqual([live.system?.kind, captured], ['live', 'abc123']);
        assert.equal(await store.tokenSubject(secret, 'capture', Date.now()), 'n1');
        assert.equal((await store.get('capturing', 'n1'))!.id, secret.split('.')[0]);
        token = secret;
        return apply(secret);
      },
      onEvent: () => {},
      signal,
    });
    assert.equal(await store.tokenSubject(token, 'capture', Date.now()), undefined, 'it can still send');
    assert.equal(await store.get('capturing', 'n1'), undefined);
    assert.equal(await store.get('bootOrder', 'n1'), undefined);
    return outcome;
  };
  const sent: Outcome = { kind: 'done', changed: 1, outputs: { sha256: 'abc', leftOut: '' } };

  it('has the machine send, start from its disk again, and the image made; then nothing is wished for any more', async () => {
    const outcome = await run(made, async () => sent);
    assert.equal(outcome.kind === 'done' && outcome.outputs.image, 'd');
    // The machine does not wait for its image.
    assert.deepEqual([told[0], told.slice(1, 3).sort(), told.slice(3)], ['starts from discovery', ['makes golden of abc', 'starts from disk'], ['drops it']]);
    const after = await node();
    assert.deepEqual([after.capture, after.system, after.installation], [undefined, onDisk, installation]);
  });

  it('has a machine that could not send start from its disk, and keeps the wish', async () => {
    const wrong = problem('Its disk is encrypted.');
    assert.deepEqual(await run(made, async () => ({ kind: 'failed', problem: wrong })), { kind: 'failed', problem: wrong });
    assert.deepEqual(told, ['starts from discovery', 'starts from disk', 'drops it']);
    assert.deepEqual((await node()).capture, wanted);
  });

  it('throws away what a machine has sent that was lost in the middle', async () => {
    const outcome = await run(made, async () => ({ kind: 'lost', problem: problem('It does not answer.') }));
    assert.equal(outcome.kind, 'lost');
    assert.deepEqual(told, ['starts from discovery', 'drops it']);
    assert.deepEqual((await node()).capture, wanted, 'it is tried again');
  });

  it('says why no image could be made, and keeps the wish', async () => {
    const outcome = await run(
      async () => bad(problem('The disk is full.')),
      async () => sent,
    );
    assert.equal(outcome.kind === 'failed' && outcome.problem.summary, 'The disk is full.');
    assert.deepEqual((await node()).capture, wanted);
  });

  it('leaves a wish alone that came in the meantime', async () => {
    const later = { ...wanted, at: 50, name: 'another' };
    await run(made, async () => {
      await store.put('node', 'n1', { ...(await node()), capture: later }, 'any');
      return sent;
    });
    assert.deepEqual((await node()).capture, later);
  });
});
