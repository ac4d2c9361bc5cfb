// All resources, in the order the documentation lists them. A new one is a file here and a line in this list.

import { archive } from './archive.ts';
import { authorizedKey } from './authorized-key.ts';
import { block } from './block.ts';
import { command } from './command.ts';
import { cron } from './cron.ts';
import { database } from './database.ts';
import { databaseUser } from './database-user.ts';
import { directory } from './directory.ts';
import { download } from './download.ts';
import { file } from './file.ts';
import { filesystem } from './filesystem.ts';
import { firewall } from './firewall.ts';
import { group } from './group.ts';
import { hosts } from './hosts.ts';
import { http } from './http.ts';
import { ini } from './ini.ts';
import { json } from './json.ts';
import { limits } from './limits.ts';
import { line } from './line.ts';
import { link } from './link.ts';
import { lvm } from './lvm.ts';
import { kernelModule } from './module.ts';
import { mount } from './mount.ts';
import { network } from './network.ts';
import { output } from './output.ts';
import { packages } from './package.ts';
import { queueUser } from './queue-user.ts';
import { raid } from './raid.ts';
import { repository } from './repository.ts';
import type { AnyResource } from './resource.ts';
import { script } from './script.ts';
import { service } from './service.ts';
import { swap } from './swap.ts';
import { sysctl } from './sysctl.ts';
import { template } from './template.ts';
import { timer } from './timer.ts';
import { user } from './user.ts';
import { wait } from './wait.ts';

export const resources: readonly AnyResource[] = [
  packages,
  repository,
  file,
  template,
  directory,
  link,
  line,
  block,
  ini,
  json,
  user,
  group,
  authorizedKey,
  service,
  command,
  script,
  archive,
  download,
  mount,
  swap,
  filesystem,
  lvm,
  raid,
  sysctl,
  kernelModule,
  limits,
  cron,
  timer,
  hosts,
  network,
  firewall,
  database,
  databaseUser,
  queueUser,
  http,
  wait,
  output,
];
