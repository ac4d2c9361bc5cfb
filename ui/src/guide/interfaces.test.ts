import assert from 'node:assert/strict';
import type { InterfaceView } from '../../../core/api/contract.ts';
import { howToServe, mostLikely, objectionTo, wordsOf } from './interfaces.ts';

const card = (name: string, more: Partial<InterfaceView> = {}): InterfaceView => ({ name, state: 'up', addresses: [], outward: false, served: false, ...more });
const at = (address: string, prefix: number, leased = false) => ({ addresses: [{ address, prefix, leased }] });

describe('which interface to serve', () => {
  it('is none that leads to everybody, and none that another DHCP server gave its address', () => {
    const all = [card('eth0', { outward: true, ...at('10.1.0.9', 16) }), card('eth1', at('10.2.0.9', 16, true)), card('eth2')];
    assert.equal(mostLikely(all)?.name, 'eth2');
    assert.equal(mostLikely(all.slice(0, 2)), undefined);
    assert.match(objectionTo(all[0]!)!, /default route of this machine goes over eth0/);
    assert.match(objectionTo(all[1]!)!, /A DHCP server answers on eth1 already/);
    assert.equal(objectionTo(all[2]!), undefined);
  });

  it('is a network card before a bridge, one with a cable before one without, one with an address before one without', () => {
    const all = [card('br0', { kind: 'bridge', ...at('10.3.0.1', 24) }), card('eth1', { state: 'unplugged', ...at('10.4.0.1', 24) }), card('eth2')];
    assert.equal(mostLikely(all)?.name, 'eth2');
    assert.equal(mostLikely([...all, card('eth3', at('10.5.0.1', 24))])?.name, 'eth3');
    assert.equal(mostLikely(all.slice(0, 2))?.name, 'eth1');
  });

  it('is told with what it is', () => {
    assert.equal(wordsOf(card('eth2', { mac: '02:00:00:00:00:01' })), 'up · 02:00:00:00:00:01 · no address');
    const far = card('eth0.12', { kind: 'vlan', state: 'unplugged', outward: true, ...at('10.2.0.9', 16, true) });
    assert.equal(wordsOf(far), 'no cable · VLAN · 10.2.0.9/16, by a DHCP server · default route');
  });

  it('is told with what to type', () => {
    assert.equal(howToServe(undefined), 'ip address add 192.168.124.1/24 dev eth1\nnpm start -- --interface eth1');
    assert.equal(howToServe(card('eth2')), 'ip address add 192.168.124.1/24 dev eth2\nnpm start -- --interface eth2');
    assert.equal(howToServe(card('eth2', at('192.168.124.1', 24))), 'npm start -- --interface eth2');
    assert.equal(howToServe(card('eth2', at('10.64.1.1', 20))), 'npm start -- --interface eth2 --network 10.64.0.0/20');
  });
});
