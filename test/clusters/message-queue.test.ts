// A message queue that loses members: messages that were confirmed are there, who is left goes on, who comes back is one of them again.

import assert from 'node:assert/strict';
import { containersMissing } from '../containers/boxes-for-tests.ts';
import { openSite, type TestSite } from '../containers/site-for-tests.ts';
import { skipWhere } from '../skip-where.ts';

const members = ['n1', 'n2', 'n3'];

describe('a RabbitMQ cluster that loses members', function () {
  this.timeout(20 * 60_000);
  let site: TestSite;

  /** Over AMQP to one member, from another machine: `put WORD` or `get`. */
  const amqp = (from: string, to: string, ...words: string[]): string => `python3 - ${site.addressOf(to)} ${words.join(' ')} <<'END'
import pika, sys
to, act, *words = sys.argv[1:]
channel = pika.BlockingConnection(pika.ConnectionParameters(to, 5672, '/', pika.PlainCredentials('tester', 'tester'), socket_timeout=10)).channel()
channel.queue_declare('lasting', durable=True)
if act == 'put':
    channel.confirm_delivery()
    channel.basic_publish('', 'lasting', words[0].encode(), pika.BasicProperties(delivery_mode=2), mandatory=True)
    print('confirmed')
else:
    method, _, body = channel.basic_get('lasting', auto_ack=True)
    print(body.decode() if method else 'nothing')
END
# from ${from}`;
  const all = (node: string): Promise<number> =>
    site.until(node, 'rabbitmqctl -q cluster_status --formatter json </dev/null', /"running_nodes":\[("rabbit@n[123]",?){3}\]/, 240);

  before(async function () {
    skipWhere(this, containersMissing());
    site = await openSite('message-queue', 'cluster');
    await site.settle();
    await site.run('n1', "rabbitmqctl -q add_user tester tester </dev/null; rabbitmqctl -q set_permissions tester '.*' '.*' '.*' </dev/null");
    await Promise.all(members.map((node) => site.run(node, 'apt-get install -y -q --no-install-recommends python3-pika >/dev/null')));
  });
  after(() => site?.stop());

  it('goes on when one is stopped: what was confirmed is read from another', async () => {
    assert.match(await site.run('n2', amqp('n2', 'n1', 'put', 'one')), /confirmed/);
    await site.run('n1', 'systemctl stop rabbitmq-server');
    await site.until('n2', amqp('n2', 'n3', 'put', 'two'), /confirmed/, 60);
    assert.equal(await site.run('n3', amqp('n3', 'n2', 'get')), 'one\n');
    await site.run('n1', 'systemctl start rabbitmq-server');
    await all('n1');
    assert.equal(await site.run('n2', amqp('n2', 'n1', 'get')), 'two\n');
  });

  it('keeps messages when one is killed', async () => {
    await site.until('n2', amqp('n2', 'n1', 'put', 'three'), /confirmed/, 60);
    await site.run('n1', 'systemctl kill -s KILL rabbitmq-server');
    await site.until('n3', amqp('n3', 'n2', 'get'), /^three$/m, 90);
    await all('n2');
  });

  it('takes a member back that comes with an empty disk', async () => {
    await site.run('n3', 'systemctl stop rabbitmq-server; rm -rf /var/lib/rabbitmq/mnesia /var/lib/rabbitmq/prybar-member; systemctl start rabbitmq-server');
    await site.again();
    await all('n3');
    await site.until('n3', amqp('n3', 'n3', 'put', 'four'), /confirmed/, 60);
    assert.match(await site.run('n1', 'rabbitmq-queues -q quorum_status lasting </dev/null'), /rabbit@n3/);
  });
});
