// Real pools of two tiny packages, from the mirror that this machine installs from.

import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Barclamp } from './model/barclamp.ts';
import { openPackages } from './packages.ts';
import { openStore, type Store } from './store/store.ts';
import { skipWhere } from '../test/skip-where.ts';

describe('the package pool', function () {
  this.timeout(360_000);
  const folder = mkdtempSync(path.join(tmpdir(), 'prybar-packages-'));
  let store: Store;
  before(async function () {
    if (!existsSync('/usr/bin/apt-ftparchive')) {
      skipWhere(this, 'apt-utils is not installed');
    }
    store = await openStore({ file: path.join(folder, 'facts.db') });
  });
  after(async () => {
    await store?.close();
    rmSync(folder, { recursive: true });
  });

  const barclamp = (name: string, packages: string[]) => [name, { name, bundle: { 'debian-12': { packages } } } as Partial<Barclamp> as Barclamp] as const;

  it('holds what the barclamps in use need, and grows when another is used', async () => {
    const barclamps = new Map([barclamp('used', ['hello', 'memtest86+']), barclamp('later', ['tree']), barclamp('never', ['no-such-package-anywhere'])]);
    const body = { attributes: {}, roles: {} };
    await store.put('proposal', 'd.used', { id: 'd.used', deployment: 'd', barclamp: 'used', draft: body, commit: 0 }, 'new');
    const packages = openPackages({ store, cacheDir: folder, barclamps: () => barclamps, signal: new AbortController().signal });
    const names = () => readdirSync(packages.folder()!).flatMap((file) => /^([a-z-]+)_.*\.deb$/.exec(file)?.[1] ?? []);
    await packages.need('later');
    assert.equal(packages.folder(), undefined, 'nobody is served yet');
    await packages.open('/dev/null');
    assert(names().includes('hello') && !names().includes('tree'), names().join());
    await packages.need('later');
    assert(names().includes('hello') && names().includes('tree'), names().join());
    // Another architecture's lie beside them; what only this one has is left out there.
    await packages.open('/dev/null', 'arm64');
    const of = (architecture: string) =>
      readdirSync(packages.folder()!).flatMap((file) => new RegExp(`^([a-z0-9+-]+)_.*_${architecture}\\.deb$`).exec(file)?.[1] ?? []);
    assert(of('amd64').includes('hello') && of('arm64').includes('hello'), of('arm64').join());
    assert(of('amd64').includes('memtest86+') && !of('arm64').includes('memtest86+'));
    // What cannot be fetched is told, and takes nothing away.
    await packages.need('never');
    assert(names().includes('hello'));
    assert.match((await store.get('activity', 'package-pool'))!.problem!.summary, /no-such-package-anywhere/);
  });
});
