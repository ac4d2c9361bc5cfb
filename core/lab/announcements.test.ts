import assert from 'node:assert/strict';
import { lldpFrame, routerAdvertisement } from './announcements.ts';

describe('what the lab switch says', () => {
  it('is LLDP to the nearest bridge', () => {
    const frame = Buffer.from(lldpFrame({ system: 'lab-switch', mac: '52:54:00:b0:02:01', port: 'swp3' }), 'hex');
    assert.equal(frame.subarray(0, 14).toString('hex'), '0180c200000e525400b0020188cc');
    // Chassis: type 1, 7 bytes, subtype 4 (MAC); port: type 2, 5 bytes, subtype 5 (interface name).
    assert.equal(frame.subarray(14, 23).toString('hex'), '020704525400b00201');
    assert.equal(frame.subarray(23, 30).toString('hex'), `040505${Buffer.from('swp3').toString('hex')}`);
    assert.ok(frame.length >= 60);
  });

  it('is a router advertisement that no machine takes for a router, with a right checksum', () => {
    const frame = Buffer.from(routerAdvertisement('52:54:00:b0:02:01'), 'hex');
    assert.equal(frame.subarray(0, 14).toString('hex'), '333300000001525400b0020186dd');
    const [ip, message] = [frame.subarray(14, 54), frame.subarray(54)];
    assert.equal(ip.subarray(8, 24).toString('hex'), 'fe80000000000000505400fffeb00201');
    assert.equal(message[0], 134);
    assert.equal(message.readUInt16BE(6), 0);
    // Over the pseudo header (RFC 8200 section 8.1) and the message, checksum included, the sum is all ones.
    const summed = Buffer.concat([ip.subarray(8, 40), Buffer.from([0, 0, 0, message.length, 0, 0, 0, 58]), message]);
    let sum = 0;
    for (let at = 0; at < summed.length; at += 2) sum += summed.readUInt16BE(at);
    while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
    assert.equal(sum, 0xffff);
  });
});
