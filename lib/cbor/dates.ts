/** Multiplies only the fraction, because far dates would lose a millisecond to rounding. */
export function toMilliseconds(seconds: number): number {
  const whole = Math.floor(seconds);
  return whole * 1000 + Math.round((seconds - whole) * 1000);
}

/** Reads an RFC 3339 date. @returns milliseconds since 1970; NaN if it is none */
export function parseDate(text: string): number {
  const match =
    /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(\.\d+)?(?:Z|([+-])([01]\d|2[0-3]):([0-5]\d))$/i.exec(text);
  if (match === null) return NaN;
  const [, day, time, fraction = '', sign, hours = '0', minutes = '0'] = match;
  const local = new Date(`${day}T${time}${fraction.slice(0, 4)}Z`);
  // JavaScript takes the 30th of February for the 1st or 2nd of March.
  if (Number.isNaN(local.getTime()) || !local.toISOString().startsWith(`${day}T${time}`)) {
    return NaN;
  }
  const offset = (Number(hours) * 60 + Number(minutes)) * 60_000;
  return local.getTime() + (sign === '-' ? offset : -offset);
}
