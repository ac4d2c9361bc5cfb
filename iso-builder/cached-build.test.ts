import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { cachedBuild, digestOf } from './cached-build.ts';

describe('cachedBuild', () => {
  let cacheDir: string;
  beforeEach(async () => {
    cacheDir = await mkdtemp(path.join(tmpdir(), 'prybar-cache-'));
  });
  afterEach(() => rm(cacheDir, { recursive: true }));
  const what = (digest: string) => ({ cacheDir, name: 'thing', digest });

  it('builds once', async () => {
    let builds = 0;
    const build = async (folder: string): Promise<void> => writeFile(path.join(folder, 'result'), `${++builds}`);
    const first = await cachedBuild(what('a1'), build);
    const second = await cachedBuild(what('a1'), build);
    assert.equal(first, second);
    assert.equal(await readFile(path.join(first, 'result'), 'utf8'), '1');
  });

  it('leaves nothing of a build that failed', async () => {
    const build = async (folder: string): Promise<void> => {
      await writeFile(path.join(folder, 'half'), '');
      throw new Error('the mirror is gone');
    };
    await assert.rejects(cachedBuild(what('a1'), build), /the mirror is gone/);
    assert.deepEqual(await readdir(cacheDir), []);
  });

  it('clears what a killed build left, and nothing of a living one', async () => {
    // No process has this id: above the kernel's largest (proc(5), pid_max).
    await mkdir(path.join(cacheDir, 'thing-b2.4194305.partial'));
    await mkdir(path.join(cacheDir, `thing-b2.1.partial`));
    await mkdir(path.join(cacheDir, 'other-b2.4194305.partial'));
    await cachedBuild(what('a1'), async () => {});
    assert.deepEqual((await readdir(cacheDir)).sort(), ['other-b2.4194305.partial', 'thing-a1', 'thing-b2.1.partial']);
  });
});

describe('digestOf', () => {
  it('tells apart where one text ends and the next begins', () => {
    assert.notEqual(digestOf(['ab', 'c']), digestOf(['a', 'bc']));
  });
});
