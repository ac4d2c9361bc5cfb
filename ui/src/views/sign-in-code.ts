// Finds the code in what was pasted: the whole link, whatever host it names, or the code alone. Pure.

export function codeIn(pasted: string): string | undefined {
  const text = pasted.trim();
  const fromLink = /\/sign-in[/#]([\w-]+)\/?(?:[?#].*)?$/.exec(text)?.[1];
  if (fromLink) return fromLink;
  return /^[\w-]{8,}$/.test(text) ? text : undefined;
}
