// Which kernel modules the image carries, from the list in `modules` and what those need.

export type ModuleRule = { keep: boolean; prefix: string };

/** Lines `+ prefix` and `- prefix`; `#` starts a comment. A line that is neither is a mistake in our own file, so it throws. */
export function readModuleRules(text: string): ModuleRule[] {
  const lines = text.split('\n').map((line) => line.trim());
  return lines
    .filter((line) => line && !line.startsWith('#'))
    .map((line) => {
      const match = /^([+-]) (\S+)$/.exec(line);
      if (!match) throw new Error(`modules: not a rule: ${line}`);
      return { keep: match[1] === '+', prefix: match[2]! };
    });
}

/**
 * Paths to keep, given the kernel's own `modules.dep` (`kernel/a/b.ko: kernel/c/d.ko …`, all dependencies of each).
 * The first rule whose prefix starts the path (without `kernel/`) decides; no rule drops.
 */
export function keptModules(dependencies: string, rules: readonly ModuleRule[]): Set<string> {
  const kept = new Set<string>();
  for (const [module, needed] of readDependencies(dependencies)) {
    const rule = rules.find((candidate) => startsPath(candidate.prefix, module.replace(/^kernel\//, '')));
    if (rule?.keep) for (const path of [module, ...needed]) kept.add(path);
  }
  return kept;
}

/** The modules in the order in which `insmod` takes them: what they need first. */
export function loadOrder(dependencies: string, names: readonly string[]): string[] {
  const all = readDependencies(dependencies);
  const order = new Set<string>();
  for (const name of names) {
    const found = [...all].find(([module]) => module.endsWith(`/${name}.ko`));
    // Not a module in this kernel: built in.
    if (!found) continue;
    for (const path of [...found[1].toReversed(), found[0]]) order.add(path);
  }
  return [...order];
}

const startsPath = (prefix: string, path: string): boolean =>
  path.startsWith(prefix) && (prefix.endsWith('_') || path.length === prefix.length || path[prefix.length] === '/' || prefix.endsWith('.ko'));

function readDependencies(text: string): Map<string, string[]> {
  const lines = text.split('\n').filter(Boolean);
  return new Map(
    lines.map((line) => {
      const [module, needed] = line.split(':');
      return [module!, needed!.split(' ').filter(Boolean)];
    }),
  );
}
