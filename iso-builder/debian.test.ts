import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { debianSources } from './debian.ts';

describe('debianSources', () => {
  let apt: string;
  beforeEach(async () => {
    apt = await mkdtemp(path.join(tmpdir(), 'prybar-apt-'));
    await mkdir(path.join(apt, 'sources.list.d'));
  });
  afterEach(() => rm(apt, { recursive: true }));

  it("takes this machine's mirror in either format and nothing of third parties", async () => {
    await writeFile(path.join(apt, 'sources.list'), '# deb http://old.example/debian bookworm main\ndeb http://mirror.example/debian/ bookworm main contrib\n');
    await writeFile(path.join(apt, 'sources.list.d/security.sources'), 'Types: deb\nURIs: http://mirror.example/debian-security\nSuites: bookworm-security\n');
    await writeFile(path.join(apt, 'sources.list.d/node.sources'), 'Types: deb\nURIs: https://deb.nodesource.com/node_20.x\nSuites: nodistro\n');
    assert.deepEqual(await debianSources(apt), [
      'deb http://mirror.example/debian bookworm main',
      'deb http://mirror.example/debian bookworm-updates main',
      'deb http://mirror.example/debian-security bookworm-security main',
    ]);
  });

  it("falls back to Debian's own", async () => {
    assert.deepEqual(await debianSources(path.join(apt, 'nothing')), [
      'deb http://deb.debian.org/debian bookworm main',
      'deb http://deb.debian.org/debian bookworm-updates main',
      'deb http://deb.debian.org/debian-security bookworm-security main',
    ]);
  });
});
