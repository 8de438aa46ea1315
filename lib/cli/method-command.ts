import { type Command, InvalidArgumentError } from 'commander';
import { connectCommand } from './connect-command.js';

/** The flags of {@link methodCommand} beside those of the connection. */
export interface MethodFlags {
  metadata?: Record<string, string>;
}

/** A command that sends something to a method: the arguments and options of `call`, `emit` and `bench`. */
export function methodCommand(name: string): Command {
  return connectCommand(name)
    .argument('<METHOD>', "the method's name, which is the pattern of its handler")
    .argument('[ARGS...]', 'its arguments, in order: each is JSON, or text where it is none')
    .option('-m, --metadata <key=value>', 'a text beside the arguments; may be repeated', addPair);
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

function addPair(text: string, pairs: Record<string, string> = {}): Record<string, string> {
  const end = text.indexOf('=');
  if (end < 1) {
    throw new InvalidArgumentError('give a key and a text, such as tenant=a.');
  }
  return { ...pairs, [text.slice(0, end)]: text.slice(end + 1) };
}
