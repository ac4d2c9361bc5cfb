// A rack with one machine, which is given layouts one after another: what the soaks of `rootfs` share.

import { MINUTE, RackForTests } from './rack-for-tests.ts';

export class OneMachine extends RackForTests {
  /** The start that was seen last. */
  boot = '';

  /** On the machine itself, by its installed system. */
  on(command: string): Promise<string> {
    return this.inside('n1', command);
  }

  lay(attributes: Record<string, unknown>): Promise<void> {
    return this.install({ method: 'rootfs', ...attributes });
  }

  async installed(): Promise<void> {
    await this.until(async () => (await this.nodeRole('os-install', 'n1'))?.state === 'done', 60 * MINUTE, ['os-install']);
    await this.restarted();
  }

  async restarted(): Promise<void> {
    this.boot = await this.startedAnew('n1', this.boot);
  }
}
