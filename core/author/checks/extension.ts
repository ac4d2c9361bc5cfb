// extension.ts holds pure functions that reach for nothing outside. What is seen in its text is said with the line; then each function is
// tried in a site made from the schemas.

import { problem, type Problem } from '../../model/problem.ts';
import { scopeNode } from '../../plan/fingerprint.ts';
import { samplesOf } from '../sample.ts';
import { sampleGroup, sampleNetwork, sampleNode } from '../sample-site.ts';
import type { Subject } from '../subject.ts';

const reaching =
  /\b(?:require|import)\s*\(|\b(?:process|globalThis|eval|Function|Promise|Date|Intl|console|fetch|WebSocket|setTimeout|setInterval|setImmediate|XMLHttpRequest)\b|\bMath\.random\b/;

export function checkExtension(subject: Subject): Problem[] {
  const seen = checkText(subject);
  return seen.length ? seen : tryOut(subject);
}

function checkText({ name, text }: Subject): Problem[] {
  const file = `${name}/extension.ts`;
  return (text('extension.ts') ?? '').split('\n').flatMap((line, index) => {
    const where = { file, line: index + 1 };
    // What people are told, and comments, may well hold such words.
    const code = line.replace(/'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|`[^`$]*`/g, "''").replace(/\/\/.*$/, '');
    const outside = reaching.exec(code)?.[0];
    return outside
      ? [problem(`An extension is made of pure functions; ${outside.replace(/\s*\($/, '')} reaches outside.`, where, 'Work with what the function is given.')]
      : [];
  });
}

function tryOut(subject: Subject): Problem[] {
  const { extension, proposalSchema, platforms } = subject.barclamp;
  if (!extension) return [];
  const nodes = [1, 2, 3].map((number) => scopeNode(sampleNode(subject, subject.roles[0], platforms[0]!, number)));
  const site = { deployment: 'sample', nodes, roleNodes: {}, networks: { admin: sampleNetwork }, images: {} };
  const found: Problem[] = [];
  for (const empty of [site, { ...site, nodes: [], networks: {} }]) {
    const suggested = extension.suggestNodes?.(empty);
    if (suggested?.ok === false) found.push(...suggested.problems);
  }
  for (const { attributes } of samplesOf(proposalSchema)) {
    // That it objects to a sample is its business; that it breaks is not.
    found.push(...(extension.validateProposal?.({ attributes, roles: {} }, site) ?? []).filter((p) => p.where?.file));
    if (extension.deriveInputs) found.push(...subject.roles.flatMap((role) => sampleGroup(subject, role, attributes).fault ?? []));
  }
  return found;
}
