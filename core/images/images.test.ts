import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { newKeyPair, sign } from '../signing.ts';
import { problem, ProblemError } from '../model/problem.ts';
import { openStore, type Store } from '../store/store.ts';
import { type BuiltImage, type ImageRecipe, openImages, signatureHolds } from './images.ts';

const digestOf = (letter: string) => letter.repeat(64);
const built = (name: string, letter: string): BuiltImage => ({
  name,
  version: `12-${letter}`,
  platform: 'debian-12',
  digest: digestOf(letter),
  bytes: 1,
  rawBytes: 2,
  rawDigest: '',
  rootPartition: 3,
  file: `/cache/${letter}`,
  sbom: '/sbom',
  provenance: { recipe: '', sources: [], packages: [], extraPackages: [] },
});

describe('openImages', () => {
  let folder: string;
  let store: Store;
  let time: number;
  beforeEach(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'prybar-images-'));
    store = await openStore({ file: path.join(folder, 'facts.db') });
    time = 1000;
  });
  afterEach(async () => {
    await store.close();
    rmSync(folder, { recursive: true });
  });

  const { privateKey } = newKeyPair('site');
  const open = (build: (recipe: ImageRecipe) => Promise<BuiltImage>) =>
    openImages({
      store,
      build,
      now: () => time,
      discard: ({ file }) => rmSync(file, { force: true }),
      sign: async (text) => {
        const signed = sign(Buffer.from(text), privateKey);
        assert(signed.ok);
        return signed.value;
      },
    });
  const recipe = (name: string): ImageRecipe => ({ name, packages: [], components: ['main'] });

  it('keeps what was built as a fact, signed', async () => {
    const image = await open(async () => built('debian-12', 'a')).build(recipe('debian-12'));
    assert.deepEqual(await store.get('image', digestOf('a')), image);
    assert.ok(signatureHolds(image));
    assert.ok(!signatureHolds({ ...image, digest: digestOf('b') }), 'the signature is for this digest');
    assert.ok(!signatureHolds({ ...image, signature: { ...image.signature, publicKey: 'x' } }));
  });

  it('knows the same bytes again, wherever they are now', async () => {
    const images = open(async () => ({ ...built('debian-12', 'a'), file: `/cache/${time}` }));
    await images.build(recipe('debian-12'));
    time = 2000;
    const again = await images.build(recipe('debian-12'));
    assert.equal(again.createdAt, 1000);
    assert.equal(again.file, '/cache/2000');
    assert.equal((await store.list('image')).length, 1);
  });

  it('builds one after the other, and once for all who need it', async () => {
    let running = 0;
    let builds = 0;
    const images = open(async ({ name }) => {
      assert.equal(++running, 1, 'two builds at once');
      await new Promise((resolve) => setTimeout(resolve, 5));
      running--;
      const file = path.join(folder, name);
      writeFileSync(file, '');
      return { ...built(name, 'abc'[builds++]!), file };
    });
    const [first, second, third] = await Promise.all([images.need('debian-12'), images.need('debian-12'), images.build(recipe('other'))]);
    assert.equal(builds, 2);
    assert.equal(first.digest, second.digest);
    assert.equal(third.name, 'other');
  });

  it('builds anew what somebody has cleared away', async () => {
    let builds = 0;
    const images = open(async ({ name }) => {
      const image = { ...built(name, 'ab'[builds]!), file: path.join(folder, `image-${builds++}`) };
      writeFileSync(image.file, '');
      return image;
    });
    const { file } = await images.need('debian-12');
    assert.equal((await images.need('debian-12')).file, file);
    rmSync(file);
    time = 2000;
    assert.notEqual((await images.need('debian-12')).file, file);
    assert.equal(builds, 2);
  });

  it('goes on after a build that failed', async () => {
    let first = true;
    const images = open(async ({ name }) => {
      if (!first) return built(name, 'a');
      first = false;
      throw new ProblemError(problem('The mirror is gone.'));
    });
    await assert.rejects(images.need('debian-12'), /The mirror is gone/);
    assert.deepEqual(await store.list('image'), []);
    assert.equal((await images.need('debian-12')).digest, digestOf('a'));
  });
});
