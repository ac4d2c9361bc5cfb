// A rack with one machine, which is given layouts one after another: what the soaks of `rootfs` share.

import type { NodeView } from '../../core/api/contract.ts';
import { MINUTE, RackForTests } from './steps.ts';

export class OneMachine extends RackForTests {
  /** The start that was seen last. */
  boot = '';

  /** On the machine itself, by its installed system. */
  on(command: string): Promise<string> {
    return this.inside('n1', command);
  }

  discovered(): Promise<NodeView> {
    return this.until(async () => {
      const found = await this.machine('n1');
      return found?.approved && found.contact === 'up' && found;
    }, 15 * MINUTE);
  }

  lay(attributes: Record<string, unknown>): Promise<void> {
    return this.commit('sample', 'os-install', { method: 'rootfs', ...attributes }, { 'os-install': { count: 'all' } });
  }

  async installed(): Promise<void> {
    await this.until(async () => (await this.nodeRole('os-install', 'n1'))?.state === 'done', 60 * MINUTE, ['os-install']);
    await this.startedAnew();
  }

  /** Until the installed system answers in a start that is not the last one. */
  async startedAnew(): Promise<void> {
    this.boot = await this.until(async () => {
      // Waiting for SSH holds everything up, and the admin node may have hung up meanwhile.
      const node = await this.machine('n1').catch(() => undefined);
      const now = node?.system?.kind === 'installed' && (await this.on('cat /proc/sys/kernel/random/boot_id').catch(() => ''));
      return now !== this.boot && now;
    }, 20 * MINUTE);
  }
}
