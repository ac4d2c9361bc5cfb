// service: a systemd unit, its state now and at boot, and what happens to it when something notifies it.

import { feed, sh } from '../shell.ts';
import type { Resource } from './resource.ts';

type Service = {
  service: string;
  state?: 'running' | 'stopped';
  enabled?: boolean;
  masked?: boolean;
  onNotify: 'restart' | 'reload';
  dropIn?: string;
};

export const service: Resource<Service> = {
  key: 'service',
  summary: 'A systemd unit: running or not, started at boot or not.',
  properties: {
    service: { type: 'string', pattern: '^[A-Za-z0-9@._:\\\\-]+$', description: 'Name of the unit; `.service` may be left out.' },
    state: { enum: ['running', 'stopped'], description: 'Left as it is when absent.' },
    enabled: { type: 'boolean', description: 'Whether it starts at boot. Left as it is when absent.' },
    masked: { type: 'boolean', description: 'Whether starting it is made impossible.' },
    onNotify: { enum: ['restart', 'reload'], default: 'restart', description: 'What `notify` does to it: here if notified before this item, else at the end.' },
    dropIn: { type: 'string', description: 'Settings that are added to the unit, in the format of systemd.unit(5). Changing them restarts it.' },
  },
  seconds: 300,
  title: (item) => `service ${item.service}`,
  code(item, context) {
    const unit = unitOf(item.service);
    const { mark } = context;
    const lines = ['need_systemd'];
    if (item.dropIn !== undefined) {
      const folder = `/etc/systemd/system/${unit}.d`;
      lines.push(
        sh`make_directory ${folder}`,
        '# A new drop-in is a reason to restart, also when this run does not come that far.',
        sh`others=$notifies notifies="$notifies ${mark}"`,
        feed(sh`put ${`${folder}/prybar.conf`} 644 root root`, withNewline(item.dropIn)),
        'notifies=$others',
      );
    }
    lines.push(sh`unit_state ${unit} ${item.state} ${yesNo(item.enabled)} ${yesNo(item.masked)} ${item.onNotify} ${mark}`);
    return lines.join('\n');
  },
  onNotify: (item) => ({
    name: item.service,
    title: `${item.onNotify} ${item.service}`,
    code: sh`need_systemd\nunit_notified ${unitOf(item.service)} ${item.onNotify}`,
  }),
};

const unitOf = (name: string): string => (/\.(service|socket|timer|mount|target|path|slice|swap|automount)$/.test(name) ? name : `${name}.service`);
const yesNo = (wanted: boolean | undefined): string => (wanted === undefined ? '' : wanted ? 'yes' : 'no');
const withNewline = (text: string): string => (text.endsWith('\n') ? text : `${text}\n`);
