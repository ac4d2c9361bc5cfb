// What lies on TFTP for machines with Secure Boot, followed through the facts that decide it.

import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { render } from '../catalog/render.ts';
import type { BootMenu } from './boot-menu.ts';
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
    let image: { digest: string; kernel: string; initrd: string } | undefined;
    const problems: unknown[] = [];
    const following = keepGrubFiles({
      store,
      folder: tftp,
      url: 'http://10.0.0.1:8080',
      discoveryImage: () => image,
      parameters: 'quiet prybar.url=http://10.0.0.1:8080',
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
    await shows('grub/grub.cfg', /asking again in 10 seconds/);
    await shows(`grub/machines/${MAC}`, /chainloader/);

    mkdirSync(path.join(folder, 'image'));
    writeFileSync(path.join(folder, 'image', 'kernel'), 'a kernel');
    image = { digest: 'abc', kernel: path.join(folder, 'image', 'kernel'), initrd: path.join(folder, 'image', 'initrd') };
    await store.put('bootOrder', 'n1', { nodeId: 'n1', target: 'discovery', createdAt: 0, reason: 'it is installed anew' }, 'any');
    await shows('grub/grub.cfg', /linux \/discovery\/abc\/kernel quiet prybar\.url=http:\/\/10\.0\.0\.1:8080 BOOTIF=01-\$net_default_mac/);
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
      'grub/grub.cfg',
      /menuentry "Rescue system" \{\n  linux \/files\/rescue\/vmlinuz initrd=initrd.img ro quiet\n  initrd \/files\/rescue\/initrd.img/,
    );
    assert.doesNotMatch(file('grub/grub.cfg'), /From elsewhere/, 'this GRUB knows no HTTP');
    await following.stop();
    assert.deepEqual(problems, []);
  });
});
