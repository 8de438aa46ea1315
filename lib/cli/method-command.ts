import { Command, InvalidArgumentError } from 'commander';
import { addSecurityFlags } from './security-flags.js';

/** A command that sends something to a method: the arguments and options of `call` and `notify`. */
export function methodCommand(name: string): Command {
  const command = new Command(name)
    .argument('<ADDRESS>', 'where the service or its router listens, such as tcp://127.0.0.1:5555')
    .argument('<METHOD>', "the method's name, which is the pattern of its handler")
    .argument('[ARGS...]', 'its arguments, in order: each is JSON, or text where it is none')
    .option('-a, --address <identity>', 'name (identity) of the service, where ADDRESS is a router')
    .option('-t, --timeout <ms>', 'milliseconds to wait; 0 waits for ever', wholeNumber(0), 5000);
  return addSecurityFlags(command, { connects: true });
}

/** An argument of a call: the value where it is JSON, else the text itself. */
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

/** The parser of an option that is a whole number from `least`. */
export function wholeNumber(least: number): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (!Number.isSafeInteger(number) || number < least) {
      throw new InvalidArgumentError(`give a whole number from ${least}.`);
    }
    return number;
  };
}
