// The barclamp monitoring for real: an alert reaches people when a machine stops answering, and ends when it is back; the page works in a browser.

import assert from 'node:assert/strict';
import { chromium } from 'playwright-core';
import { containersMissing } from './boxes-for-tests.ts';
import { eventually, openSite, type TestSite } from './site-for-tests.ts';
import { skipWhere } from '../skip-where.ts';

type Alert = { labels: Record<string, string>; state?: string };

describe('monitoring', function () {
  this.timeout(6 * 60_000);
  let site: TestSite;
  before(async function () {
    skipWhere(this, containersMissing());
    site = await openSite('monitoring', 'with-alerts');
    // Alerts are posted here, and one line says which.
    await site.run(
      'n3',
      `apt-get install -y -q --no-install-recommends socat >/dev/null
       cat >/root/take <<'EOF'
#!/bin/sh
while IFS= read -r header; do case $header in Content-Length:*) length=$(printf %s "$header" | tr -dc 0-9) ;; $(printf '\\r')) break ;; esac; done
head -c "$length" >>/root/told
printf 'HTTP/1.1 200 OK\\r\\nContent-Length: 0\\r\\nConnection: close\\r\\n\\r\\n'
EOF
       chmod +x /root/take
       systemd-run -q --unit=take socat TCP-LISTEN:8000,fork,reuseaddr EXEC:/root/take`,
    );
    assert.deepEqual((await site.converge()).problems, []);
  });
  after(() => site?.stop());

  const ask = async <T>(path: string): Promise<T> => {
    const answer = (await (await fetch(`http://${site.addressOf('n1')}:9090/api/v1/${path}`)).json()) as { data: T };
    return answer.data;
  };
  const firing = async (): Promise<string[]> =>
    (await ask<{ alerts: Alert[] }>('alerts')).alerts.filter(({ state }) => state === 'firing').map(({ labels }) => `${labels.alertname} ${labels.instance}`);

  it('sees every machine, and only on the admin network', async () => {
    const up = await eventually(60, async () => {
      const { result } = await ask<{ result: { metric: Record<string, string>; value: [number, string] }[] }>(
        `query?query=${encodeURIComponent('up{job="node"}')}`,
      );
      assert.deepEqual(
        result.map(({ value }) => value[1]),
        ['1', '1', '1'],
      );
      return result;
    });
    assert.deepEqual(up.map(({ metric }) => metric.instance).sort(), ['n1', 'n2', 'n3']);
    await assert.rejects(site.run('n2', 'curl -fsS http://127.0.0.1:9100/metrics'));
  });

  it('tells people of a machine that does not answer, and on the page', async function () {
    await site.run('n2', 'systemctl stop prometheus-node-exporter');
    await eventually(90, async () => assert.deepEqual(await firing(), ['MachineDown n2']));
    await eventually(60, async () => {
      const told = await site.run('n3', 'cat /root/told');
      assert.match(told, /"status":"firing"/);
      assert.match(told, /n2 does not answer\./);
    });
    const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
    try {
      const page = await browser.newPage();
      const faults: string[] = [];
      page.on('pageerror', (error) => faults.push(error.message));
      await page.goto(`http://${site.addressOf('n1')}:9090/consoles/machines.html`);
      await page.getByText('2 up, 1 down').waitFor();
      const rows = await page.locator('#machines tr').allInnerTexts();
      assert.match(rows[0]!, /^n2\s+down/);
      // A container's own file system is an overlay, which is no disk to the exporter.
      assert.match(rows[1]!, /^n1\tup\t\d+ \w+\t\d+ %\t\d+ %\t(\d+ %|–)\t[\d.]+ [KM]?i?B\/s\t[\d.]+ [KM]?i?B\/s$/);
      assert.match(await page.locator('#alerts').innerText(), /firing\s+MachineDown\s+n2\s+n2 does not answer\./);
      assert.deepEqual(faults, []);
    } finally {
      await browser.close();
    }
  });

  it('says when it is over', async () => {
    await site.run('n2', 'systemctl start prometheus-node-exporter');
    await eventually(60, async () => assert.deepEqual(await firing(), []));
  });
});
