// The difference of two texts line by line, in the form of a unified diff without its head: ` same`, `-before`, `+after`. Pure.

/** Lines around a change that are shown with it. */
const around = 2;

/** Empty when they are the same. Texts of some thousand lines at most: it compares each line with each. */
export function lineDiff(before: string, after: string): string {
  const lines = commented(before.replace(/\n$/, '').split('\n'), after.replace(/\n$/, '').split('\n'));
  const near = lines.map((_, at) => lines.slice(Math.max(0, at - around), at + around + 1).some((line) => !line.startsWith(' ')));
  return lines
    .map((line, at) => (near[at] ? line : near[at - 1] || near[at + 1] ? '@@' : undefined))
    .filter((line) => line !== undefined)
    .filter((line, at, all) => line !== '@@' || all[at - 1] !== '@@')
    .join('\n');
}

/** Every line of both with what became of it, by the longest sequence that both have. */
function commented(before: string[], after: string[]): string[] {
  const common = Array.from({ length: before.length + 1 }, () => new Uint32Array(after.length + 1));
  for (let i = before.length - 1; i >= 0; i--)
    for (let j = after.length - 1; j >= 0; j--)
      common[i]![j] = before[i] === after[j] ? common[i + 1]![j + 1]! + 1 : Math.max(common[i + 1]![j]!, common[i]![j + 1]!);
  const lines: string[] = [];
  let [i, j] = [0, 0];
  while (i < before.length || j < after.length) {
    if (i < before.length && j < after.length && before[i] === after[j]) {
      lines.push(` ${before[i++]}`);
      j++;
    } else if (j === after.length || (i < before.length && common[i + 1]![j]! >= common[i]![j + 1]!)) lines.push(`-${before[i++]}`);
    else lines.push(`+${after[j++]}`);
  }
  return lines;
}
