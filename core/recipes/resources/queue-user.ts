// queue_user: an account of a RabbitMQ server on the node, and what it may do in a virtual host.

import { feed, sh } from '../shell.ts';
import type { Resource } from './resource.ts';

type QueueUser = {
  queue_user: string;
  password?: string;
  tags: string[];
  vhost: string;
  queues?: 'classic' | 'quorum';
  configure: string;
  write: string;
  read: string;
  state: 'present' | 'absent';
};

const pattern = { type: 'string', default: '.*' };

export const queueUser: Resource<QueueUser> = {
  key: 'queue_user',
  summary: 'An account of a RabbitMQ server on the node, and what it may do in a virtual host.',
  properties: {
    queue_user: { type: 'string', pattern: '^[A-Za-z0-9_.@-]+$', description: 'Its name.' },
    password: { type: 'string', minLength: 1, pattern: '^[^\\n]+$', description: 'A secret of the role. Needed unless it is to go.' },
    tags: { type: 'array', items: { type: 'string', pattern: '^[a-z_]+$' }, default: [], description: 'Such as `administrator` or `monitoring`.' },
    vhost: { type: 'string', pattern: '^[A-Za-z0-9_./-]+$', default: '/', description: 'The virtual host, made if need be.' },
    queues: { enum: ['classic', 'quorum'], description: 'What kind queues of the virtual host are that ask for none, if it has to be made.' },
    configure: { ...pattern, description: 'What it may declare and delete, a regular expression.' },
    write: { ...pattern, description: 'Where it may publish.' },
    read: { ...pattern, description: 'From where it may consume.' },
    state: { enum: ['present', 'absent'], default: 'present', description: '`absent` leaves the virtual host.' },
  },
  rules: { anyOf: [{ required: ['password'] }, { properties: { state: { const: 'absent' } }, required: ['state'] }] },
  seconds: 300,
  title: (item) => `queue_user ${item.queue_user}`,
  code: (item) =>
    item.state === 'absent'
      ? sh`remove_queue_user ${item.queue_user}`
      : [
          sh`keep_vhost ${item.vhost} ${item.queues}`,
          feed(sh`keep_queue_user ${item.queue_user}`, `${item.password}\n`),
          sh`tag_queue_user ${item.queue_user} ${item.tags.join(', ')} ${item.tags}`,
          sh`permit_queue_user ${item.queue_user} ${item.vhost} ${item.configure} ${item.write} ${item.read}`,
        ].join('\n'),
};
