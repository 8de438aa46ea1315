import type { MessageHandler } from '@nestjs/microservices';
import type { RemoteContext } from '../server/handlers/remote-context.js';
import { print, show, toJson } from './output.js';

/** A handler that prints events as they come. */
export function printEvent(asJson = false): MessageHandler<unknown, RemoteContext, void> {
  return async (_data, context) => {
    const event = context?.getPattern() ?? '';
    const args = context?.getCallArguments() ?? [];
    print(asJson ? toJson({ event, args }) : [event, ...args.map(show)].join(' '));
  };
}
