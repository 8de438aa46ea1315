const UNITS = [
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'min'],
  [1000, 's'],
] as const;

/** A span of milliseconds for people, in its largest unit: `3 min`. */
export function duration(milliseconds: number): string {
  const [size, name] = UNITS.find(([unit]) => milliseconds >= unit) ?? [1, 'ms'];
  return `${Math.floor(milliseconds / size)} ${name}`;
}

/** Milliseconds with the digits that count: `0.41`, `12.3`, `1250`. */
export function digits(milliseconds: number): string {
  if (milliseconds >= 100) {
    return milliseconds.toFixed(0);
  }
  return milliseconds.toFixed(milliseconds >= 10 ? 1 : 2);
}
