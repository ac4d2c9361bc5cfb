// A container as a machine that can be asked what it is like: through its engine, so that nothing of the asking is seen inside.

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Containers } from '../containers.ts';
import type { Machine } from './machine-record.ts';

const exec = promisify(execFile);

export function machineIn(containers: Containers, name: string): Machine {
  return {
    run: (code, environment) => containers.run(name, code, environment),
    // Rules outlive the package that lists them, so they are read with this machine's own nft; without it nothing is known of them.
    async rules() {
      const pid = await containers.processOf(name);
      const listed = await exec('nsenter', ['-t', String(pid), '-n', 'nft', '-s', 'list', 'ruleset']).catch(() => undefined);
      return listed?.stdout.trim();
    },
  };
}
