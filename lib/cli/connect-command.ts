import { Command, InvalidArgumentError } from 'commander';
import { addSecurityFlags } from './security-flags.js';

/** A command that connects to a service: its address and the options about the connection. */
export function connectCommand(name: string, argument = '<ADDRESS>'): Command {
  const command = new Command(name)
    .argument(argument, 'where the service or its router listens, such as tcp://127.0.0.1:5555')
    .option('-a, --address <identity>', 'name (identity) of the service, where ADDRESS is a router')
    .option('-t, --timeout <ms>', 'milliseconds to wait; 0 waits for ever', wholeNumber(0), 5000);
  return addSecurityFlags(command, { connects: true });
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
