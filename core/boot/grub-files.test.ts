// What lies on TFTP for machines with Secure Boot, followed through the facts that decide it.

import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { render } from '../catalog/render.ts';
import type { BootMenu } from './boot-menu.ts';
import type { Architecture } from '../model/architecture.ts';
import type { DiscoveryImage } from './server.ts';
import type { Node } from '../model/node.ts';
import { openStore, type Store } from '../store/store.ts';
import { until } from '../../test/admin.ts';
import { keepGrubFiles } from './grub-files.ts';

const MAC = '52:54:00:00:00:01';

describe('the files for machines with Secure Boot', () => {
  let folder: string;
  let store: Store;
  beforeEach(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'prybar-grub-'));
    store = await openStore({ file: path.join(folder, 'facts.db') });
  });
  afterEach(async () => {
    await store.close();
    rmSync(folder, { recursive: true });
  });

  it('follow what each machine is to start, and are kept only where the role asks for them', async () => {
    const tftp = path.join(folder, 'tftp');
    const file = (name: string): string => (existsSync(path.join(tftp, name)) ? readFileSync(path.join(tftp, name), 'utf8') : '');
    const shows = (name: string, pattern: RegExp) =>
      until(
        async () => pattern.test(file(name)),
        3000,
        () => file(name),
        10,
      );
    let menu: BootMenu | undefined;
    const images: Partial<Record<Architecture, DiscoveryImage>> = {};
    const problems: unknown[] = [];
    const following = keepGrubFiles({
      store,
      folder: tftp,
      url: 'http://10.0.0.1:8080',
      discoveryImage: (architecture) => images[architecture],
      armLoaders: () => ({}),
      parameters: (architecture) => `quiet prybar.url=http://10.0.0.1:8080${architecture === 'arm64' ? ' for ARM' : ''}`,
      menu: { read: () => menu, folder: path.join(folder, 'boot-files') },
      render,
      onProblem: (found) => problems.push(found),
    });
    const node: Node = {
      ...{ id: 'n1', name: 'n1', remote: 'ssh', macs: [MAC], approved: true, pool: 'default', addresses: {}, discoveredAt: 0, contact: 'up', contactAt: 0 },
      system: { kind: 'installed', instance: 'i', platform: 'debian-12' },
    };
    await store.put('node', 'n1', node, 'new');
    await store.put('activity', 'a', { id: 'a', title: 'A', phase: 'p', startedAt: 0 }, 'any');
    assert.equal(existsSync(tftp), false);

    mkdirSync(path.join(tftp, 'grub'), { recursive: true });
    await store.remove('activity', 'a');
    // Its own disk needs no image; the others wait until there is one.
    await shows(`grub/machines/${MAC}`, /chainloader/);
    const order = ['configfile "$prefix/machines/$net_default_mac"', 'asking again in 10 seconds', 'configfile "$prefix/$grub_cpu.cfg"'];
    assert.deepEqual(
      order.map((words) => file('grub/grub.cfg').indexOf(words)).toSorted((a, b) => a - b),
      order.map((words) => file('grub/grub.cfg').indexOf(words)),
    );
    assert(order.every((words) => file('grub/grub.cfg').includes(words)));
    assert.equal(file('grub/x86_64.cfg'), '');

    mkdirSync(path.join(folder, 'image'));
    writeFileSync(path.join(folder, 'image', 'kernel'), 'a kernel');
    const image = { digest: 'abc', kernel: path.join(folder, 'image', 'kernel'), initrd: path.join(folder, 'image', 'initrd') };
    images.amd64 = image;
    await store.put('bootOrder', 'n1', { nodeId: 'n1', target: 'discovery', createdAt: 0, reason: 'it is installed anew' }, 'any');
    await shows('grub/x86_64.cfg', /linux \/discovery\/abc\/kernel quiet prybar\.url=http:\/\/10\.0\.0\.1:8080 BOOTIF=01-\$net_default_mac/);
    assert.equal(realpathSync(path.join(tftp, 'discovery/abc/kernel')), realpathSync(image.kernel));
    await until(
      async () => readdirSync(path.join(tftp, 'grub/machines')).length === 0,
      3000,
      () => '',
      10,
    );

    mkdirSync(path.join(folder, 'boot-files'));
    menu = {
      seconds: 5,
      entries: [
        { title: 'Rescue system', kernel: 'rescue/vmlinuz', initrd: ['rescue/initrd.img'], parameters: 'ro quiet' },
        { title: 'From elsewhere', kernel: 'http://10.0.0.9/vmlinuz' },
      ],
    };
    await store.remove('bootOrder', 'n1');
    await shows(`grub/machines/${MAC}`, /chainloader/);
    await shows(
      'grub/x86_64.cfg',
      /menuentry "Rescue system" \{\n  linux \/files\/rescue\/vmlinuz initrd=initrd.img ro quiet\n  initrd \/files\/rescue\/initrd.img/,
    );
    assert.doesNotMatch(file('grub/x86_64.cfg'), /From elsewhere/, 'this GRUB knows no HTTP');
    // While it is being made anew nobody is sent to the one before.
    delete images.amd64;
    await store.put('activity', 'a', { id: 'a', title: 'A', phase: 'p', startedAt: 0 }, 'any');
    await until(
      async () => !existsSync(path.join(tftp, 'grub/x86_64.cfg')),
      3000,
      () => file('grub/x86_64.cfg'),
      10,
    );
    await following.stop();
    assert.deepEqual(problems, []);
  });

  it('hold another start for arm64 where that is served, and its loaders before there is an image', async () => {
    const tftp = path.join(folder, 'tftp');
    for (const name of ['tftp/grub', 'tftp/arm64', 'image']) mkdirSync(path.join(folder, name), { recursive: true });
    for (const name of ['kernel', 'initrd', 'shimaa64.efi']) writeFileSync(path.join(folder, 'image', name), name);
    const at = (name: string): string => path.join(folder, 'image', name);
    const images: Partial<Record<Architecture, DiscoveryImage>> = {};
    let loaders: Record<string, string> = {};
    const following = keepGrubFiles({
      store,
      folder: tftp,
      url: 'http://10.0.0.1:8080',
      discoveryImage: (architecture) => images[architecture],
      armLoaders: () => loaders,
      parameters: (architecture) => `for ${architecture}`,
      menu: { read: () => undefined, folder: path.join(folder, 'boot-files') },
      render,
      onProblem: (found) => assert.fail(found.summary),
    });
    const shows = (name: string, pattern: RegExp) =>
      until(
        async () => existsSync(path.join(tftp, name)) && pattern.test(readFileSync(path.join(tftp, name), 'utf8')),
        3000,
        () => name,
        10,
      );
    const changes = (phase: string) => store.put('activity', 'a', { id: 'a', title: 'A', phase, startedAt: 0 }, 'any');
    await shows('grub/grub.cfg', /asking again in 10 seconds/);
    loaders = { 'shimaa64.efi': at('shimaa64.efi') };
    await changes('the image is made');
    await shows('arm64/shimaa64.efi', /^shimaa64.efi$/);
    assert.equal(existsSync(path.join(tftp, 'grub/arm64.cfg')), false);
    images.arm64 = { digest: 'def', kernel: at('kernel'), initrd: at('initrd') };
    await changes('the image is there');
    await shows('grub/arm64.cfg', /linux \/discovery\/def\/kernel for arm64 /);
    assert.equal(existsSync(path.join(tftp, 'grub/x86_64.cfg')), false);
    await following.stop();
  });
});
