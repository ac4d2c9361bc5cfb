import assert from 'node:assert/strict';
import { checkBlocks, checkUrl, lookupWithin, openDestinations, RefusedAddress } from './destination.ts';

const rack = () => [{ name: 'admin', cidr: '192.168.124.0/24' }];
const open = openDestinations([], rack);

describe('where something may be told', () => {
  it('is no address that only the admin node reaches, however it is written', () => {
    for (const address of [
      '127.0.0.1',
      '127.8.8.8',
      '0.0.0.0',
      '169.254.169.254',
      '224.0.0.1',
      '255.255.255.255',
      '192.168.124.7',
      '::1',
      '::',
      'fe80::1',
      'ff02::1',
      '::ffff:127.0.0.1',
      '::ffff:7f00:1',
      '::FFFF:a9fe:a9fe',
      '64:ff9b::7f00:1',
      '2002:7f00:1::',
    ])
      assert(open.refused(address), address);
    for (const address of ['10.1.2.3', '192.168.1.1', '93.184.216.34', '2001:db8::1', 'fd00::7', '::ffff:10.1.2.3'])
      assert.equal(open.refused(address), undefined, address);
  });

  it('is what the settings name all the same', () => {
    const blocks = checkBlocks('127.0.0.1, 192.168.124.16/28 ::1');
    assert(blocks.ok);
    const wider = openDestinations(blocks.value, rack);
    for (const address of ['127.0.0.1', '192.168.124.17', '::1']) assert.equal(wider.refused(address), undefined, address);
    for (const address of ['127.0.0.2', '192.168.124.7']) assert(wider.refused(address), address);
    for (const text of ['300.1.1.1', '10.0.0.0/33', 'example.org', '10.0.0.0/8/8', '10.0.0.0/']) assert(!checkBlocks(text).ok, text);
  });

  it('is seen in a URL where that names an address, in whichever numbers', () => {
    for (const url of [
      'http://127.0.0.1/',
      'http://0x7f.1/',
      'http://2130706433/',
      'http://[::1]:8/',
      'http://[::ffff:127.0.0.1]/',
      'ftp://10.0.0.1/',
      'nonsense',
      'https://me:word@example.org/',
    ])
      assert(!checkUrl(url, open).ok, url);
    for (const url of ['https://example.org/hook?a=b', 'http://10.0.0.1:8080/']) assert(checkUrl(url, open).ok, url);
  });

  it('is looked at again with what a name leads to', async () => {
    const found = (given: typeof open) =>
      new Promise<{ error: Error | null; address: unknown }>((resolve) =>
        lookupWithin(given)('localhost', { all: true }, (error, address) => resolve({ error, address })),
      );
    assert((await found(open)).error instanceof RefusedAddress);
    assert.equal((await found(openDestinations(['127.0.0.0/8', '::1'], rack))).error, null);
  });
});
