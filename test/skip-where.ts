// What cannot be tried here is skipped, and says why.

export function skipWhere(context: Mocha.Context, why: string | undefined): void {
  if (why === undefined) return;
  console.log(`      skipped: ${why}`);
  context.skip();
}
