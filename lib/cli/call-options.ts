import { InvalidArgumentError } from 'commander';

/** An argument of a call: JSON where it is some, else the text itself. */
export function parseValue(text: string): unknown {
  try {
    return JSON.parse(text);
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
  address: 'where the service or router is, such as tcp://127.0.0.1:5555',
  method: 'the pattern of the handler',
  args: 'positional arguments, each JSON, else text: 1 \'{"a": 2}\' hello',
  service: 'identity of the service behind a router',
  timeout: 'milliseconds to wait, 0 for no limit',
} as const;
