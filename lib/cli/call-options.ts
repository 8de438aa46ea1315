import { InvalidArgumentError } from 'commander';

/** An argument of a call: JSON where it is some, else the text itself. */
export function parseValue(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return Number.isInteger(value) && !Number.isSafeInteger(value) && /^-?\d+$/.test(text)
      ? BigInt(text)
      : value;
  } catch {
    return text;
  }
}

/** A whole number of at least `least`, for an option. */
export function wholeNumber(least: number): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (!Number.isSafeInteger(number) || number < least) {
      throw new InvalidArgumentError(`give a whole number from ${least}.`);
    }
    return number;
  };
}

/** What `call` and `notify` share. */
export const HELP = {
  address: 'where the service or its router listens, such as tcp://127.0.0.1:5555',
  method: "the method's name, which is the pattern of its handler",
  args: 'its arguments, in order: each is JSON, or text where it is none',
  service: 'name (identity) of the service, where ADDRESS is a router',
  timeout: 'milliseconds to wait; 0 waits for ever',
} as const;
