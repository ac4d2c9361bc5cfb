// A unified diff as lines, each with what it says of the file. Pure.

export type LineKind = 'file' | 'hunk' | 'added' | 'removed' | 'same';

/** `---` and `+++` name files only before the first hunk: after it they are removed or added lines that begin with dashes or pluses. */
export function diffLines(text: string): { kind: LineKind; line: string }[] {
  let inside = false;
  return text
    .replace(/\n$/, '')
    .split('\n')
    .map((line) => {
      if (line.startsWith('@@')) inside = true;
      return { kind: kindOf(line, inside), line };
    });
}

function kindOf(line: string, inside: boolean): LineKind {
  if (!inside && (line.startsWith('--- ') || line.startsWith('+++ '))) return 'file';
  if (line.startsWith('@@')) return 'hunk';
  if (line.startsWith('+')) return 'added';
  if (line.startsWith('-')) return 'removed';
  return 'same';
}
