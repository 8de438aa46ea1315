import type { MessageHandler } from '@nestjs/microservices';

/** Finds the handler of a pattern: exactly, as Nest normalises it, or (events) by prefixes. */
export class HandlerTable {
  /** Event patterns that end in `*`. Made when first needed. */
  private prefixes: [prefix: string, handler: MessageHandler][] | undefined;

  /**
   * @param handlers Nest's table, by normalised pattern; complete before the first look-up
   * @param normalise normalises the JSON text of an object pattern as Nest does
   */
  constructor(
    private readonly handlers: ReadonlyMap<string, MessageHandler>,
    private readonly normalise: (pattern: string) => string,
  ) {}

  /** The handler of a request, where there is one. */
  find(pattern: string): MessageHandler | undefined {
    const handler = this.handlers.get(pattern);
    if (handler || !pattern.startsWith('{')) {
      return handler;
    }
    return this.handlers.get(this.normalise(pattern));
  }

  /** All handlers of an event: that of its name, and those of the prefixes that it begins with. */
  findForEvent(pattern: string): readonly MessageHandler[] {
    const exact = this.find(pattern);
    const handlers = exact ? [exact] : [];
    this.prefixes ??= this.eventPrefixes();
    for (const [prefix, handler] of this.prefixes) {
      if (handler !== exact && pattern.startsWith(prefix)) {
        handlers.push(handler);
      }
    }
    return handlers;
  }

  /** What a SUB socket must subscribe to for the event handlers. */
  topics(): string[] {
    return this.patterns(true).map((pattern) => pattern.replace(/\*$/, ''));
  }

  /** All handlers with their patterns, in alphabetical order. */
  entries(): [pattern: string, handler: MessageHandler][] {
    return [...this.handlers].toSorted(([one], [other]) => (one < other ? -1 : 1));
  }

  /** The patterns of the event handlers, or of the others. */
  patterns(ofEvents: boolean): string[] {
    return [...this.handlers]
      .filter(([, handler]) => (handler.isEventHandler ?? false) === ofEvents)
      .map(([pattern]) => pattern);
  }

  private eventPrefixes(): [prefix: string, handler: MessageHandler][] {
    return [...this.handlers]
      .filter(([name, handler]) => handler.isEventHandler && name.endsWith('*'))
      .map(([name, handler]) => [name.slice(0, -1), handler]);
  }
}
