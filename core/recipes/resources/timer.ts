// timer: a command that systemd runs at times (systemd.timer(5)).

import { feed, sh } from '../shell.ts';
import { account, presence, type Resource, shellCode } from './resource.ts';

type Timer = { timer: string; calendar?: string; command?: string; user?: string; persistent: boolean; randomDelay?: string; state: 'present' | 'absent' };

// Of all timers on the machine: it goes with the last of them.
const FOLDER = '/usr/local/lib/prybar';

export const timer: Resource<Timer> = {
  key: 'timer',
  summary: 'A command that systemd runs at times.',
  properties: {
    timer: { type: 'string', pattern: '^[A-Za-z0-9_-]+$', description: 'Its name: <name>.timer and <name>.service.' },
    calendar: { type: 'string', pattern: '^[^\\n]+$', description: 'When, as systemd.time(7) has it: `daily`, `Mon 03:00`.' },
    command: shellCode('sh code that runs then.'),
    user: { ...account, description: 'Who runs it; root when absent.' },
    persistent: { type: 'boolean', default: true, description: 'Catch up on a time at which the machine was off.' },
    randomDelay: { type: 'string', pattern: '^[0-9]+(s|min|h)$', description: 'Spread over this long, so that not all machines begin at once.' },
    state: presence,
  },
  rules: { anyOf: [{ required: ['calendar', 'command'] }, { properties: { state: { const: 'absent' } }, required: ['state'] }] },
  title: (item) => `timer ${item.timer}`,
  code(item, context) {
    const unit = `${item.timer}.timer`;
    const files = { script: `${FOLDER}/${item.timer}`, service: `/etc/systemd/system/${item.timer}.service`, timer: `/etc/systemd/system/${unit}` };
    if (item.state === 'absent') {
      return [
        'need_systemd',
        sh`unit_state ${unit} stopped no '' restart ${context.mark}`,
        sh`remove_file ${files.timer}\nremove_file ${files.service}\nremove_file ${files.script}`,
        sh`remove_if_empty ${FOLDER}`,
        'reload_units',
      ].join('\n');
    }
    return [
      'need_systemd',
      // A file of its own, because ExecStart= has a quoting of its own.
      sh`make_directory ${FOLDER} 755 0 0`,
      feed(sh`put ${files.script} ${context.holdsSecret(item.command!) ? 700 : 755} 0 0`, `#!/bin/sh -e\n${item.command}\n`),
      feed(
        sh`put ${files.service} 644 0 0`,
        section({
          Unit: { Description: `${item.timer} (${context.role})` },
          Service: { Type: 'oneshot', ExecStart: `/bin/sh -e ${files.script}`, User: item.user },
        }),
      ),
      sh`others=$notifies notifies="$notifies ${context.mark}"`,
      feed(
        sh`put ${files.timer} 644 0 0`,
        section({
          Unit: { Description: `When ${item.timer} runs (${context.role})` },
          Timer: { OnCalendar: item.calendar, Persistent: item.persistent, RandomizedDelaySec: item.randomDelay },
          Install: { WantedBy: 'timers.target' },
        }),
      ),
      'notifies=$others',
      sh`unit_state ${unit} running yes '' restart ${context.mark}`,
    ].join('\n');
  },
};

function section(sections: Record<string, Record<string, string | boolean | undefined>>): string {
  const lines = Object.entries(sections).map(
    ([name, settings]) =>
      `[${name}]\n${Object.entries(settings)
        .flatMap(([key, value]) => (value === undefined ? [] : [`${key}=${value}\n`]))
        .join('')}`,
  );
  return lines.join('\n');
}
