import assert from 'node:assert/strict';
import { codeIn } from './sign-in-code.ts';

describe('the code in what was pasted', () => {
  it('is found in a link, whatever host it names, and alone', () => {
    assert.equal(codeIn(' http://127.0.0.1:3000/sign-in/kv0Ed2-G9_C2 '), 'kv0Ed2-G9_C2');
    assert.equal(codeIn('kv0Ed2-G9_C2'), 'kv0Ed2-G9_C2');
  });

  it('is not made up of something else', () => {
    for (const text of ['', 'short', 'http://127.0.0.1:3000/', 'two words here']) assert.equal(codeIn(text), undefined);
  });
});
