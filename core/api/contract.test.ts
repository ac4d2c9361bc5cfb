// What the table of routes promises by itself, without anybody who asks.

import assert from 'node:assert/strict';
import { routes } from './contract.ts';

type Schema = { type?: string; format?: string; properties?: Record<string, Schema>; items?: Schema };

function* propertiesOf(schema: Schema, pointer = ''): Generator<[string, string, Schema]> {
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    yield [`${pointer}/${name}`, name, property];
    yield* propertiesOf(property, `${pointer}/${name}`);
  }
  if (schema.items) yield* propertiesOf(schema.items, `${pointer}/-`);
}

describe('the contract', () => {
  it('says of each secret that somebody sends that it is one, so that it is nowhere kept as it is', () => {
    const bare: string[] = [];
    let secrets = 0;
    for (const [route, { body }] of Object.entries(routes as Record<string, { body?: Schema }>))
      for (const [pointer, name, { type, format }] of propertiesOf(body ?? {})) {
        if (type !== 'string' || !/secret|password|passphrase/i.test(name)) continue;
        secrets++;
        if (format !== 'password') bare.push(`${route}: ${pointer}`);
      }
    assert.deepEqual(bare, []);
    assert(secrets > 5, `${secrets} were found`);
  });
});
