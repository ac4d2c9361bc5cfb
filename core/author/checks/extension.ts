// extension.ts holds pure functions: it may import types and nothing else, and reach for nothing outside.

import { problem, type Problem } from '../../model/problem.ts';
import type { Subject } from '../subject.ts';

const reaching = /\b(?:require|import)\s*\(|\b(?:process|globalThis|eval|Function|fetch|WebSocket|setTimeout|setInterval|setImmediate|XMLHttpRequest)\b/;

export function checkExtension({ name, text }: Subject): Problem[] {
  const file = `${name}/extension.ts`;
  return (text('extension.ts') ?? '').split('\n').flatMap((line, index) => {
    const where = { file, line: index + 1 };
    const code = line.replace(/\/\/.*$/, '');
    if (/^\s*(?:import|export)\b.*\bfrom\b/.test(code) && !/^\s*import\s+type\b.*\bfrom\s+'prybar\/extension'/.test(code)) {
      return [problem('An extension imports types only.', where, "Write `import type { … } from 'prybar/extension'`, and the rest here.")];
    }
    if (/^\s*import\s*['"]/.test(code)) return [problem('An extension imports types only.', where, 'Remove this import.')];
    const outside = reaching.exec(code)?.[0];
    return outside
      ? [problem(`An extension is made of pure functions; ${outside.replace(/\s*\($/, '')} reaches outside.`, where, 'Work with what the function is given.')]
      : [];
  });
}
