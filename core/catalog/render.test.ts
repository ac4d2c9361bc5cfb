import assert from 'node:assert/strict';
import { evaluate } from './render.ts';

describe('the filter cidr', () => {
  const value = (expression: string): unknown => {
    const result = evaluate(expression, {}, {});
    return result.ok ? result.value : result.problems[0]!.summary;
  };
  it('tells the parts of a network', () => {
    const parts = ['network', 'address', 'netmask', 'prefix', 'broadcast', 'number'].map((part) => value(`'10.1.2.7/23' | cidr('${part}')`));
    assert.deepEqual(parts, ['10.1.2.0/23', '10.1.2.7', '255.255.254.0', '23', '10.1.3.255', '7']);
  });
  it('counts addresses, and refuses those that a network does not have', () => {
    assert.equal(value(`'10.1.0.0/16' | cidr('nth', 300)`), '10.1.1.44');
    assert.equal(value(`'10.1.0.0/16' | cidr('nth', '192.168.124.51/24' | cidr('number'))`), '10.1.0.51');
    assert.match(String(value(`'10.1.0.0/24' | cidr('nth', 256)`)), /10\.1\.0\.0\/24 has no address number 256/);
  });
});
