// What each file of commands is given.

import type { Client } from './client.ts';
import type { Output } from './output.ts';

export type Cli = {
  /** Connects when it is first needed, so that --help works without an admin node. */
  client(): Client;
  output: Output;
};
