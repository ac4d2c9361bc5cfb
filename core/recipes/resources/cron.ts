// cron: a command that runs at times (crontab(5)).

import { feed, sh } from '../shell.ts';
import { account, presence, type Resource } from './resource.ts';

type Cron = { cron: string; schedule?: string; command?: string; user: string; env: Record<string, string>; state: 'present' | 'absent' };

export const cron: Resource<Cron> = {
  key: 'cron',
  summary: 'A command that runs at times, as /etc/cron.d/<name>.',
  properties: {
    cron: { type: 'string', pattern: '^[A-Za-z0-9_-]+$', description: 'Its name. cron ignores files with a dot in theirs.' },
    schedule: {
      type: 'string',
      pattern: '^(@(reboot|yearly|annually|monthly|weekly|daily|midnight|hourly)|(\\S+[ \\t]+){4}\\S+)$',
      description: 'Minute, hour, day, month, weekday; or @daily and the like.',
    },
    command: { type: 'string', minLength: 1, pattern: '^[^\\n]*$', 'x-shell': true, description: 'sh code in one line. A % is escaped for you.' },
    user: { ...account, default: 'root', description: 'Who runs it.' },
    env: {
      type: 'object',
      propertyNames: { pattern: '^[A-Za-z_][A-Za-z0-9_]*$' },
      additionalProperties: { type: 'string', pattern: '^[^\\n]*$' },
      default: {},
      description: 'Environment, such as MAILTO. Everybody can read it.',
    },
    state: presence,
  },
  rules: { anyOf: [{ required: ['schedule', 'command'] }, { properties: { state: { const: 'absent' } }, required: ['state'] }] },
  title: (item) => `cron ${item.cron}`,
  code(item, context) {
    const file = `/etc/cron.d/${item.cron}`;
    if (item.state === 'absent') return sh`remove_file ${file}`;
    const text = [
      ...Object.entries(item.env).map(([name, value]) => `${name}=${value}`),
      `${item.schedule} ${item.user} ${item.command!.replaceAll('%', '\\%')}`,
      '',
    ].join('\n');
    if (context.holdsSecret(text))
      context.problem('A cron file is read by everybody, and this one would hold a secret.', 'Let the command read it from a file with mode 0600.');
    return feed(sh`put ${file} 644 0 0`, text);
  },
};
