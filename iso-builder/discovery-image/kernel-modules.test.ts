import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { keptModules, loadOrder, readModuleRules } from './kernel-modules.ts';

const dependencies = `\
kernel/drivers/net/virtio_net.ko: kernel/drivers/net/net_failover.ko kernel/net/core/failover.ko
kernel/drivers/net/net_failover.ko: kernel/net/core/failover.ko
kernel/drivers/net/wireless/ath.ko:
kernel/drivers/nets/other.ko:
kernel/net/core/failover.ko:
kernel/sound/beep.ko:
kernel/fs/overlayfs/overlay.ko:
`;

describe('keptModules', () => {
  it('lets the first matching rule decide and brings along what a kept module needs', () => {
    const kept = keptModules(dependencies, readModuleRules('# radio\n- drivers/net/wireless\n+ drivers/net\n'));
    assert.deepEqual([...kept].sort(), ['kernel/drivers/net/net_failover.ko', 'kernel/drivers/net/virtio_net.ko', 'kernel/net/core/failover.ko']);
  });

  it('reads the list of this folder', async () => {
    const rules = readModuleRules(await readFile(path.join(import.meta.dirname, 'modules'), 'utf8'));
    // Without a code page no FAT can be mounted, and no EFI system partition be filled.
    assert.equal(keptModules('kernel/fs/nls/nls_cp437.ko:\n', rules).size, 1);
    assert.throws(() => readModuleRules('drivers/net'), /not a rule: drivers\/net/);
  });
});

describe('loadOrder', () => {
  it('puts what a module needs before it, once, and leaves out what is built in', () => {
    assert.deepEqual(loadOrder(dependencies, ['virtio_net', 'overlay', 'built_in']), [
      'kernel/net/core/failover.ko',
      'kernel/drivers/net/net_failover.ko',
      'kernel/drivers/net/virtio_net.ko',
      'kernel/fs/overlayfs/overlay.ko',
    ]);
  });
});
