// What a passphrase must be, at which costs it is kept, and that who is known need not wait behind strangers who have passphrases worked out.

import assert from 'node:assert/strict';
import { checkPassphrase, fits, hashPassphrase } from './passphrases.ts';

describe('passphrases', function () {
  this.timeout(60_000);
  it('are kept at the costs that OWASP asks for, each with a salt of its own, and fit by nothing else', async () => {
    const [one, two] = await Promise.all([hashPassphrase('four words nobody expects'), hashPassphrase('four words nobody expects')]);
    const [, N, r, p, salt, key] = one.split('$');
    // Password Storage Cheat Sheet, 2024; 16 bytes of salt, 32 of key.
    assert(Number(N) * Number(r) >= 2 ** 17 * 8 && Number(p) >= 1, one);
    assert.deepEqual([Buffer.from(salt!, 'base64').length, Buffer.from(key!, 'base64').length], [16, 32]);
    assert.notEqual(one, two);
    assert.deepEqual([await fits('four words nobody expects', one), await fits('four words nobody expected', one)], [true, false]);
    assert.equal(await fits('four words nobody expects', undefined), false);
  });

  it('are refused where anybody would try them first', () => {
    for (const bad of ['too short', 'aaaabbbbaaaabbbb', 'ada lovelace 1815', 'passwordpassword', 'prybar0123456789'])
      assert.equal(checkPassphrase(bad, 'ada').ok, false, bad);
    assert.equal(checkPassphrase('four words nobody expects', 'ada').ok, true);
  });

  it('of who is known are looked at before those of strangers that wait', async () => {
    const order: string[] = [];
    const ask = async (who: string, known: boolean) => {
      await fits('any', undefined, known);
      order.push(who);
    };
    await Promise.all([...Array.from({ length: 6 }, (_, i) => ask(`stranger ${i}`, false)), ask('known', true)]);
    // It begins as the third; on a busy machine others may end before it.
    assert(order.indexOf('known') <= 4, order.join(', '));
  });
});
