// Steps that stand on one another, with a line for each.

export type Step = [name: string, run: () => Promise<void>];
export type Counts = { passed: number; failed: number };

/** Ends with the first that fails: those behind it would fail for the same reason. */
export async function takeSteps(steps: readonly Step[], tell: (line: string) => void): Promise<Counts> {
  const counts = { passed: 0, failed: 0 };
  for (const [name, run] of steps) {
    const begun = Date.now();
    const seconds = (): number => Math.round((Date.now() - begun) / 1000);
    try {
      await run();
      counts.passed++;
      tell(`ok     ${name}, ${seconds()} s`);
    } catch (error) {
      counts.failed++;
      tell(`wrong  ${name}, ${seconds()} s: ${(error as Error).message}`);
      break;
    }
  }
  return counts;
}
