// Lengths of time as people write them in settings: `90s`, `5m`, `6h`, `2d`.

export const DURATION = '^[1-9][0-9]{0,5}[smhd]$';

const units = { s: 1000, m: 60_000, h: 3600_000, d: 86_400_000 };

/** In milliseconds. The text must fit DURATION. */
export const millisecondsOf = (text: string): number => Number(text.slice(0, -1)) * units[text.at(-1) as keyof typeof units];
