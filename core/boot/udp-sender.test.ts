// What udp-sender says, word for word as it was seen to say it (udpcast 20120424, Debian 12).

import assert from 'node:assert/strict';
import { laggards, noProgress, readLine } from './udp-sender.ts';

const read = (text: string) => {
  const progress = noProgress();
  for (const line of text.trim().split('\n')) readLine(progress, line);
  return progress;
};
const three = `
Udp-sender 20120424
UDP sender for data at 10.9.0.1 on eth0
New connection from 10.9.0.2  (#0) 00000009
New connection from 10.9.0.4  (#1) 00000009
New connection from 10.9.0.3  (#2) 00000009`;
const waits = (...who: string[]) =>
  who.map((numbers) => `Timeout notAnswered=[${numbers}] notReady=[${numbers}] nrAns=2 nrRead=2 nrPart=3 avg=10604`).join('\n');

describe('udp-sender', () => {
  it('says who came, how much is sent, and whom it has given up', () => {
    const before = read(three);
    assert.deepEqual([before.begun, [...before.machines.values()]], [false, ['10.9.0.2', '10.9.0.4', '10.9.0.3']]);
    const during = read(
      `${three}\nStarting transfer: 00000009\nbytes= 23 971 584  re-xmits=0000149 (  0.6%) slice=0112 -   2\nDropping client #1 because of timeout\nDisconnecting #1 (10.9.0.4)`,
    );
    assert.deepEqual([during.begun, during.bytes, during.dropped, [...during.machines.values()]], [true, 23_971_584, ['10.9.0.4'], ['10.9.0.2', '10.9.0.3']]);
  });

  it('names the one whom nearly all waiting is for, and nobody where most are slow', () => {
    assert.deepEqual(laggards(read(`${three}\n${waits('1', '1', '1', '1')}`)), ['10.9.0.4']);
    assert.deepEqual(laggards(read(`${three}\n${waits('1', '1', '0,1,2', '1', '1', '1')}`)), ['10.9.0.4']);
    assert.deepEqual(laggards(read(`${three}\n${waits('0,1,2', '0,1,2', '0,1', '1')}`)), ['10.9.0.4']);
    assert.deepEqual(laggards(read(`${three}\n${waits('0,1,2', '0,1,2', '0,1,2', '0,1,2')}`)), []);
    // Too seldom to say.
    assert.deepEqual(laggards(read(`${three}\n${waits('1', '1')}`)), []);
  });
});
